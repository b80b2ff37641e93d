"""SQL of offers and assignments: accepted, declined, expired, withdrawn, ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import locks
from app.core.db import sql_text
from app.dispatch.rules.states import ACTIVE_SQL, HELD, HELD_SQL

_COLUMNS = """id, incident_id, role, worker_id, unit_id, account_id, state, reason, created_at, accepted_at, en_route_at,
  on_scene_at"""


def live_assignment(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    """The live assignment of a role, locked; whatever the role, that of whoever leads or checks. No unit's joint part."""
    sql = f"""
      select {_COLUMNS} from assignment
      where incident_id = :incident_id and role <> 'joint' and state in {ACTIVE_SQL}
        and (cast(:role as text) is null or role = :role)
      order by role = 'second', created_at desc limit 1 for update
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "role": role}).mappings().one_or_none()


def live_assignment_of_worker(session: Session, *, incident_id: UUID, worker_id: UUID) -> UUID | None:
    """The live attempt of a demand that stands with this worker."""
    sql = f"""
      select id from assignment where incident_id = :incident_id and worker_id = :worker_id
        and state in {ACTIVE_SQL} limit 1
    """
    assignment_id: UUID | None = session.scalar(
        sql_text(sql), {"incident_id": incident_id, "worker_id": worker_id}
    )
    return assignment_id


def team_members(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the team of cases: lead and second now, the second when the work was done, and the verifier.

    Of a joint part: everybody who has or had it, and the members of units that have or did one.
    """
    sql = f"""
      select distinct incident_id, role, state, worker_id from assignment
      where incident_id = any(cast(:ids as uuid[])) and worker_id is not null
        and (role in ('handle', 'second') and state in {ACTIVE_SQL} or role in ('second', 'verify') and state = 'done')
      union
      select a.incident_id, a.role, a.state, who.id from assignment a cross join lateral (
        select a.account_id id where a.account_id is not null
        union select g.account_id from account_grant g
        where g.unit_id = a.unit_id and g.revoked_at is null and g.deleted_at is null
          and (a.state in {ACTIVE_SQL} or a.state = 'done')) who
      where a.incident_id = any(cast(:ids as uuid[])) and a.role = 'joint'
    """
    return session.execute(sql_text(sql), {"ids": list(incident_ids)}).mappings().all()


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    sql = f"select {_COLUMNS} from assignment where id = :id"
    return session.execute(sql_text(sql), {"id": assignment_id}).mappings().one_or_none()


def lock_assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    sql = f"select {_COLUMNS} from assignment where id = :id for update"
    return session.execute(sql_text(sql), {"id": assignment_id}).mappings().one_or_none()


def accept_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, now: datetime, since: datetime
) -> bool:
    """Compare and set on the caller's own live offer: only one can win. Of several who were asked, the others' end.

    An open assignment is added to the worker's load here; the caller has checked `has_room` under the lock.
    """
    sql = """
      with won as (
        update offer set state = 'accepted', answered_at = :now
        where assignment_id = :assignment_id and worker_id = :worker_id and state = 'offered' and expires_at > :now
          and exists (select 1 from assignment a where a.id = :assignment_id and a.state in ('offered', 'open'))
        returning id, assignment_id),
      reached as (
        insert into offer_delivery (offer_id, worker_id, way, occurred_at)
        select id, :worker_id, 'answered', :now from won on conflict do nothing),
      lost as (
        update offer set state = 'withdrawn', answered_at = :now, because = 'taken_by_other'
        where assignment_id in (select assignment_id from won) and worker_id <> :worker_id and state = 'offered'),
      loaded as (
        update worker_load set open_work = open_work + 1 where worker_id = :worker_id and exists (
          select 1 from assignment a join won on won.assignment_id = a.id where a.state = 'open'))
      update assignment set state = 'accepted', worker_id = :worker_id, account_id = :worker_id, accepted_at = :since
      where id in (select assignment_id from won) and state in ('offered', 'open')
      returning id
    """
    binds = {"assignment_id": assignment_id, "worker_id": worker_id, "now": now, "since": since}
    return session.scalar(sql_text(sql), binds) is not None


def has_room(session: Session, worker_id: UUID) -> bool:
    """Return whether a worker can take more, under the lock of the worker's load."""
    sql = f"""
      select l.open_work < w.capacity from worker_load l join worker w on w.id = l.worker_id
      where l.worker_id = :worker_id for no key update of l{locks.nowait_clause(session)}
    """
    has_free_capacity = bool(session.scalar(sql_text(sql), {"worker_id": worker_id}))
    locks.record_locked_loads(session, [worker_id])
    return has_free_capacity


