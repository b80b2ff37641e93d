"""Statements of the division tree. Geometry is EPSG:4326; distances in metres through geography."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Float,
    Integer,
    LargeBinary,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import Range, array
from sqlalchemy.orm import Session, aliased

from app.areas.models import Area, AreaVersion
from app.areas.scope import deepest_area
from app.core.actor import Actor
from app.core.db import SRID, Fragment, sql_text
from app.core.db.raw_read import read_one
from app.core.json_sql import json_list, json_object
from app.profiles.rules.validation import LEVELS
from app.profiles.scope import own_jurisdictions

_IS_CURRENT = func.upper_inf(AreaVersion.valid)
_LIMIT = bindparam("limit", None, Integer())
_GEOMETRY = cast(func.ST_AsGeoJSON(func.ST_ForcePolygonCCW(AreaVersion.geom), literal_column("7")), JSON)
_FEATURE = json_object(
    type=literal_column("'Feature'"),
    id=AreaVersion.area_id,
    geometry=case((bindparam("with_geometry", None, Boolean()), _GEOMETRY)),
    properties=json_object(
        id=AreaVersion.area_id,
        code=AreaVersion.code,
        name=AreaVersion.name,
        level=AreaVersion.level,
        parent_id=AreaVersion.parent_id,
        valid_from=func.lower(AreaVersion.valid),
        version=Area.version,
    ),
)
_BOX = func.ST_MakeEnvelope(
    *(bindparam(edge, None, Float()) for edge in ("west", "south", "east", "north")), literal_column("4326")
)
_AROUND = aliased(AreaVersion, name="around")
_KEY = (AreaVersion.code, AreaVersion.area_id)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "level": AreaVersion.level == bindparam("level", None, Text()),
    "within": AreaVersion.path.bool_op("<@")(
        select(_AROUND.path)
        .where(_AROUND.area_id == bindparam("within", None, Uuid()), func.upper_inf(_AROUND.valid))
        .scalar_subquery()
    ),
    "code": AreaVersion.code == bindparam("code", None, Text()),
    "bbox": and_(AreaVersion.geom.bool_op("&&")(_BOX), func.ST_Intersects(AreaVersion.geom, _BOX)),
    "after": tuple_(*_KEY)
    > tuple_(bindparam("after_code", None, Text()), bindparam("after_id", None, Uuid())),
}


@lru_cache(maxsize=200)
def _feature_page(*conditions: ColumnElement[bool]) -> Select[Any]:
    # GeoJSON is made for the areas of the page only, not for all that are sorted.
    page = (
        select(AreaVersion.id, *_KEY, func.row_number().over(order_by=_KEY).label("place"))
        .where(_IS_CURRENT, *conditions)
        .order_by(*_KEY)
        .limit(_LIMIT + literal_column("1"))
        .cte("page")
        .prefix_with("MATERIALIZED")
    )
    features = (
        select(json_list(_FEATURE, *_KEY))
        .select_from(page)
        .join(AreaVersion, AreaVersion.id == page.c.id)
        .join(Area, Area.id == AreaVersion.area_id)
        .where(page.c.place <= _LIMIT)
    )
    row_count = select(func.count()).select_from(page).scalar_subquery()
    next_key = select(array([page.c.code, cast(page.c.area_id, Text)])).where(
        page.c.place == _LIMIT, row_count > _LIMIT
    )
    return select(features.scalar_subquery().label("features"), next_key.scalar_subquery().label("next_key"))


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """Filters of areas; None: any. `within`: in or under this area; `bbox`: west, south, east, north in degrees (CRS84)."""

    level: str | None = None
    within: UUID | None = None
    code: str | None = None
    bbox: tuple[float, float, float, float] | None = None


def feature_page(
    session: Session,
    actor: Actor,
    filters: AreaFilter,
    *,
    after: list[str] | None,
    limit: int,
    with_geometry: bool,
) -> RowMapping:
    """Return a page of current areas by (code, id): `features` as JSON bytes, and `next_key` if another page follows."""
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    values = {"level": filters.level, "within": filters.within, "code": filters.code}
    binds |= values | {"limit": limit, "with_geometry": with_geometry}
    binds |= dict(zip(("west", "south", "east", "north"), filters.bbox or (), strict=False))
    binds |= dict(zip(("after_code", "after_id"), after or (), strict=False))
    used = values | {"bbox": filters.bbox, "after": after}
    statement = _feature_page(
        is_own, *(condition for name, condition in _FILTERS.items() if used[name] is not None)
    )
    return session.execute(statement, binds).mappings().one()


_OF_AREA = AreaVersion.area_id == bindparam("area_id", None, Uuid())


@lru_cache
def _feature(is_own: ColumnElement[bool]) -> Select[Any]:
    return (
        select(Area.version, _FEATURE.label("feature"))
        .select_from(AreaVersion)
        .join(Area, Area.id == AreaVersion.area_id)
        .where(_OF_AREA, _IS_CURRENT, is_own)
    )


def feature(session: Session, actor: Actor, area_id: UUID) -> RowMapping | None:
    """Return a current area of the actor's jurisdictions as JSON bytes (`feature`), and its `version`, or None."""
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    binds |= {"area_id": area_id, "with_geometry": True}
    return session.execute(_feature(is_own), binds).mappings().one_or_none()


