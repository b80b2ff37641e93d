"""Statements of the division tree. Geometry is EPSG:4326; distances in metres through geography."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    LargeBinary,
    RowMapping,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, aliased

from app.areas.models import Area, AreaVersion
from app.areas.scope import deepest_area_sql
from app.core.actor import Actor
from app.core.db import SRID, sql_text
from app.core.db.raw_read import read_one
from app.profiles.rules.validation import LEVELS
from app.profiles.scope import in_own_jurisdictions

INSTANT = DateTime(timezone=True)

# The feature of one current area version `v`, as GeoJSON text made by PostGIS.
_FEATURE = """
  json_build_object(
    'type', 'Feature', 'id', v.area_id,
    'geometry', case when :with_geometry then ST_AsGeoJSON(ST_ForcePolygonCCW(v.geom), 7)::json end,
    'properties', json_build_object(
      'id', v.area_id, 'code', v.code, 'name', v.name, 'level', v.level, 'parent_id', v.parent_id,
      'valid_from', lower(v.valid), 'version', a.version))
"""


def feature_page(
    session: Session,
    actor: Actor,
    *,
    level: str | None,
    within: UUID | None,
    code: str | None,
    bbox: tuple[float, float, float, float] | None,
    after: list[str] | None,
    limit: int,
    with_geometry: bool,
) -> RowMapping:
    """Return a page of current areas by (code, id): `features` as JSON bytes, and the last key if more follow."""
    is_own, binds = in_own_jurisdictions(actor, "v.jurisdiction_id")
    conditions = ["upper_inf(v.valid)", is_own]
    binds |= {"limit": limit, "with_geometry": with_geometry}
    if level:
        conditions.append("v.level = :level")
        binds["level"] = level
    if within:
        conditions.append(
            "v.path <@ (select p.path from area_version p where p.area_id = :within and upper_inf(p.valid))"
        )
        binds["within"] = within
    if code is not None:
        conditions.append("v.code = :code")
        binds["code"] = code
    if bbox:
        box = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
        conditions.append(f"v.geom && {box} and ST_Intersects(v.geom, {box})")
        binds |= dict(zip(("west", "south", "east", "north"), bbox, strict=True))
    if after:
        conditions.append("(v.code, v.area_id) > (:after_code, cast(:after_id as uuid))")
        binds |= {"after_code": after[0], "after_id": after[1]}
    sql = f"""
      with page as materialized (
        select v.id, v.code, v.area_id, row_number() over (order by v.code, v.area_id) place
        from area_version v where {" and ".join(conditions)}
        order by v.code, v.area_id limit :limit + 1)
      select (select coalesce(json_agg({_FEATURE} order by v.code, v.area_id), '[]')
              from page join area_version v on v.id = page.id join area a on a.id = v.area_id
              where page.place <= :limit) features,
             (select array[code, area_id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(sql_text(sql), binds).mappings().one()


def feature(session: Session, actor: Actor, area_id: UUID) -> RowMapping | None:
    is_own, binds = in_own_jurisdictions(actor, "v.jurisdiction_id")
    sql = f"""
      select a.version, {_FEATURE} feature
      from area_version v join area a on a.id = v.area_id
      where v.area_id = :area_id and upper_inf(v.valid) and {is_own}
    """
    row = session.execute(sql_text(sql), binds | {"area_id": area_id, "with_geometry": True}).mappings()
    return row.one_or_none()


def history(session: Session, actor: Actor, area_id: UUID) -> bytes | None:
    is_own, binds = in_own_jurisdictions(actor, "v.jurisdiction_id")
    sql = f"""
      select json_build_object('id', v.area_id, 'items', json_agg(json_build_object(
               'code', code, 'name', name, 'level', level, 'parent_id', parent_id,
               'valid_from', lower(valid), 'valid_to', upper(valid), 'reason', reason,
               'geometry', ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 7)::json) order by lower(valid)))
      from area_version v where v.area_id = :area_id and {is_own} group by v.area_id
    """
    document: bytes | None = session.scalar(sql_text(sql), binds | {"area_id": area_id})
    return document


def areas_at(actor: Actor, *, lon: float, lat: float) -> bytes:
    """Return by level the deepest area that covers the point and its ancestors; on a shared edge the lowest code."""
    is_own, binds = in_own_jurisdictions(actor, "v.jurisdiction_id")
    point = "(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p offset 0) point"
    levels = ", ".join(f"'{level}', (select area from up where level = '{level}')" for level in LEVELS)
    sql = f"""
      with leaf as (
        {deepest_area_sql("v.path", "point.p", from_items=point, condition=is_own)}),
      up as (
        select u.level, json_build_object('id', u.area_id, 'code', u.code, 'name', u.name, 'level', u.level) area
        from leaf join area_version u on u.path @> leaf.path and upper_inf(u.valid))
      select json_build_object('lon', cast(:lon as float8), 'lat', cast(:lat as float8), {levels}) body
    """
    row = read_one(sql, binds | {"lon": lon, "lat": lat})
    assert row is not None  # it has no FROM
    body: bytes = row["body"]
    return body


_IS_CURRENT = func.upper_inf(AreaVersion.valid)
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
    .execution_options(synchronize_session=False)
)


def close_versions(session: Session, area_ids: Sequence[UUID], at: datetime) -> None:
    """End the current versions of areas at `at`."""
    session.execute(_CLOSE_VERSIONS, {"area_ids": list(area_ids), "at": at})


_RAISE_VERSIONS = (
    update(Area)
    .where(Area.id == any_(_AREA_IDS))
    .values(deleted_at=bindparam("deleted_at"))
    .execution_options(synchronize_session=False)
)


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