def accept_queued(
    session: Session, *, assignment_id: UUID, account_id: UUID, unit_ids: Sequence[UUID], since: datetime
) -> bool:
    """Compare and set on a unit's queue: the first member who takes it has it."""
    sql = """
      update assignment set state = 'accepted', account_id = :account_id, accepted_at = :since
      where id = :assignment_id and state = 'queued' and unit_id = any(cast(:unit_ids as uuid[]))
      returning id
    """
    binds = {
        "assignment_id": assignment_id,
        "account_id": account_id,
        "unit_ids": list(unit_ids),
        "since": since,
    }
    return session.scalar(sql_text(sql), binds) is not None


def decline_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, reason: str, because: str | None, now: datetime
) -> bool:
    """Decline one's own live offer; false when there is none."""
    sql = """
      with said as (
        update offer set state = 'declined', answered_at = :now, reason = :reason, because = :because
        where assignment_id = :assignment_id and worker_id = :worker_id and state = 'offered' and expires_at > :now
        returning id),
      reached as (
        insert into offer_delivery (offer_id, worker_id, way, occurred_at)
        select id, :worker_id, 'answered', :now from said on conflict do nothing)
      select id from said
    """
    binds = {
        "assignment_id": assignment_id,
        "worker_id": worker_id,
        "reason": reason,
        "because": because,
        "now": now,
    }
    return session.scalar(sql_text(sql), binds) is not None


def expire_offers(session: Session, *, assignment_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """End the live offers whose time is over, each by whether it had reached its phone: `worker_id` and `state`."""
    sql = """
      update offer o set answered_at = :now, state = case when exists (
          select 1 from offer_delivery d where d.offer_id = o.id) then 'expired' else 'undelivered' end
      where o.assignment_id = :assignment_id and o.state = 'offered' and o.expires_at <= :now
      returning o.worker_id, o.state
    """
    binds = {"assignment_id": assignment_id, "now": now}
    return session.execute(sql_text(sql), binds).mappings().all()


def has_live_offer(session: Session, assignment_id: UUID) -> bool:
    """Whether anybody is still asked."""
    sql = "select exists (select 1 from offer where assignment_id = :id and state = 'offered')"
    return bool(session.scalar(sql_text(sql), {"id": assignment_id}))


def withdraw_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, because: str | None, now: datetime
) -> None:
    """Take back one of several offers of an attempt."""
    sql = """
      update offer set state = 'withdrawn', answered_at = :now, because = :because
      where assignment_id = :assignment_id and worker_id = :worker_id and state = 'offered'
    """
    binds = {"assignment_id": assignment_id, "worker_id": worker_id, "because": because, "now": now}
    session.execute(sql_text(sql), binds)


def end_assignment(
    session: Session, *, assignment_id: UUID, state: str, now: datetime, because: str | None = None
) -> None:
    """End an attempt and its live offers, and count down the load of its worker.

    Locks the loads of everybody who has a live attempt of the case, the lower id first: what ends next in this transaction
    is an attempt of the same case (lead, then second), and is not waited for any more.
    """
    sql = f"""
      with team as materialized (
        select l.worker_id from worker_load l
        where l.worker_id in (
          select a.worker_id from assignment a
          where a.incident_id = (select e.incident_id from assignment e where e.id = :assignment_id)
            and a.state in {ACTIVE_SQL})
        order by l.worker_id for no key update{locks.nowait_clause(session)}),
      ended as (
        update assignment set state = :state, ended_at = :now, ended_because = :because
        where id = :assignment_id and state in {ACTIVE_SQL}
        returning id, worker_id),
      withdrawn as (
        update offer set state = 'withdrawn', answered_at = :now, because = :because
        where assignment_id in (select id from ended) and state = 'offered'),
      freed as (
        update worker_load l set open_work = l.open_work - 1 from team, ended
        where l.worker_id = team.worker_id and team.worker_id = ended.worker_id)
      select worker_id from team
    """
    binds = {"assignment_id": assignment_id, "state": state, "because": because, "now": now}
    locks.record_locked_loads(session, session.scalars(sql_text(sql), binds))