_VERSION = json_object(
    code=AreaVersion.code,
    name=AreaVersion.name,
    level=AreaVersion.level,
    parent_id=AreaVersion.parent_id,
    valid_from=func.lower(AreaVersion.valid),
    valid_to=func.upper(AreaVersion.valid),
    reason=AreaVersion.reason,
    geometry=_GEOMETRY,
)


@lru_cache
def _history(is_own: ColumnElement[bool]) -> Select[Any]:
    items = json_list(_VERSION, func.lower(AreaVersion.valid))
    return (
        select(json_object(id=AreaVersion.area_id, items=items))
        .where(_OF_AREA, is_own)
        .group_by(AreaVersion.area_id)
    )


def history(session: Session, actor: Actor, area_id: UUID) -> bytes | None:
    """Return all versions of an area of the actor's jurisdictions as JSON, the oldest first, or None."""
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    document: bytes | None = session.scalar(_history(is_own), binds | {"area_id": area_id})
    return document


@lru_cache
def _areas_at(is_own: ColumnElement[bool]) -> Fragment:
    levels = {
        level: Fragment(
            "(select area from enclosing where level = {level})", level=literal_column(f"'{level}'")
        )
        for level in LEVELS
    }
    lon, lat = (cast(bindparam(name, None, Float()), Double) for name in ("lon", "lat"))
    return Fragment(
        """
        with leaf as (
          select deepest.path
          from (select ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326) p offset 0) point
          cross join lateral {deepest} deepest),
        enclosing as (
          select a.level, json_build_object('id', a.area_id, 'code', a.code, 'name', a.name, 'level', a.level) area
          from leaf join area_version a on a.path @> leaf.path and upper_inf(a.valid))
        select {body} body
        """,
        lon=lon,
        lat=lat,
        deepest=deepest_area(AreaVersion.path, point=literal_column("point.p"), condition=is_own),
        body=json_object(lon=lon, lat=lat, **levels),
    )


def areas_at(actor: Actor, *, lon: float, lat: float) -> bytes:
    """Return the deepest area that covers a point (WGS 84) and the areas above it, by level, as JSON.

    On a shared edge it is the area with the lowest code.
    """
    is_own, binds = own_jurisdictions(actor, AreaVersion.jurisdiction_id)
    row = read_one(_areas_at(is_own), binds | {"lon": lon, "lat": lat})
    assert row is not None  # it has no FROM
    body: bytes = row["body"]
    return body


INSTANT = DateTime(timezone=True)
_AREA_IDS = bindparam("area_ids", type_=ARRAY(Uuid()))
_IN_JURISDICTION = AreaVersion.jurisdiction_id == bindparam("jurisdiction_id")
_CURRENT = select(
    AreaVersion.area_id,
    AreaVersion.jurisdiction_id,
    AreaVersion.parent_id,
    AreaVersion.level,
    AreaVersion.code,
    AreaVersion.name,
    cast(AreaVersion.path, Text).label("path"),
    func.ST_AsBinary(AreaVersion.geom).label("wkb"),
).where(_IS_CURRENT)

_CURRENT_AREAS = _CURRENT.where(AreaVersion.area_id == any_(_AREA_IDS)).order_by(AreaVersion.code)


