"""SQL of boards: where the actor directs the work, and how old workers' positions are."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


def position_ages(session: Session, worker_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, float]:
    """Seconds since the newest fix of each worker who is on duty. Not where: that needs a purpose."""
    sql = """
      select p.worker_id, round(extract(epoch from cast(:now as timestamptz) - p.at)) age_s from worker_position p
      where p.worker_id = any(cast(:ids as uuid[]))
        and exists (select 1 from duty d where d.worker_id = p.worker_id and d.deleted_at is null
                    and d.during @> cast(:now as timestamptz) and d.during @> p.at)
    """
    rows = session.execute(text(sql), {"ids": list(worker_ids), "now": now})
    return {row.worker_id: float(row.age_s) for row in rows}


def child_areas(session: Session, area_id: UUID) -> Sequence[RowMapping]:
    sql = """
      select area_id id, code, name, level from area_version
      where parent_id = :area_id and upper_inf(valid) order by code, area_id
    """
    return session.execute(text(sql), {"area_id": area_id}).mappings().all()
