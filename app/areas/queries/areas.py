"""SQL that reads nodes of the division tree and stores their versions (EPSG:4326)."""

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
from app.core.db import SRID, sql_text

_IS_CURRENT = func.upper_inf(AreaVersion.valid)
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
    """Return the current versions of these areas, sorted by code. Retired areas are left out."""
    return session.execute(_CURRENT_AREAS, {"area_ids": list(area_ids)}).mappings().all()


_AREAS_WITH_CODES = _CURRENT.where(
    _IN_JURISDICTION, AreaVersion.code == any_(bindparam("codes", type_=ARRAY(Text())))
).order_by(AreaVersion.code)


def areas_with_codes(session: Session, jurisdiction_id: UUID, codes: Collection[str]) -> Sequence[RowMapping]:
    """Return the current areas of a jurisdiction that have one of the codes, sorted by code."""
    binds = {"jurisdiction_id": jurisdiction_id, "codes": list(codes)}
    return session.execute(_AREAS_WITH_CODES, binds).mappings().all()


_CHILD_AREAS = _CURRENT.where(
    _IN_JURISDICTION, AreaVersion.parent_id.is_not_distinct_from(bindparam("parent_id"))
).order_by(AreaVersion.code)


def child_areas(session: Session, jurisdiction_id: UUID, parent_id: UUID | None) -> Sequence[RowMapping]:
    """Return the current areas directly under a parent, sorted by code.

    Args:
        parent_id: None: the areas at the top of the tree.
    """
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
    """Return all current areas under these areas, parents before children."""
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
    """Return the id of the area of a level that covers a point (WGS 84), or None.

    If the point is on a shared edge, the area with the lowest code is returned.
    """
    binds = {"jurisdiction_id": jurisdiction_id, "level": level, "lon": lon, "lat": lat}
    area_id: UUID | None = session.scalar(_COVERING_AREA, binds)
    return area_id


_USED_IDS = select(Area.id).where(Area.id == any_(_AREA_IDS))


def used_ids(session: Session, area_ids: Sequence[UUID]) -> set[UUID]:
    """Return the subset of `area_ids` that is in use for areas, current or retired."""
    return set(session.scalars(_USED_IDS, {"area_ids": list(area_ids)}))


_CLOSE_VERSIONS = (
    update(AreaVersion)
    .where(AreaVersion.area_id == any_(_AREA_IDS), _IS_CURRENT)
    .values(valid=func.tstzrange(func.lower(AreaVersion.valid), bindparam("at", type_=INSTANT)))
)


def close_versions(session: Session, area_ids: Sequence[UUID], at: datetime) -> None:
    """End the current versions of areas at an instant."""
    session.execute(_CLOSE_VERSIONS, {"area_ids": list(area_ids), "at": at})


_RAISE_VERSIONS = update(Area).where(Area.id == any_(_AREA_IDS)).values(deleted_at=bindparam("deleted_at"))


def raise_versions(session: Session, area_ids: Sequence[UUID], *, deleted_at: datetime | None = None) -> None:
    """Store whether areas are retired. A trigger then increases the version of each area's row.

    Args:
        deleted_at: Instant at which the areas are retired; None: the areas are in force.
    """
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
    """Store nodes of the division tree.

    Args:
        rows: With `area_id`, `jurisdiction_id`, `level`, `created_at`, and `deleted_at`. `deleted_at` is None unless the area
            is stored as inactive, which means that it is never in force.
    """
    if rows:
        session.execute(_INSERT_AREA, rows)


def insert_versions(session: Session, rows: list[dict[str, Any]], *, since: datetime | None) -> None:
    """Store versions of areas.

    Args:
        rows: Values of the columns of `area_version`, with `wkb` (WGS 84) for the geometry.
        since: The instant from which the versions are in force; None: they never come into force.
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
    """Return True if every area of `area_ids` is in `granted` or under an area in `granted`."""
    return bool(session.scalar(_MAY_EDIT, {"area_ids": list(area_ids), "granted": list(granted)}))
