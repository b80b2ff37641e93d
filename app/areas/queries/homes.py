"""SQL that finds the area of a point, and the position of an area in the division tree."""

from uuid import UUID

from sqlalchemy import RowMapping, Text, bindparam, cast, exists, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.db import Fragment

_HOME = Fragment(
    """
    with point as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p)
    select area_id, cast(path as text) path, level, is_inside from (
      (select deepest.*, true is_inside from point cross join lateral {deepest} deepest)
      union all
      (select top.area_id, top.path, top.level, false from area_version top
       where top.jurisdiction_id = :jurisdiction_id and top.parent_id is null and upper_inf(top.valid)
       order by top.code limit 1)) candidate
    order by is_inside desc limit 1
    """,
    deepest=deepest_area(
        AreaVersion.area_id, AreaVersion.path, AreaVersion.level, point=literal_column("point.p")
    ),
)


def home_row(session: Session, *, lon: float, lat: float, jurisdiction_id: UUID) -> RowMapping | None:
    """Return the deepest area that covers a point (WGS 84), else the jurisdiction's top area.

    The row has `area_id`, `path`, `level` and `is_inside`, which is false for the top area. If the point is on a shared edge,
    the area with the lowest code is returned. The result is None if no area covers the point and the jurisdiction has no area.
    """
    binds = {"lon": lon, "lat": lat, "jurisdiction_id": jurisdiction_id}
    return session.execute(_HOME, binds).mappings().one_or_none()


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


_IS_CURRENT_PATH = select(exists().where(AreaVersion.path == bindparam("path"), _IS_CURRENT))


def is_current(session: Session, path: str) -> bool:
    """Return True if an area in force has this tree path."""
    return bool(session.scalar(_IS_CURRENT_PATH, {"path": path}))


_TREE_POSITION = select(AreaVersion.area_id, _PATH, AreaVersion.jurisdiction_id).where(_OF_AREA, _IS_CURRENT)


def tree_position(session: Session, area_id: UUID) -> RowMapping | None:
    """Return `area_id`, `path` and `jurisdiction_id` of a current area, or None."""
    return session.execute(_TREE_POSITION, {"area_id": area_id}).mappings().one_or_none()
