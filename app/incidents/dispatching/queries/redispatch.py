"""SQL of accepted work that is not begun, and whose holder may not come in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.dispatch.rules.states import MOVED_BECAUSE, NOT_BEGUN_SQL, sql_list

# What was taken to be handled or checked, nobody at work on it yet, and no order says whose it is.
_NOT_BEGUN = f"""
  from assignment a join incident i on i.id = a.incident_id
  where a.state in {NOT_BEGUN_SQL} and a.worker_id is not null and a.unit_id is null
    and (a.role = 'handle' and i.status in ('dispatched', 'accepted') or a.role = 'check' and i.status = 'checking'
         or a.role = 'verify' and i.status = 'verifying')
    and i.deleted_at is null and i.locked_at is null and i.pinned_to is distinct from a.worker_id
    and i.about_kind is null and i.grid_id is not null
"""


def jurisdictions(session: Session) -> Sequence[UUID]:
    """Return the jurisdictions that have such work."""
    sql = f"select distinct i.jurisdiction_id {_NOT_BEGUN} and i.jurisdiction_id is not null"
    return session.execute(sql_text(sql)).scalars().all()


# Metres from the newest fix, if it is fresh, and from the one when it was accepted; NULL where it is not known.
_SLIPPING = f"""
  with held as materialized (
    select i.id incident_id, i.location, i.priority, i.due_at, a.id assignment_id, a.role, a.state, a.worker_id,
           coalesce(a.accepted_at, a.created_at) since
    {_NOT_BEGUN} and i.jurisdiction_id = :jurisdiction_id
      and (cast(:incident_id as uuid) is null or i.id = :incident_id)),
  seen as (
    select h.*,
      (select cast(r.demand ->> 'priority' as int) from dispatch_run r
       where r.incident_id = h.incident_id and r.assignment_id = h.assignment_id limit 1) priority_then,
      h.state <> 'offered' and exists (
        select 1 from duty d where d.worker_id = h.worker_id and d.deleted_at is null and upper(d.during) > h.since)
      and not exists (
        select 1 from duty d where d.worker_id = h.worker_id and d.deleted_at is null
          and coalesce(upper(d.during), 'infinity') > cast(:now as timestamptz) - cast(:off_duty as interval)
          and lower(d.during) <= cast(:now as timestamptz)) is_off,
      h.state <> 'offered' and exists (
        select 1 from sos s where s.worker_id = h.worker_id and s.closed_at is null and s.deleted_at is null) is_in_need,
      (select ST_Distance(cast(p.geom as geography), cast(h.location as geography)) from worker_position p
       where p.worker_id = h.worker_id and p.at > cast(:now as timestamptz) - cast(:fresh as interval)) metres,
      (select ST_Distance(cast(p.geom as geography), cast(h.location as geography)) from position p
       where p.worker_id = h.worker_id and p.at <= h.since and p.at > h.since - cast(:fresh as interval)
       order by p.at desc limit 1) metres_then
    from held h),
  judged as (
    select s.*, case
      when is_in_need then 'unavailable'
      when is_off then 'shift_ended'
      when priority < priority_then then 'upgraded'
      when metres > coalesce(metres_then, 0) + :moved_away_m then 'moved_away'
      when due_at > cast(:now as timestamptz)
        and due_at < cast(:now as timestamptz) + make_interval(secs => metres * :seconds_a_metre) then 'eta_slipped'
      end because
    from seen s)
  select incident_id, assignment_id, role, state, worker_id, because, metres from judged
  where because = any(cast(:causes as text[]))
  order by random() limit :limit
"""


def slipping(
    session: Session,
    *,
    jurisdiction_id: UUID,
    causes: Sequence[str],
    moved_away_m: float,
    seconds_a_metre: float,
    fresh: timedelta,
    off_duty: timedelta,
    now: datetime,
    limit: int,
    incident_id: UUID | None = None,
) -> Sequence[RowMapping]:
    """Such work of a jurisdiction for which one of the causes holds, drawn by lot.

    A duty has ended for it only if that was after acceptance: a worker keeps what they reported off duty in their grid.
    """
    binds = {
        "jurisdiction_id": jurisdiction_id,
        "causes": list(causes),
        "moved_away_m": moved_away_m,
        "seconds_a_metre": seconds_a_metre,
        "fresh": fresh,
        "off_duty": off_duty,
        "now": now,
        "limit": limit,
        "incident_id": incident_id,
    }
    return session.execute(sql_text(_SLIPPING), binds).mappings().all()


def moves(session: Session, *, incident_id: UUID, role: str) -> RowMapping:
    """Return how often the rules have moved a demand (`n`), and when last (`at`)."""
    sql = f"""
      select count(*) n, max(ended_at) at from assignment
      where incident_id = :id and role = :role and state = 'withdrawn' and ended_because in {sql_list(MOVED_BECAUSE)}
    """
    return session.execute(sql_text(sql), {"id": incident_id, "role": role}).mappings().one()
