"""SQL of the position of a point or an area in the division tree."""

from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import deepest_area_sql


def home_row(session: Session, *, lon: float, lat: float, jurisdiction_id: UUID) -> RowMapping | None:
    """Return the deepest area at the point (lowest code on a shared edge), else the top of the jurisdiction."""
    sql = f"""
      with point as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p)
      select area_id, cast(path as text) path, level, is_inside from (
        ({deepest_area_sql("v.area_id, v.path, v.level, true is_inside", "p", from_items="point")})
        union all
        (select v.area_id, v.path, v.level, false from area_version v
         where v.jurisdiction_id = :jurisdiction_id and v.parent_id is null and upper_inf(v.valid)
         order by v.code limit 1)) found
      order by is_inside desc limit 1
    """
    binds = {"lon": lon, "lat": lat, "jurisdiction_id": jurisdiction_id}
    return session.execute(text(sql), binds).mappings().one_or_none()


def paths(session: Session, area_id: UUID) -> dict[str, str]:
    sql = """
      select u.level, cast(u.path as text) path from area_version v
      join area_version u on v.path <@ u.path and upper_inf(u.valid)
      where v.area_id = :area_id and upper_inf(v.valid)
    """
    return {row.level: row.path for row in session.execute(text(sql), {"area_id": area_id})}


def is_current(session: Session, path: str) -> bool:
    """Return True if a current area has this path."""
    sql = "select exists (select 1 from area_version where path = cast(:path as ltree) and upper_inf(valid))"
    return bool(session.scalar(text(sql), {"path": path}))


def tree_position(session: Session, area_id: UUID) -> RowMapping | None:
    """Return id, path and jurisdiction of a current area; None if it does not exist."""
    sql = """
      select area_id, cast(path as text) path, jurisdiction_id from area_version
      where area_id = :area_id and upper_inf(valid)
    """
    return session.execute(text(sql), {"area_id": area_id}).mappings().one_or_none()
