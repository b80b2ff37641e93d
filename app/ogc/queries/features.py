"""SQL of features as GeoJSON, and of the conditions that select them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from psycopg import errors as pg
from sqlalchemy import ColumnElement, Float, Select, bindparam, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import SRID, Fragment
from app.core.db.raw_read import read_one
from app.ogc.queries.sources import Reader, Substitutions, constant
from app.ogc.rules.collections import COLLECTIONS, Collection, Kind, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Box, Interval, Sort
from app.profiles.scope import own_jurisdictions
from app.workforce.scope import area_reach

COUNTED = 10_000
# SQL types of the binds that are compared with a property.
TYPES = {
    Kind.TEXT: "text",
    Kind.INTEGER: "bigint",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.INSTANT: "timestamptz",
    Kind.UUID: "uuid",
}


class InvalidValues(Exception):
    """Raised when PostgreSQL rejects values of the request: a number or a point out of range."""


@contextmanager
def translate_data_errors() -> Iterator[None]:
    """Convert database errors that only values of the request can cause to InvalidValues."""
    try:
        yield
    except DBAPIError as error:
        # Class 22 is wrong data; PROJ and GEOS have no class of their own.
        if isinstance(error.orig, pg.DataError | pg.InternalError_):
            raise InvalidValues from error
        raise


@dataclass(slots=True)
class Selection:
    """WHERE conditions of a request, with their binds.

    The visibility rule of the collection is not one of these conditions.

    All values are binds. Two requests that differ only in values get the same condition objects, so that the same cached
    statement serves both.
    """

    conditions: list[Any] = field(default_factory=list)
    binds: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: Any, **binds: Any) -> None:
        self.conditions.append(condition)
        self.binds |= binds


def count(
    session: Session, collection: Collection, reader: Reader, selection: Selection, *, limit: int
) -> int:
    """Return the number of features that match the selection, at most `limit` + 1."""
    statement = Fragment(
        "select count(*) from (select 1 from {source} where {conditions} limit {bound}) matching_row",
        source=reader.expression(collection.source),
        conditions=reader.conditions(collection, selection.conditions),
        bound=constant(str(limit + 1)),
    )
    return int(session.execute(statement, reader.binds | selection.binds).scalar_one())


def estimate(collection: Collection, reader: Reader, selection: Selection) -> int:
    """Return the planner's estimate of the number of matching features, without reading any."""
    statement = Fragment(
        "explain (format json) select 1 from {source} where {conditions}",
        source=reader.expression(collection.source),
        conditions=reader.conditions(collection, selection.conditions),
    )
    plan_row = read_one(statement, reader.binds | selection.binds, plan="custom")
    assert plan_row is not None  # a plan
    return int(orjson.loads(plan_row["QUERY PLAN"])[0]["Plan"]["Plan Rows"])


def feature(
    collection: Collection,
    reader: Reader,
    feature_id: UUID,
    *,
    properties: Sequence[Property],
    crs: Crs,
    session: Session | None = None,
) -> Mapping[str, Any] | None:
    """Return `feature` (GeoJSON text) and `version` of a feature that the actor sees, or None.

    Args:
        session: The session whose transaction reads the feature; None: a read-only connection of its own.
    """
    statement = _feature_statement(
        collection.id, reader.condition, reader.substitutions, tuple([p.name for p in properties]), crs
    )
    binds = reader.binds | {"id": feature_id}
    if session is None:
        return read_one(statement, binds)
    row = session.execute(statement, binds).mappings().one_or_none()
    return None if row is None else dict(row)


@lru_cache(maxsize=500)
def _feature_statement(
    collection_id: str,
    condition: Any,
    substitutions: Substitutions,
    names: tuple[str, ...],
    crs: Crs,
) -> Fragment:
    collection, reader = COLLECTIONS[collection_id], Reader(condition, {}, substitutions)
    properties = [collection.properties_by_name[name] for name in names]
    return Fragment(
        "select {feature} feature, {version} version from {source} where {conditions} and {key} = :id",
        feature=feature_text(collection, reader, properties, crs),
        version=constant(collection.version),
        source=reader.expression(collection.source),
        conditions=reader.conditions(collection, ()),
        key=constant(collection.key),
    )


