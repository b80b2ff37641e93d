"""SQL that finds the area of a point, and the position of an area in the division tree."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Text, any_, bindparam, cast, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.db import Fragment, Ltree

_HOMES = Fragment(
    """
    select home.area_id, cast(home.path as text) path, home.level, home.is_inside
    from unnest(cast(:lons as float8[]), cast(:lats as float8[]), cast(:jurisdiction_ids as uuid[]))
      with ordinality given(lon, lat, jurisdiction_id, n)
    cross join lateral (select ST_SetSRID(ST_MakePoint(given.lon, given.lat), 4326) p) point
    left join lateral (
      select * from (
        (select deepest.*, true is_inside from {deepest} deepest)
        union all
        (select top.area_id, top.path, top.level, false from area_version top
         where top.jurisdiction_id = given.jurisdiction_id and top.parent_id is null and upper_inf(top.valid)
         order by top.code limit 1)) candidate
      order by is_inside desc limit 1) home on true
    order by given.n
    """,
    deepest=deepest_area(
        AreaVersion.area_id, AreaVersion.path, AreaVersion.level, point=literal_column("point.p")
    ),
)


def home_rows(session: Session, points: Sequence[tuple[float, float, UUID]]) -> Sequence[RowMapping]:
    """Return for each point the deepest area that covers it, else the top area of its jurisdiction, in the same order.

    A row has `area_id`, `path`, `level` and `is_inside`, which is false for the top area. If the point is on a shared edge,
    the area with the lowest code is returned. All columns are null if no area covers the point and the jurisdiction has no
    area.

    Args:
        points: (longitude, latitude, id of the jurisdiction) of each point, WGS 84.
    """
    lons, lats, jurisdiction_ids = zip(*points, strict=True) if points else ((), (), ())
    binds = {"lons": list(lons), "lats": list(lats), "jurisdiction_ids": list(jurisdiction_ids)}
    return session.execute(_HOMES, binds).mappings().all()


_PATH = cast(AreaVersion.path, Text).label("path")
_IS_CURRENT = func.upper_inf(AreaVersion.valid)
_OF_AREA = AreaVersion.area_id == bindparam("area_id")
_DESCENDANT = aliased(AreaVersion, name="descendant")
_PATHS = (
    select(AreaVersion.level, _PATH)
    .join(_DESCENDANT, _DESCENDANT.path.bool_op("<@")(AreaVersion.path))
    .where(_DESCENDANT.area_id == bindparam("area_id"), func.upper_inf(_DESCENDANT.valid), _IS_CURRENT)
)


def paths(session: Session, area_id: UUID) -> dict[str, str]:
    """Return the tree paths of a current area and of its ancestors, by level."""
    return {row.level: row.path for row in session.execute(_PATHS, {"area_id": area_id})}


_CURRENT_PATHS = select(_PATH).where(
    AreaVersion.path == any_(bindparam("paths", None, ARRAY(Ltree()))), _IS_CURRENT
)


def current_paths(session: Session, paths: Collection[str]) -> set[str]:
    """Return those of the tree paths that an area in force has."""
    return set(session.scalars(_CURRENT_PATHS, {"paths": list(paths)}))


_TREE_POSITION = select(AreaVersion.area_id, _PATH, AreaVersion.jurisdiction_id).where(_OF_AREA, _IS_CURRENT)


def tree_position(session: Session, area_id: UUID) -> RowMapping | None:
    """Return `area_id`, `path` and `jurisdiction_id` of a current area, or None."""
    return session.execute(_TREE_POSITION, {"area_id": area_id}).mappings().one_or_none()
