"""SQL of where cases stand in the tree of areas, after the tree has changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.areas.scope import deepest_area_sql
from app.core.db import sql_text


def open_cases_on(session: Session, area_ids: Sequence[UUID], *, at: datetime) -> Sequence[UUID]:
    """Cases not ended on the land of the areas as it is now, or was until a redraw at `at`; locked in id order."""
    sql = """
      with land as materialized (
        select geom from area_version
        where area_id = any(cast(:ids as uuid[])) and (upper_inf(valid) or upper(valid) = :at))
      select i.id from incident i
      where i.status not in ('not_filed', 'closed', 'force_closed') and i.deleted_at is null
        and (i.area_id = any(cast(:ids as uuid[])) or exists (
               select 1 from land where i.location && land.geom and ST_Intersects(land.geom, i.location)))
      order by i.id for update
    """
    return session.execute(sql_text(sql), {"ids": list(area_ids), "at": at}).scalars().all()


def displaced(session: Session, incident_ids: Sequence[UUID]) -> Sequence[UUID]:
    """SQL of cases that may be stored under another area or path than the deepest one at their place."""
    sql = f"""
      select i.id from incident i
      left join lateral (
        {deepest_area_sql("v.area_id, v.path", "i.location")}) h on true
      where i.id = any(cast(:ids as uuid[]))
        and (h.area_id is null or (h.area_id, h.path) is distinct from (i.area_id, i.scope_path))
      order by i.id
    """
    return session.execute(sql_text(sql), {"ids": list(incident_ids)}).scalars().all()


def stray_cases(session: Session, *, limit: int) -> Sequence[UUID]:
    """Open cases that stand in an area which is no more: taken in while it was being redrawn."""
    sql = """
      select i.id from incident i
      where i.status not in ('not_filed', 'closed', 'force_closed') and i.deleted_at is null
        and i.area_id is not null
        and not exists (select 1 from area_version v where v.area_id = i.area_id and upper_inf(v.valid))
      order by i.id limit :limit for update skip locked
    """
    return session.execute(sql_text(sql), {"limit": limit}).scalars().all()
