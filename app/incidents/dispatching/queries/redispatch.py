"""Statements that find accepted work which has not begun and whose worker may come too late.

Such work *slips*; automatic dispatch may move it to another worker.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Text, Uuid, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.models import Assignment
from app.dispatch.rules.states import MOVED_BECAUSE, NOT_BEGUN
from app.dispatch.scope import constant, state_in
from app.incidents.models import Incident

# Work of one worker, which nobody has begun. No order reserves it for the worker or locks it.
_HAS_NOT_BEGUN = and_(
    state_in(Assignment.state, NOT_BEGUN),
    Assignment.worker_id.is_not(None),
    Assignment.unit_id.is_(None),
    or_(
        and_(Assignment.role == constant("handle"), state_in(Incident.status, ("dispatched", "accepted"))),
        and_(Assignment.role == constant("check"), Incident.status == constant("checking")),
        and_(Assignment.role == constant("verify"), Incident.status == constant("verifying")),
    ),
    Incident.deleted_at.is_(None),
    Incident.locked_at.is_(None),
    Incident.pinned_to.is_distinct_from(Assignment.worker_id),
    Incident.about_kind.is_(None),
    Incident.grid_id.is_not(None),
)
_JURISDICTIONS = (
    select(Incident.jurisdiction_id)
    .join(Assignment, Assignment.incident_id == Incident.id)
    .where(_HAS_NOT_BEGUN, Incident.jurisdiction_id.is_not(None))
    .distinct()
)


def jurisdictions(session: Session) -> Sequence[UUID]:
    """Return the ids of the jurisdictions with accepted work that has not begun."""
    ids: Sequence[Any] = session.scalars(_JURISDICTIONS).all()
    return ids


# Metres from the newest fix, if it is fresh, and from the fix at acceptance; NULL where it is not known.
_SLIPPING = Fragment(
    """
  with held_work as materialized (
    select incident.id incident_id, incident.location, incident.priority, incident.due_at, assignment.id assignment_id,
           assignment.role, assignment.state, assignment.worker_id,
           coalesce(assignment.accepted_at, assignment.created_at) since
    from assignment join incident on incident.id = assignment.incident_id
    where {has_not_begun} and incident.jurisdiction_id = :jurisdiction_id
      and (cast(:incident_id as uuid) is null or incident.id = :incident_id)),
  located_work as (
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
    from held_work h),
  judged_work as (
    select w.*, case
      when is_in_need then 'unavailable'
      when is_off then 'shift_ended'
      when priority < priority_then then 'upgraded'
      when metres > coalesce(metres_then, 0) + :moved_away_m then 'moved_away'
      when due_at > cast(:now as timestamptz)
        and due_at < cast(:now as timestamptz) + make_interval(secs => metres * :seconds_a_metre) then 'eta_slipped'
      end because
    from located_work w)
  select incident_id, assignment_id, role, state, worker_id, because, metres from judged_work
  where because = any(cast(:causes as text[]))
  order by random() limit :limit
""",
    has_not_begun=_HAS_NOT_BEGUN,
)


@dataclass(frozen=True, slots=True)
class SlippingRules:
    """The settings that decide which work slips (its worker may come too late).

    Attributes:
        causes: Codes of the causes to look for.
        moved_away_m: A worker has moved away if they are this many metres farther away than when they accepted.
        seconds_a_metre: Travel time in seconds per metre.
        fresh: Maximum age of a position.
        off_duty: A shift has ended if the worker has been off duty for this time.
    """

    causes: list[str]
    moved_away_m: float
    seconds_a_metre: float
    fresh: timedelta
    off_duty: timedelta


def slipping(
    session: Session,
    rules: SlippingRules,
    *,
    jurisdiction_id: UUID,
    now: datetime,
    limit: int,
    incident_id: UUID | None = None,
) -> Sequence[RowMapping]:
    """Return offered or accepted work of a jurisdiction whose worker may come too late.

    At most `limit` rows in random order; column `because` is the cause. The end of a shift is a cause only if the shift ended
    after the worker accepted. Workers off duty keep a case that they reported in their own grid and so accepted off duty.
    """
    binds: dict[str, Any] = {
        "jurisdiction_id": jurisdiction_id,
        "now": now,
        "limit": limit,
        "incident_id": incident_id,
    }
    return session.execute(_SLIPPING, asdict(rules) | binds).mappings().all()


_MOVES = select(func.count().label("n"), func.max(Assignment.ended_at).label("at")).where(
    Assignment.incident_id == bindparam("incident_id", None, Uuid()),
    Assignment.role == bindparam("role", None, Text()),
    Assignment.state == constant("withdrawn"),
    state_in(Assignment.ended_because, MOVED_BECAUSE),
)


def moves(session: Session, *, incident_id: UUID, role: str) -> RowMapping:
    """Return how often the work of a role was moved to another worker, and when last.

    Only moves by automatic dispatch are counted. Columns: `n` (number of moves) and `at` (time of the last move).
    """
    return session.execute(_MOVES, {"incident_id": incident_id, "role": role}).mappings().one()
