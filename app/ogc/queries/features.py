"""SQL of features as GeoJSON, and of the conditions that select them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import errors as pg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import SRID, sql_text
from app.core.db.raw_read import read_one
from app.ogc.queries.sources import Reader
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Box, Interval, Sort
from app.profiles.scope import in_own_jurisdictions
from app.workforce import scope

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
    """PostgreSQL rejects values of the request: a number out of range, or a point outside a reference system."""


@contextmanager
def translate_data_errors() -> Iterator[None]:
    """Raise InvalidValues for database errors that only values of the request can cause."""
    try:
        yield
    except DBAPIError as error:
        # Class 22 is wrong data; PROJ and GEOS have no class of their own.
        if isinstance(error.orig, pg.DataError | pg.InternalError_):
            raise InvalidValues from error
        raise


@dataclass(slots=True)
class Selection:
    """Conditions of a request, with binds, in addition to those of visibility."""

    conditions: list[str] = field(default_factory=list)
    binds: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **binds: Any) -> None:
        self.conditions.append(condition)
        self.binds |= binds


def count(
    session: Session, collection: Collection, reader: Reader, selection: Selection, *, limit: int
) -> int:
    """Return how many rows match, at most `limit` + 1."""
    sql = f"""
      select count(*) from (
        select 1 from {reader.sql(collection.source)}
        where {" and ".join(conditions(collection, reader, selection))} limit {limit + 1}) m
    """
    return int(session.execute(text(sql), reader.binds | selection.binds).scalar_one())


def estimate(collection: Collection, reader: Reader, selection: Selection) -> int:
    """Return the planner's estimate of matching rows, without reading any."""
    sql = f"""
      explain (format json)
      select 1 from {reader.sql(collection.source)} where {" and ".join(conditions(collection, reader, selection))}
    """
    plan_row = read_one(sql, reader.binds | selection.binds, plan="custom")
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
    """Return GeoJSON text and `version` of one feature that the actor sees. `session`: read in its transaction."""
    sql = f"""
      select {feature_text(collection, reader, properties, crs)} feature, {collection.version} version
      from {reader.sql(collection.source)}
      where {" and ".join(conditions(collection, reader, Selection([f"{collection.key} = :id"])))}
    """
    binds = reader.binds | {"id": feature_id}
    if session is None:
        return read_one(sql, binds)
    row = session.execute(sql_text(sql), binds).mappings().one_or_none()
    return None if row is None else dict(row)


def extent(session: Session, actor: Actor) -> list[float] | None:
    """Return the bounding box of the actor's jurisdictions in degrees: west, south, east, north."""
    is_own, binds = in_own_jurisdictions(actor, "v.jurisdiction_id")
    sql = f"""
      select ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
      from (select ST_Extent(v.geom) e from area_version v
            where v.parent_id is null and upper_inf(v.valid) and {is_own}) b
      where e is not null
    """
    row = session.execute(sql_text(sql), binds).one_or_none()
    return None if row is None else [float(value) for value in row]


def scope_extent(session: Session, actor: Actor, now: datetime) -> list[float] | None:
    """Return the bounding box of the areas that the actor may read, as `extent` does; None without areas."""
    clause, binds = scope.reach(actor, Permission.AREA_READ, "v.path", now=now)
    sql = f"""
      select ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
      from (select ST_Extent(v.geom) e from area_version v where upper_inf(v.valid) and {clause}) b
      where e is not null
    """
    row = session.execute(sql_text(sql), binds).one_or_none()
    return None if row is None else [float(value) for value in row]


def conditions(collection: Collection, reader: Reader, selection: Selection) -> list[str]:
    return [*collection.conditions, reader.clause, *selection.conditions]