def extent(session: Session, actor: Actor) -> list[float] | None:
    """Return the bounding box of the actor's jurisdictions: west, south, east, north in degrees."""
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    return _box(session, _extent(is_own, is_top=True), binds)


def scope_extent(session: Session, actor: Actor, now: datetime) -> list[float] | None:
    """Return the bounding box of the areas that the actor may read, or None without areas.

    The box is west, south, east, north in degrees.
    """
    areas = area_reach(actor, Permission.AREA_READ, now)
    return _box(session, _extent(areas.condition(AreaVersion.path), is_top=False), areas.binds)


@lru_cache
def _extent(condition: ColumnElement[bool], *, is_top: bool) -> Select[Any]:
    box = select(func.ST_Extent(AreaVersion.geom).label("box")).where(
        func.upper_inf(AreaVersion.valid), condition
    )
    if is_top:
        box = box.where(AreaVersion.parent_id.is_(None))
    whole = box.subquery()
    sides = (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)
    columns: list[Any] = [side(whole.c.box, type_=Float()) for side in sides]
    return select(*columns).where(whole.c.box.is_not(None))


def _box(session: Session, statement: Select[Any], binds: Mapping[str, Any]) -> list[float] | None:
    row = session.execute(statement, binds).one_or_none()
    return None if row is None else [float(value) for value in row]


def feature_text(
    collection: Collection,
    reader: Reader,
    properties: Sequence[Property],
    crs: Crs,
    values: Mapping[str, Fragment] | None = None,
) -> Fragment:
    """Return the SQL expression of a feature as GeoJSON text.

    Args:
        values: SQL expressions by property name. They replace the expressions of the collection's definition.
    """
    replaced = values or {}
    members = [
        Fragment(
            "{value} as {name}",
            value=replaced[p.name] if p.name in replaced else reader.value(p),
            name=constant(p.name),
        )
        for p in properties
    ]
    # row_to_json is the fastest way to escape values; only the constant parts are concatenated.
    return Fragment(
        """'{"type":"Feature","id":"' || {key} || '","geometry":' || coalesce({geometry}, 'null')
        || ',"properties":' || (select cast(row_to_json(property_row) as text) from (select {members}) property_row) || '}'""",
        key=constant(collection.key),
        geometry=geometry(collection, crs),
        members=Fragment.joined(", ", members),
    )


def geometry(collection: Collection, crs: Crs) -> Fragment:
    """Return the SQL expression of the geometry as GeoJSON text, in the CRS and its axis order."""
    shape: Any = constant(collection.geometry)
    if collection.is_polygon:
        shape = Fragment("ST_ForcePolygonCCW({shape})", shape=shape)
    shape = in_crs(shape, crs)
    if crs.is_north_first:
        shape = Fragment("ST_FlipCoordinates({shape})", shape=shape)
    return Fragment("ST_AsGeoJSON({shape}, {digits}, 0)", shape=shape, digits=constant(str(crs.digits)))


def in_crs(shape: Any, crs: Crs) -> Any:
    """Return the SQL expression of a stored geometry (EPSG:4326) transformed to `crs`."""
    if crs.srid == SRID:
        return shape
    return Fragment("ST_Transform({shape}, {srid})", shape=shape, srid=constant(str(crs.srid)))


def order_by(reader: Reader, sort: Sort) -> Fragment:
    """Return the ORDER BY term of one sort step. NULL values come last in both directions."""
    return Fragment(
        "{value} {direction} nulls last",
        value=reader.value(sort.prop),
        direction=constant("desc" if sort.is_descending else "asc"),
    )


_ENVELOPE = "ST_MakeEnvelope({west}, {south}, {east}, {north}, {srid})"
# A polygon without area meets nothing; a line or a point does.
_LINE = "ST_Envelope(ST_SetSRID(ST_MakeLine(ST_MakePoint({west}, {south}), ST_MakePoint({east}, {north})), {srid}))"


