"""SQL of offers and attempts: taken, declined, run out, ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text


def active(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    """The live assignment, locked."""
    sql = """
      select id, incident_id, role, worker_id, unit_id, account_id, state from assignment
      where incident_id = :incident_id and state in ('offered', 'queued', 'accepted')
        and (cast(:role as text) is null or role = :role)
      order by created_at desc limit 1 for update
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "role": role}).mappings().one_or_none()


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    sql = "select id, incident_id, role, worker_id, unit_id, account_id, state from assignment where id = :id"
    return session.execute(sql_text(sql), {"id": assignment_id}).mappings().one_or_none()


def lock_assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    sql = """
      select id, incident_id, role, worker_id, unit_id, account_id, state from assignment where id = :id for update
    """
    return session.execute(sql_text(sql), {"id": assignment_id}).mappings().one_or_none()


def accept_offer(session: Session, *, assignment_id: UUID, worker_id: UUID, now: datetime) -> bool:
    """Compare and set on the caller's own live offer: only one can win."""
    sql = """
      with won as (
        update offer set state = 'accepted', answered_at = :now
        where assignment_id = :assignment_id and worker_id = :worker_id and state = 'offered' and expires_at > :now
        returning assignment_id)
      update assignment set state = 'accepted', account_id = :worker_id, accepted_at = :now
      where id in (select assignment_id from won) and state = 'offered'
      returning id
    """
    binds = {"assignment_id": assignment_id, "worker_id": worker_id, "now": now}
    return session.scalar(sql_text(sql), binds) is not None


def accept_queued(
    session: Session, *, assignment_id: UUID, account_id: UUID, unit_ids: Sequence[UUID], now: datetime
) -> bool:
    """Compare and set on a unit's queue: the first member who takes it has it."""
    sql = """
      update assignment set state = 'accepted', account_id = :account_id, accepted_at = :now
      where id = :assignment_id and state = 'queued' and unit_id = any(cast(:unit_ids as uuid[]))
      returning id
    """
    binds = {
        "assignment_id": assignment_id,
        "account_id": account_id,
        "unit_ids": list(unit_ids),
        "now": now,
    }
    return session.scalar(sql_text(sql), binds) is not None


def answer_offer(
    session: Session, *, assignment_id: UUID, worker_id: UUID, state: str, reason: str | None, now: datetime
) -> bool:
    """Decline one's own live offer; false when there is none."""
    sql = """
      update offer set state = :state, answered_at = :now, reason = :reason
      where assignment_id = :assignment_id and worker_id = :worker_id and state = 'offered'
        and (:state = 'expired' or expires_at > :now)
      returning id
    """
    binds = {
        "assignment_id": assignment_id,
        "worker_id": worker_id,
        "state": state,
        "reason": reason,
        "now": now,
    }
    return session.scalar(sql_text(sql), binds) is not None


def end_assignment(session: Session, *, assignment_id: UUID, state: str, now: datetime) -> None:
    """End an attempt in one step: its live offer goes with it, and its worker has room again."""
    sql = """
      with ended as (
        update assignment set state = :state, ended_at = :now
        where id = :assignment_id and state in ('offered', 'queued', 'accepted')
        returning id, worker_id),
      withdrawn as (
        update offer set state = 'withdrawn', answered_at = :now
        where assignment_id in (select id from ended) and state = 'offered')
      update worker_load set open_work = open_work - 1
      where worker_id in (select worker_id from ended where worker_id is not null)
    """
    session.execute(sql_text(sql), {"assignment_id": assignment_id, "state": state, "now": now})


def expired_offer(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    sql = """
      select o.id, o.assignment_id, o.incident_id, o.worker_id, a.role
      from offer o join assignment a on a.id = o.assignment_id
      where o.incident_id = :incident_id and o.state = 'offered' and o.expires_at <= :now
      limit 1 for update of o
    """
    return session.execute(sql_text(sql), {"incident_id": incident_id, "now": now}).mappings().one_or_none()


# A live attempt whose worker went off duty or called for help before answering, or whose holder's account is closed.
_ABSENT = """
  from assignment a
  left join account h on h.id = coalesce(a.account_id, a.worker_id)
  where a.state in ('offered', 'accepted')
    and (h.disabled_at is not null
         or a.state = 'offered' and (
              not exists (select 1 from duty d where d.worker_id = a.worker_id
                          and d.during @> cast(:now as timestamptz) and d.deleted_at is null)
              or exists (select 1 from sos s where s.worker_id = a.worker_id
                         and s.closed_at is null and s.deleted_at is null)))
"""


def demands_of_absent(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    sql = f"select a.incident_id {_ABSENT} order by a.created_at limit :limit"
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def demands_offered_to(session: Session, worker_id: UUID) -> Sequence[UUID]:
    sql = """
      select incident_id from offer where worker_id = :worker_id and state = 'offered' order by incident_id
    """
    return session.execute(sql_text(sql), {"worker_id": worker_id}).scalars().all()


def absent_holder(session: Session, *, incident_id: UUID, now: datetime) -> RowMapping | None:
    sql = f"""
      select a.id, a.role, a.state, a.worker_id, a.account_id {_ABSENT} and a.incident_id = :incident_id
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
    found: UUID | None = session.scalar(sql_text(sql), {"id": incident_id})
    return found


def worker_name(session: Session, worker_id: UUID) -> str | None:
    sql = """
      select w.name from worker w join account a on a.id = w.id
      where w.id = :id and w.deleted_at is null and a.disabled_at is null
    """
    found: str | None = session.scalar(sql_text(sql), {"id": worker_id})
    return found