def current_areas(session: Session, area_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return those of the areas that exist now, by code."""
    return session.execute(_CURRENT_AREAS, {"area_ids": list(area_ids)}).mappings().all()


_AREAS_WITH_CODES = _CURRENT.where(
    _IN_JURISDICTION, AreaVersion.code == any_(bindparam("codes", type_=ARRAY(Text())))
).order_by(AreaVersion.code)


def areas_with_codes(session: Session, jurisdiction_id: UUID, codes: Collection[str]) -> Sequence[RowMapping]:
    """Return the current areas of a jurisdiction that have one of the codes, by code."""
    binds = {"jurisdiction_id": jurisdiction_id, "codes": list(codes)}
    return session.execute(_AREAS_WITH_CODES, binds).mappings().all()


_CHILD_AREAS = _CURRENT.where(
    _IN_JURISDICTION, AreaVersion.parent_id.is_not_distinct_from(bindparam("parent_id"))
).order_by(AreaVersion.code)


def child_areas(session: Session, jurisdiction_id: UUID, parent_id: UUID | None) -> Sequence[RowMapping]:
    """Return the areas directly under a parent, by code; without one, the top areas of the jurisdiction."""
    binds = {"jurisdiction_id": jurisdiction_id, "parent_id": parent_id}
    return session.execute(_CHILD_AREAS, binds).mappings().all()


_ANCESTOR = aliased(AreaVersion, name="ancestor")
_DESCENDANTS = (
    _CURRENT.join(
        _ANCESTOR,
        and_(AreaVersion.path.bool_op("<@")(_ANCESTOR.path), AreaVersion.area_id != _ANCESTOR.area_id),
    )
    .where(_ANCESTOR.area_id == any_(_AREA_IDS), func.upper_inf(_ANCESTOR.valid))
    .order_by(func.nlevel(AreaVersion.path), AreaVersion.code)
)


def descendants(session: Session, area_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return all areas under the areas, from the top down."""
    return session.execute(_DESCENDANTS, {"area_ids": list(area_ids)}).mappings().all()


# `offset 0` keeps the point a value that is computed once.
_COVERING_AREA = sql_text("""
  select v.area_id
  from area_version v, (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p offset 0) point
  where v.jurisdiction_id = :jurisdiction_id and v.level = :level and upper_inf(v.valid)
    and v.geom && point.p and ST_Covers(v.geom, point.p)
  order by v.code limit 1
""")


def covering_area_id(
    session: Session, jurisdiction_id: UUID, level: str, *, lon: float, lat: float
) -> UUID | None:
    """Return the area of a level that covers a point (WGS 84); on a shared edge the one with the lowest code."""
    binds = {"jurisdiction_id": jurisdiction_id, "level": level, "lon": lon, "lat": lat}
    area_id: UUID | None = session.scalar(_COVERING_AREA, binds)
    return area_id


_USED_IDS = select(Area.id).where(Area.id == any_(_AREA_IDS))


def used_ids(session: Session, area_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the ids that an area has or had."""
    return set(session.scalars(_USED_IDS, {"area_ids": list(area_ids)}))


_CLOSE_VERSIONS = (
    update(AreaVersion)
    .where(AreaVersion.area_id == any_(_AREA_IDS), _IS_CURRENT)
    .values(valid=func.tstzrange(func.lower(AreaVersion.valid), bindparam("at", type_=INSTANT)))
)


def close_versions(session: Session, area_ids: Sequence[UUID], at: datetime) -> None:
    """End the current versions of areas at `at`."""
    session.execute(_CLOSE_VERSIONS, {"area_ids": list(area_ids), "at": at})


_RAISE_VERSIONS = update(Area).where(Area.id == any_(_AREA_IDS)).values(deleted_at=bindparam("deleted_at"))


def raise_versions(session: Session, area_ids: Sequence[UUID], *, deleted_at: datetime | None = None) -> None:
    """Raise the areas' versions (by trigger). With `deleted_at` the areas are retired."""
    session.execute(_RAISE_VERSIONS, {"area_ids": list(area_ids), "deleted_at": deleted_at})


_INSERT_AREA = insert(Area).values(
    id=bindparam("area_id"),
    jurisdiction_id=bindparam("jurisdiction_id"),
    level=bindparam("level"),
    created_at=bindparam("created_at"),
    deleted_at=bindparam("deleted_at"),
)
_INSERT_VERSION = insert(AreaVersion).values(
    id=bindparam("id"),
    area_id=bindparam("area_id"),
    jurisdiction_id=bindparam("jurisdiction_id"),
    parent_id=bindparam("parent_id"),
    level=bindparam("level"),
    code=bindparam("code"),
    name=bindparam("name"),
    geom=func.ST_Multi(func.ST_SetSRID(func.ST_GeomFromWKB(bindparam("wkb", type_=LargeBinary())), SRID)),
    path=bindparam("path"),
    valid=bindparam("valid"),
    reason=bindparam("reason"),
    recorded_by=bindparam("recorded_by"),
)


def insert_areas(session: Session, rows: list[dict[str, Any]]) -> None:
    """Store areas: `area_id`, `jurisdiction_id`, `level`, `created_at`, and `deleted_at` of those that are never in force."""
    if rows:
        session.execute(_INSERT_AREA, rows)


def insert_versions(session: Session, rows: list[dict[str, Any]], *, since: datetime | None) -> None:
    """Store versions of areas: the columns of the table, with `wkb` (WGS 84) for the geometry.

    Args:
        since: The instant from which the versions are in force; None: never.
    """
    valid = Range(empty=True) if since is None else Range(since, None)
    session.execute(_INSERT_VERSION, [row | {"valid": valid} for row in rows])


_MAY_EDIT = sql_text("""
  select not exists (
    select 1 from unnest(cast(:area_ids as uuid[])) wanted(id)
    where not exists (
      select 1 from area_version v join area_version g on v.path <@ g.path
      where v.area_id = wanted.id and upper_inf(v.valid)
        and g.area_id = any(cast(:granted as uuid[])) and upper_inf(g.valid)))
""")


def may_edit(session: Session, *, area_ids: Sequence[UUID], granted: Sequence[UUID]) -> bool:
    """Return True if each of `area_ids` lies in or under one of `granted`."""
    return bool(session.scalar(_MAY_EDIT, {"area_ids": list(area_ids), "granted": list(granted)}))