def in_boxes(selection: Selection, collection: Collection, boxes: Sequence[Box], crs: Crs) -> None:
    """Add to `selection` the condition that a feature intersects one of the boxes.

    The boxes are transformed to EPSG:4326. The column is not transformed, so that its index can be used.
    """
    for number, box in enumerate(boxes):
        selection.binds |= {f"box_{number}_{side}": value for side, value in zip("wsen", box, strict=True)}
        if crs.srid != SRID:
            # An edge that is straight in one system is bent in another.
            selection.binds[f"box_{number}_step"] = max(box[2] - box[0], box[3] - box[1]) / 16 or 1.0
    is_flat = tuple(box[0] == box[2] or box[1] == box[3] for box in boxes)
    selection.add(_in_boxes(collection.geometry, collection.geometry_kind == "Point", is_flat, crs.srid))


@lru_cache(maxsize=200)
def _in_boxes(column: str, is_point: bool, is_flat: tuple[bool, ...], srid: int) -> Fragment:
    alternatives = [_in_box(column, is_point, flat, srid, number) for number, flat in enumerate(is_flat)]
    if len(alternatives) == 1:
        return alternatives[0]
    return Fragment("({alternatives})", alternatives=Fragment.joined(" or ", alternatives))


def _in_box(column: str, is_point: bool, is_flat: bool, srid: int, number: int) -> Fragment:
    geometry_column = constant(column)
    sides: dict[str, Any] = {
        name: Fragment("cast({side} as float8)", side=bindparam(f"box_{number}_{name[0]}", None))
        for name in ("west", "south", "east", "north")
    }
    if srid == SRID and is_point:
        # The index stores floats; numbers decide the rest, which costs less than comparing two geometries.
        return Fragment(
            """({column} && {box} and ST_X({column}) >= {west} and ST_X({column}) <= {east}
              and ST_Y({column}) >= {south} and ST_Y({column}) <= {north})""",
            column=geometry_column,
            box=Fragment(_ENVELOPE, srid=constant(str(srid)), **sides),
            **sides,
        )
    literal = Fragment(_LINE if is_flat else _ENVELOPE, srid=constant(str(srid)), **sides)
    if srid != SRID:
        literal = Fragment(
            "ST_Transform(ST_Segmentize({literal}, cast({step} as float8)), {stored})",
            literal=literal,
            step=bindparam(f"box_{number}_step", None),
            stored=constant(str(SRID)),
        )
    return Fragment(
        "({column} && {literal} and ST_Intersects({column}, {literal}))",
        column=geometry_column,
        literal=literal,
    )


def in_interval(selection: Selection, collection: Collection, interval: Interval) -> None:
    """Add to `selection` the condition that the feature's time intersects the interval.

    Both ends are included; None is an open end.
    """
    assert collection.when is not None
    since, until = interval
    if until is not None:
        selection.add(_begins_by(collection.when), time_until=until)
    if since is not None:
        selection.add(_ends_after(collection.when), time_since=since)


@lru_cache
def _begins_by(when: tuple[str, str]) -> Fragment:
    return Fragment("{start} <= :time_until", start=constant(when[0]))


@lru_cache
def _ends_after(when: tuple[str, str]) -> Fragment:
    end = constant(when[1])
    if when[0] == when[1]:
        return Fragment("{end} >= :time_since", end=end)
    # The end of a validity is not in it any more; an instant is.
    return Fragment("({end} is null or {end} > :time_since)", end=end)


def equals(selection: Selection, reader: Reader, prop: Property, value: Any) -> None:
    """Add to `selection` the condition that the property of the feature has this value."""
    selection.add(_equals(prop, reader.substitutions), **{f"is_{prop.name}": value})


@lru_cache(maxsize=500)
def _equals(prop: Property, substitutions: Substitutions) -> Fragment:
    return Fragment(
        "{value} = cast({wanted} as {type})",
        value=Reader(None, {}, substitutions).value(prop),
        wanted=bindparam(f"is_{prop.name}", None),
        type=constant(TYPES[prop.kind]),
    )