def feature_text(
    collection: Collection,
    reader: Reader,
    properties: Sequence[Property],
    crs: Crs,
    replacements: Mapping[str, str] | None = None,
) -> str:
    """Return SQL for a feature as GeoJSON text. `replacements`: SQL by property name, in place of the registry's."""
    replaced = replacements or {}
    members = ", ".join(f"{replaced.get(p.name) or reader.sql(p.sql)} as {p.name}" for p in properties)
    # row_to_json is the fastest way to escape values; only the constant parts are concatenated.
    return (
        f"""'{{"type":"Feature","id":"' || {collection.key} || '","geometry":'"""
        f""" || coalesce({geometry(collection, crs)}, 'null') || ',"properties":'"""
        f""" || (select cast(row_to_json(q) as text) from (select {members}) q) || '}}'"""
    )


def geometry(collection: Collection, crs: Crs) -> str:
    """Return SQL for the geometry as GeoJSON text in a CRS and its axis order."""
    shape = collection.geometry
    if collection.is_polygon:
        shape = f"ST_ForcePolygonCCW({shape})"
    if crs.srid != 4326:
        shape = f"ST_Transform({shape}, {crs.srid})"
    if crs.is_north_first:
        shape = f"ST_FlipCoordinates({shape})"
    return f"ST_AsGeoJSON({shape}, {crs.digits}, 0)"


def order_by_sql(reader: Reader, sort: Sort) -> str:
    return f"{reader.sql(sort.prop.sql)} {'desc' if sort.is_descending else 'asc'} nulls last"


def in_boxes(selection: Selection, collection: Collection, boxes: Sequence[Box], crs: Crs) -> None:
    """Select features that intersect one of the boxes. The literal is transformed, not the column, to use the index."""
    alternatives = []
    for n, box in enumerate(boxes):
        sides = [f"cast(:box_{n}_{side} as float8)" for side in "wsen"]
        selection.binds |= {f"box_{n}_{side}": value for side, value in zip("wsen", box, strict=True)}
        literal = f"ST_MakeEnvelope({', '.join(sides)}, {crs.srid})"
        if crs.srid == SRID and collection.geometry_kind == "Point":
            # The index stores floats; numbers decide the rest, which costs less than comparing two geometries.
            x, y = f"ST_X({collection.geometry})", f"ST_Y({collection.geometry})"
            west, south, east, north = sides
            comparison = f"{x} >= {west} and {x} <= {east} and {y} >= {south} and {y} <= {north}"
            alternatives.append(f"({collection.geometry} && {literal} and {comparison})")
            continue
        if box[0] == box[2] or box[1] == box[3]:
            # A polygon without area meets nothing; a line or a point does.
            ends = f"ST_MakePoint({sides[0]}, {sides[1]}), ST_MakePoint({sides[2]}, {sides[3]})"
            literal = f"ST_Envelope(ST_SetSRID(ST_MakeLine({ends}), {crs.srid}))"
        if crs.srid != SRID:
            # An edge that is straight in one system is bent in another.
            step = max(box[2] - box[0], box[3] - box[1]) / 16
            selection.binds[f"box_{n}_step"] = step or 1.0
            literal = f"ST_Transform(ST_Segmentize({literal}, cast(:box_{n}_step as float8)), {SRID})"
        alternatives.append(
            f"({collection.geometry} && {literal} and ST_Intersects({collection.geometry}, {literal}))"
        )
    selection.add(alternatives[0] if len(alternatives) == 1 else f"({' or '.join(alternatives)})")


def in_interval(selection: Selection, collection: Collection, interval: Interval) -> None:
    """Select features whose time intersects the interval; both ends are included, None is open."""
    start, end = collection.when or ("", "")
    since, until = interval
    if until is not None:
        selection.add(f"{start} <= :time_until", time_until=until)
    if since is not None:
        # The end of a validity is not in it any more; an instant is.
        condition = f"{end} >= :time_since" if start == end else f"({end} is null or {end} > :time_since)"
        selection.add(condition, time_since=since)


def equals(selection: Selection, reader: Reader, prop: Property, value: Any) -> None:
    """Select features whose property has this value."""
    selection.add(
        f"{reader.sql(prop.sql)} = cast(:is_{prop.name} as {TYPES[prop.kind]})", **{f"is_{prop.name}": value}
    )
