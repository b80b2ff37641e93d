"""SQL of what waits, district by district: which is due, what waits there, and one statement that moves it all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.core.jobs import QUEUE
from app.incidents.cases.queries.fields import HAS_RETURNED_PART

# What a worker who becomes free could take; conduct cases and what is locked never, whatever they wait for.
_WAITS = """i.waiting_since is not null and i.waiting_reason = any(:reasons) and i.deleted_at is null
            and i.about_kind is null and i.locked_at is null"""


def jurisdictions(session: Session, *, reasons: Sequence[str]) -> Sequence[UUID]:
    """Return the jurisdictions in which a case waits for a worker."""
    sql = (
        f"select distinct i.jurisdiction_id from incident i where {_WAITS} and i.jurisdiction_id is not null"
    )
    return session.execute(sql_text(sql), {"reasons": list(reasons)}).scalars().all()


def due_areas(
    session: Session,
    *,
    jurisdiction_id: UUID,
    level: str,
    reasons: Sequence[str],
    windows: dict[int, timedelta],
    now: datetime,
    incident_id: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Areas of the level (or the top, where there is none above a case) in which something has waited its window."""
    sql = f"""
      with waits as materialized (
        select i.area_id, bool_or(i.waiting_since <= cast(:now as timestamptz) - case
                 when i.priority <= 1 then cast(:window_1 as interval)
                 when i.priority = 2 then cast(:window_2 as interval) else cast(:window_3 as interval) end) is_due,
               bool_or(cast(:incident_id as uuid) is null or i.id = :incident_id) is_meant
        from incident i where {_WAITS} and i.jurisdiction_id = :jurisdiction_id group by i.area_id),
      districts as (
        select w.is_due, w.is_meant, u.area_id, u.path
        from waits w join area_version v on v.area_id = w.area_id and upper_inf(v.valid)
        cross join lateral (
          select u.area_id, u.path from area_version u where v.path <@ u.path and upper_inf(u.valid)
          order by (u.level = :level) desc, nlevel(u.path) limit 1) u)
      select area_id, cast(path as text) path from districts
      group by area_id, path having bool_or(is_due) and bool_or(is_meant)
      order by random() limit :limit
    """
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "level": level,
        "reasons": list(reasons),
        "now": now,
        "incident_id": incident_id,
        "limit": limit,
        **{f"window_{priority}": windows[priority] for priority in (1, 2, 3)},
    }
    return session.execute(sql_text(sql), binds).mappings().all()


def waiting(session: Session, *, path: str, reasons: Sequence[str], limit: int) -> Sequence[RowMapping]:
    """Return the waiting cases under the path, by priority, with the paths of their area and all above it."""
    sql = f"""
      with places as materialized (
        select v.area_id, (select jsonb_object_agg(u.level, cast(u.path as text)) from area_version u
                           where v.path <@ u.path and upper_inf(u.valid)) chain
        from area_version v
        where v.path <@ cast(:path as ltree) and upper_inf(v.valid)
          and v.area_id in (select i.area_id from incident i where {_WAITS}))
      select i.id, i.version, i.status, i.category, i.condition, i.priority, i.profile_version_id, i.area_id, i.owner_unit_id,
             i.handled_by, i.reported_by, i.contested_count, i.about_kind, i.about_id, i.pinned_to, i.waiting_reason, i.due_at,
             {HAS_RETURNED_PART.format(case="i.id")} has_returned_part,
             ST_X(i.location) lon, ST_Y(i.location) lat, p.chain
      from incident i join places p on p.area_id = i.area_id
      where {_WAITS} and i.grid_id is not null
      order by i.priority, i.waiting_since, i.id limit :limit
    """
    binds = {"path": path, "reasons": list(reasons), "limit": limit}
    return session.execute(sql_text(sql), binds).mappings().all()


def lock_unchanged(session: Session, versions: dict[UUID, int]) -> set[UUID]:
    """Lock the cases that still are as they were read; who is at work on one of them keeps it."""
    sql = """
      select i.id from incident i
      join unnest(cast(:ids as uuid[]), cast(:versions as bigint[])) as x(id, version)
        on x.id = i.id and x.version = i.version
      order by i.id for update of i skip locked
    """
    binds = {"ids": list(versions), "versions": list(versions.values())}
    return set(session.execute(sql_text(sql), binds).scalars())


# Cases move, each step is an event, and whoever is asked has a job that looks after the offer's end.
_MOVE = f"""
  with r as materialized (
    select * from jsonb_to_recordset(cast(:rows as jsonb)) as x(
      n int, id uuid, action text, from_status text, to_status text, waiting_reason text, detail jsonb,
      job_at timestamptz)),
  moved as (
    update incident i set status = r.to_status, updated_at = :now, waiting_reason = r.waiting_reason,
      waiting_since = case when r.waiting_reason is not null then i.waiting_since end
    from r where r.id = i.id),
  told as (
    insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, detail)
    select r.id, r.action, r.from_status, r.to_status, :actor_kind, :actor_id, :now, r.detail from r order by r.n)
  select procrastinate_defer_jobs_v1(array_agg(ROW('{QUEUE}', cast(:job_task as varchar), 0, null, null,
           jsonb_build_object('incident_id', r.id), r.job_at)::procrastinate_job_to_defer_v1 order by r.n))
  from r where r.job_at is not null having count(*) > 0
"""


def apply_results(session: Session, rows: bytes, binds: dict[str, Any]) -> None:
    """Record the transition that each placement means, and update the cases."""
    session.execute(sql_text(_MOVE), binds | {"rows": rows.decode()})