def record_progress(
    session: Session, *, assignment_id: UUID, account_id: UUID, state: str, at: datetime
) -> RowMapping | None:
    """Set `en_route` or `on_scene`. Returns the state before, or None if the account does not hold the assignment."""
    sql = f"""
      with held as (
        select id, state from assignment
        where id = :assignment_id and account_id = :account_id and state in {HELD_SQL} for update)
      update assignment a set state = :state,
        en_route_at = case when :state = 'en_route' then cast(:at as timestamptz) else a.en_route_at end,
        on_scene_at = case when :state = 'on_scene' then cast(:at as timestamptz) else a.on_scene_at end
      from held
      where a.id = held.id and array_position(cast(:order as text[]), held.state)
                               < array_position(cast(:order as text[]), cast(:state as text))
      returning held.state was
    """
    binds = {"assignment_id": assignment_id, "account_id": account_id, "state": state, "at": at}
    binds |= {"order": list(HELD)}
    return session.execute(sql_text(sql), binds).mappings().one_or_none()


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    sql = """
      select o.assignment_id, o.incident_id, a.role
      from offer o join assignment a on a.id = o.assignment_id
      where o.incident_id = :incident_id and o.state = 'offered' and o.expires_at <= :now
      limit 1 for update of o
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "now": now}).mappings().one_or_none()


# Off duty, or there is an open call for help: nobody is asked then. A scalar sub-select, as in `take_load`: under OR an EXISTS
# is hashed, and everybody on duty is read for one attempt.
_IS_ABSENT_SQL = """((select true from duty d where d.worker_id = {worker} and d.deleted_at is null
                  and d.during @> cast(:now as timestamptz) limit 1) is null
                 or exists (select 1 from sos s where s.worker_id = {worker}
                            and s.closed_at is null and s.deleted_at is null))"""
# A live attempt whose worker is not there to answer, or whose holder's account is closed.
_ABSENT_HOLDERS_SQL = f"""
  from assignment a
  left join account h on h.id = coalesce(a.account_id, a.worker_id)
  where a.state in ('offered', 'accepted', 'en_route', 'on_scene')
    and (h.disabled_at is not null or a.state = 'offered' and {_IS_ABSENT_SQL.format(worker="a.worker_id")})
"""
# One of several who are asked at once and are not there to answer.
_ABSENT_RECIPIENTS_SQL = f"""
  from offer o join assignment a on a.id = o.assignment_id and a.state = 'open'
  join account h on h.id = o.worker_id
  where o.state = 'offered' and (h.disabled_at is not null or {_IS_ABSENT_SQL.format(worker="o.worker_id")})
"""


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    sql = f"""
      select incident_id from (select a.incident_id, a.created_at {_ABSENT_HOLDERS_SQL}
                               union select a.incident_id, a.created_at {_ABSENT_RECIPIENTS_SQL}) t
      order by created_at limit :limit
    """
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def absent_recipients(session: Session, *, incident_id: UUID, now: datetime) -> Sequence[RowMapping]:
    """Return absent recipients of a broadcast: `assignment_id`, `role` and `worker_id`. Locks their offers."""
    sql = f"""
      select a.id assignment_id, a.role, o.worker_id {_ABSENT_RECIPIENTS_SQL} and o.incident_id = :incident_id
      order by o.worker_id for update of o
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "now": now}).mappings().all()


def demands_offered_to(session: Session, worker_id: UUID) -> Sequence[UUID]:
    sql = """
      select incident_id from offer where worker_id = :worker_id and state = 'offered' order by incident_id
    """
    return session.execute(sql_text(sql), {"worker_id": worker_id}).scalars().all()


def demands_of_worker(session: Session, worker_id: UUID) -> Sequence[UUID]:
    """Return the demands that a worker is asked to take or has, in the order of ids."""
    sql = f"""
      select incident_id from offer where worker_id = :worker_id and state = 'offered'
      union select incident_id from assignment where worker_id = :worker_id and state in {ACTIVE_SQL}
      order by incident_id
    """
    return session.execute(sql_text(sql), {"worker_id": worker_id}).scalars().all()


def lock_loads(session: Session, incident_ids: Sequence[UUID]) -> None:
    """Lock the loads of everybody who has a live attempt of one of these demands, the lower id first."""
    sql = f"""
      select l.worker_id from worker_load l
      where l.worker_id in (
        select a.worker_id from assignment a
        where a.incident_id = any(cast(:ids as uuid[])) and a.state in {ACTIVE_SQL})
      order by l.worker_id for no key update{locks.nowait_clause(session)}
    """
    locks.record_locked_loads(session, session.scalars(sql_text(sql), {"ids": list(incident_ids)}))


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    sql = f"""
      select a.id, a.role, a.state, a.worker_id, a.account_id, a.unit_id {_ABSENT_HOLDERS_SQL} and a.incident_id = :incident_id
      limit 1 for update of a
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "now": now}).mappings().one_or_none()


def cases_with_expired_offers(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    sql = "select incident_id from offer where state = 'offered' and expires_at <= :now order by expires_at limit :limit"
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def last_unit(session: Session, incident_id: UUID) -> UUID | None:
    """The unit whose member handled the demand last."""
    sql = """
      select unit_id from assignment where incident_id = :id and role = 'handle' and state = 'done'
      order by ended_at desc limit 1
    """
    unit_id: UUID | None = session.scalar(sql_text(sql), {"id": incident_id})
    return unit_id


def worker_name(session: Session, worker_id: UUID) -> str | None:
    sql = """
      select w.name from worker w join account a on a.id = w.id
      where w.id = :id and w.deleted_at is null and a.disabled_at is null
    """
    name: str | None = session.scalar(sql_text(sql), {"id": worker_id})
    return name
