"""Pages and features: GeoJSON by concatenation in PostGIS, keyset order, and a count that stops at a limit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import errors as pg
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import SRID, sql_text
from app.ogc.queries.sources import Reader
from app.ogc.rules.collections import Collection, Kind, Property
from app.ogc.rules.crs import Crs
from app.ogc.rules.parameters import Box, Interval, Sort
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


class Unanswerable(Exception):
    """PostgreSQL cannot work out what was asked: a number out of range, or a place where a reference system ends."""


@contextmanager
def answered() -> Iterator[None]:
    """Raises Unanswerable for what only the values of a request can have caused."""
    try:
        yield
    except DBAPIError as error:
        # Class 22 is wrong data; PROJ and GEOS have no class of their own.
        if isinstance(error.orig, pg.DataError | pg.InternalError_):
            raise Unanswerable from error
        raise


@dataclass(slots=True)
class Selection:
    """Which rows are wanted, besides those the actor sees: conditions and their binds."""

    conditions: list[str] = field(default_factory=list)
    binds: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **binds: Any) -> None:
        self.conditions.append(condition)
        self.binds |= binds


def page(
    session: Session,
    collection: Collection,
    reader: Reader,
    selection: Selection,
    *,
    properties: Sequence[Property],
    crs: Crs,
    order: Sequence[Sort],
    after: Sequence[Any] | None,
    offset: int,
    limit: int,
    is_stable: bool,
) -> Sequence[Any]:
    """Up to `limit` + 1 rows: the feature as GeoJSON text, then its keys, as text, in the order asked for.

    `is_stable`: the statement is one of few, so that its parts are worth remembering.
    """
    keys = [f"cast({reader.sql(s.prop.sql)} as text)" for s in order] + [f"cast({collection.key} as text)"]
    wanted = conditions(collection, reader, selection)
    binds = reader.binds | selection.binds | {"limit": limit + 1}
    if after is not None:
        wanted.append(_after(collection, reader, order, after, binds))
    if offset:
        binds["offset"] = offset
    sql = f"""
      select {feature_text(collection, reader, properties, crs)}, {", ".join(keys)}
      from {reader.sql(collection.source)} where {" and ".join(wanted)}
      order by {", ".join([*(by(reader, s) for s in order), collection.key])}
      limit :limit{" offset :offset" if offset else ""}
    """
    statement = sql_text(sql) if is_stable else text(sql)
    return session.execute(statement, binds).all()


def count(
    session: Session,
    collection: Collection,
    reader: Reader,
    selection: Selection,
    *,
    is_stable: bool,
    most: int = COUNTED,
) -> int:
    """How many rows match, at most one more than `most`."""
    sql = f"""
      select count(*) from (
        select 1 from {reader.sql(collection.source)}
        where {" and ".join(conditions(collection, reader, selection))} limit {most + 1}) m
    """
    statement = sql_text(sql) if is_stable else text(sql)
    return int(session.execute(statement, reader.binds | selection.binds).scalar_one())


def estimate(session: Session, collection: Collection, reader: Reader, selection: Selection) -> int:
    """How many rows the planner thinks match; nothing is read for it."""
    sql = f"""
      explain (format json)
      select 1 from {reader.sql(collection.source)} where {" and ".join(conditions(collection, reader, selection))}
    """
    plan: bytes = session.execute(text(sql), reader.binds | selection.binds).scalar_one()
    return int(orjson.loads(plan)[0]["Plan"]["Plan Rows"])


def feature(
    session: Session,
    collection: Collection,
    reader: Reader,
    feature_id: UUID,
    *,
    properties: Sequence[Property],
    crs: Crs,
) -> RowMapping | None:
    """One feature that the actor sees: GeoJSON text and `version`."""
    wanted = conditions(collection, reader, Selection([f"{collection.key} = :id"]))
    sql = f"""
      select {feature_text(collection, reader, properties, crs)} feature, {collection.version} version
      from {reader.sql(collection.source)} where {" and ".join(wanted)}
    """
    return session.execute(sql_text(sql), reader.binds | {"id": feature_id}).mappings().one_or_none()


def extent(session: Session) -> list[float] | None:
    """The box around all areas at the top of the tree, in degrees: west, south, east, north."""
    sql = """
      select ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
      from (select ST_Extent(geom) e from area_version where parent_id is null and upper_inf(valid)) b
      where e is not null
    """
    row = session.execute(sql_text(sql)).one_or_none()
    return None if row is None else [float(value) for value in row]


def own_extent(session: Session, actor: Actor, now: datetime) -> list[float] | None:
    """The box around the areas where the actor looks, in degrees: west, south, east, north; None if there are none."""
    clause, binds = scope.reach(actor, Permission.AREA_READ, "v.path", now=now)
    sql = f"""
      select ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
      from (select ST_Extent(v.geom) e from area_version v where upper_inf(v.valid) and {clause}) b
      where e is not null
    """
    row = session.execute(sql_text(sql), binds).one_or_none()
    return None if row is None else [float(value) for value in row]


def conditions(collection: Collection, reader: Reader, selection: Selection) -> list[str]:
    return [*collection.always, reader.clause, *selection.conditions]


def feature_text(collection: Collection, reader: Reader, properties: Sequence[Property], crs: Crs) -> str:
    """SQL for one feature as GeoJSON text. Concatenated: it is the fastest that PostgreSQL can do."""
    members = " || ',' || ".join(
        f"""'"{p.name}":' || {_json(p.kind, reader.sql(p.sql))}""" for p in properties
    )
    shape = geometry(collection, crs)
    return (
        f"""'{{"type":"Feature","id":"' || {collection.key} || '","geometry":' || coalesce({shape}, 'null')"""
        f""" || ',"properties":{{' || {members or "''"} || '}}}}'"""
    )


def geometry(collection: Collection, crs: Crs) -> str:
    """SQL for the geometry as GeoJSON text in a CRS, in its order of axes."""
    shape = collection.geometry
    if collection.is_polygon:
        shape = f"ST_ForcePolygonCCW({shape})"
    if crs.srid != 4326:
        shape = f"ST_Transform({shape}, {crs.srid})"
    if crs.is_north_first:
        shape = f"ST_FlipCoordinates({shape})"
    return f"ST_AsGeoJSON({shape}, {crs.digits}, 0)"


def _json(kind: Kind, sql: str) -> str:
    match kind:
        case Kind.INTEGER | Kind.BOOLEAN:
            return f"coalesce(cast({sql} as text), 'null')"
        case Kind.UUID:
            return f"""coalesce('"' || ({sql}) || '"', 'null')"""
        case Kind.TEXT | Kind.DATE | Kind.INSTANT:
            return f"coalesce(cast(to_json({sql}) as text), 'null')"


def by(reader: Reader, sort: Sort) -> str:
    return f"{reader.sql(sort.prop.sql)} {'desc' if sort.is_down else 'asc'} nulls last"


def _after(
    collection: Collection,
    reader: Reader,
    order: Sequence[Sort],
    after: Sequence[Any],
    binds: dict[str, Any],
) -> str:
    """Rows that come after one whose keys are given. A null is after every value, both ways."""
    binds["after_id"] = after[-1]
    same: list[str] = []
    ways: list[str] = []
    for n, (sort, value) in enumerate(zip(order, after, strict=False)):
        column = reader.sql(sort.prop.sql)
        if value is not None:
            bind = f"cast(:after_{n} as {TYPES[sort.prop.kind]})"
            binds[f"after_{n}"] = value
            beyond = f"({column} {'<' if sort.is_down else '>'} {bind} or {column} is null)"
            ways.append(" and ".join([*same, beyond]))
            same.append(f"{column} = {bind}")
        else:
            same.append(f"{column} is null")
    ways.append(" and ".join([*same, f"{collection.key} > cast(:after_id as uuid)"]))
    return ways[0] if len(ways) == 1 else f"({' or '.join(f'({way})' for way in ways)})"


def in_boxes(selection: Selection, collection: Collection, boxes: Sequence[Box], crs: Crs) -> None:
    """Features that meet one of the boxes. The literal is turned, never the column: that keeps the index usable."""
    ways = []
    for n, box in enumerate(boxes):
        sides = [f"cast(:box_{n}_{side} as float8)" for side in "wsen"]
        selection.binds |= {f"box_{n}_{side}": value for side, value in zip("wsen", box, strict=True)}
        literal = f"ST_MakeEnvelope({', '.join(sides)}, {crs.srid})"
        if box[0] == box[2] or box[1] == box[3]:
            # A polygon without area meets nothing; a line or a point does.
            ends = f"ST_MakePoint({sides[0]}, {sides[1]}), ST_MakePoint({sides[2]}, {sides[3]})"
            literal = f"ST_Envelope(ST_SetSRID(ST_MakeLine({ends}), {crs.srid}))"
        if crs.srid != SRID:
            # An edge that is straight in one system is bent in another.
            step = max(box[2] - box[0], box[3] - box[1]) / 16
            selection.binds[f"box_{n}_step"] = step or 1.0
            literal = f"ST_Transform(ST_Segmentize({literal}, cast(:box_{n}_step as float8)), {SRID})"
        ways.append(
            f"({collection.geometry} && {literal} and ST_Intersects({collection.geometry}, {literal}))"
        )
    selection.add(ways[0] if len(ways) == 1 else f"({' or '.join(ways)})")


def in_interval(selection: Selection, collection: Collection, interval: Interval) -> None:
    """Features whose time meets the interval; both ends count, and None is open."""
    start, end = collection.when or ("", "")
    since, until = interval
    if until is not None:
        selection.add(f"{start} <= :time_until", time_until=until)
    if since is not None:
        # The end of a validity is not in it any more; an instant is.
        beyond = f"{end} >= :time_since" if start == end else f"({end} is null or {end} > :time_since)"
        selection.add(beyond, time_since=since)


def equals(selection: Selection, reader: Reader, prop: Property, value: Any) -> None:
    """Features of which a property has this value."""
    selection.add(
        f"{reader.sql(prop.sql)} = cast(:is_{prop.name} as {TYPES[prop.kind]})", **{f"is_{prop.name}": value}
    )
