"""Statements on table `assignment`: read, lock, accept, record progress, end.

Statements on offers are in `offers.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Executable, RowMapping, Text, Uuid, any_, bindparam, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.core import locks
from app.core.db import Fragment
from app.dispatch.models import Assignment, Offer
from app.dispatch.queries.loads import is_nowait
from app.dispatch.queries.transitions import change_assignments, listed
from app.dispatch.rules.states import ACTIVE, ASSIGNMENTS, OFFERS
from app.dispatch.scope import constant, is_active, is_live_offer
from app.workforce.models import Worker

# Binds of updates have other names than columns: SQLAlchemy sets a column to a bind of its name.
_OF_ID = Assignment.id == bindparam("of_id", type_=Uuid())
_OF_INCIDENT = Assignment.incident_id == bindparam("incident_id", type_=Uuid())
_OF_WORKER = Assignment.worker_id == bindparam("worker_id", type_=Uuid())
_SINCE: Any = bindparam("since", type_=DateTime(timezone=True))

_ASSIGNMENT = select(
    Assignment.id,
    Assignment.incident_id,
    Assignment.role,
    Assignment.worker_id,
    Assignment.unit_id,
    Assignment.account_id,
    Assignment.state,
    Assignment.reason,
    Assignment.created_at,
    Assignment.accepted_at,
    Assignment.en_route_at,
    Assignment.on_scene_at,
)
_BY_ID = _ASSIGNMENT.where(_OF_ID)
_LOCKED_BY_ID = _BY_ID.with_for_update()
_LIVE = (
    _ASSIGNMENT.where(_OF_INCIDENT, Assignment.role != constant("joint"), is_active())
    .order_by(Assignment.role == constant("second"), Assignment.created_at.desc())
    .limit(constant(1))
    .with_for_update()
)
_LIVE_OF_ROLE = _LIVE.where(Assignment.role == bindparam("role", type_=Text()))


def live_assignment(session: Session, *, incident_id: UUID, role: str | None = None) -> RowMapping | None:
    """Lock and return the assignment of a case that has not ended, or None.

    Assignments with the role `joint` (further units on the same case) are not returned.

    Args:
        role: Role of the assignment, such as `handle`. None: any role; the assignment of a second worker is returned only if
            there is no other.
    """
    statement = _LIVE if role is None else _LIVE_OF_ROLE
    binds = {"incident_id": incident_id} | ({} if role is None else {"role": role})
    return session.execute(statement, binds).mappings().one_or_none()


_LIVE_OF_WORKER = select(Assignment.id).where(_OF_INCIDENT, _OF_WORKER, is_active()).limit(constant(1))


def live_assignment_of_worker(session: Session, *, incident_id: UUID, worker_id: UUID) -> UUID | None:
    """Return the id of the worker's live (offered or accepted) assignment on a case, or None."""
    binds = {"incident_id": incident_id, "worker_id": worker_id}
    assignment_id: UUID | None = session.scalar(_LIVE_OF_WORKER, binds)
    return assignment_id


def assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    """Return the row of an assignment, or None."""
    return session.execute(_BY_ID, {"of_id": assignment_id}).mappings().one_or_none()


def lock_assignment(session: Session, assignment_id: UUID) -> RowMapping | None:
    """Lock and return the row of an assignment, or None."""
    return session.execute(_LOCKED_BY_ID, {"of_id": assignment_id}).mappings().one_or_none()


_TEAM_MEMBERS = Fragment(
    """
    select distinct incident_id, role, state, worker_id from assignment
    where incident_id = any(cast(:ids as uuid[])) and worker_id is not null
      and (role in ('handle', 'second') and state in {active} or role in ('second', 'verify') and state = 'done')
    union
    select a.incident_id, a.role, a.state, member.id from assignment a cross join lateral (
      select a.account_id id where a.account_id is not null
      union select g.account_id from account_grant g
      where g.unit_id = a.unit_id and g.revoked_at is null and g.deleted_at is null
        and (a.state in {active} or a.state = 'done')) member
    where a.incident_id = any(cast(:ids as uuid[])) and a.role = 'joint'
    """,
    active=listed(ACTIVE),
)


def team_members(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the workers who have or had work on the cases.

    These are the lead and the second worker with a live assignment; second workers and verifiers whose work is done; all
    accounts that accepted a `joint` assignment; and all members of units whose `joint` assignment is live or done.
    Columns: `incident_id`, `role`, `state`, `worker_id`.
    """
    return session.execute(_TEAM_MEMBERS, {"ids": list(incident_ids)}).mappings().all()


_ACCEPT_QUEUED = (
    change_assignments(ASSIGNMENTS["accept_queued"])
    .where(_OF_ID, Assignment.unit_id == any_(bindparam("unit_ids", type_=ARRAY(Uuid()))))
    .values(account_id=bindparam("new_account_id", type_=Uuid()), accepted_at=_SINCE)
    .returning(Assignment.id)
)


def accept_queued(
    session: Session, *, assignment_id: UUID, account_id: UUID, unit_ids: Sequence[UUID], since: datetime
) -> bool:
    """Assign work that waits in the queue of a unit to the account that accepts it.

    Returns False if another member has accepted it before, or if it is of no unit of `unit_ids`.
    """
    binds = {
        "of_id": assignment_id,
        "new_account_id": account_id,
        "unit_ids": list(unit_ids),
        "since": since,
    }
    return session.scalar(_ACCEPT_QUEUED, binds) is not None


# The loads are locked in the order of ids. What ends next in the same transaction (the lead, then the second) is an
# assignment of the same case, whose load is then locked already, so nothing is waited for against the order.
_END_ASSIGNMENT = """
    with team_loads as materialized (
      select l.worker_id from worker_load l
      where l.worker_id in (
        select a.worker_id from assignment a
        where a.incident_id = (select e.incident_id from assignment e where e.id = :assignment_id)
          and a.state in {active})
      order by l.worker_id for no key update {nowait}),
    ended_assignment as (
      update assignment set state = {ended}, ended_at = :now, ended_because = :because
      where id = :assignment_id and state in {endable}
      returning id, worker_id),
    withdrawn_offers as (
      update offer set state = {withdrawn}, answered_at = :now, because = :because
      where assignment_id in (select id from ended_assignment) and state in {withdrawable}),
    freed_load as (
      update worker_load l set open_work = l.open_work - 1 from team_loads, ended_assignment
      where l.worker_id = team_loads.worker_id and team_loads.worker_id = ended_assignment.worker_id)
    select worker_id from team_loads
"""


@lru_cache
def _end_assignment(state: str, is_nowait: bool) -> Executable:
    transition = ASSIGNMENTS.to(state)
    return Fragment(
        _END_ASSIGNMENT,
        active=listed(ACTIVE),
        nowait=text("nowait" if is_nowait else ""),
        ended=constant(transition.to),
        endable=listed(transition.sources),
        withdrawn=constant(OFFERS["withdraw"].to),
        withdrawable=listed(OFFERS["withdraw"].sources),
    )


def end_assignment(
    session: Session, *, assignment_id: UUID, state: str, now: datetime, because: str | None = None
) -> None:
    """End an assignment and its live offers, and reduce its worker's count of open work by one.

    The counts (table `worker_load`) of all workers with a live assignment of the case are locked first, in the order of
    worker ids.
    """
    binds = {"assignment_id": assignment_id, "because": because, "now": now}
    worker_ids = session.scalars(_end_assignment(state, is_nowait(session)), binds)
    locks.record_locked_loads(session, worker_ids)


_PROGRESS_COLUMNS = {"en_route": Assignment.en_route_at, "on_scene": Assignment.on_scene_at}
_RECORD_PROGRESS = {
    state: change_assignments(ASSIGNMENTS.to(state))
    .where(_OF_ID, Assignment.account_id == bindparam("of_account_id", type_=Uuid()))
    .values({column: bindparam("since", type_=DateTime(timezone=True))})
    .returning(Assignment.id)
    for state, column in _PROGRESS_COLUMNS.items()
}


def record_progress(
    session: Session, *, assignment_id: UUID, account_id: UUID, state: str, at: datetime
) -> bool:
    """Set the state of an assignment to `en_route` or `on_scene`.

    Returns False if the account has not accepted the assignment, or if the assignment has a later state.
    """
    binds = {"of_id": assignment_id, "of_account_id": account_id, "since": at}
    return session.scalar(_RECORD_PROGRESS[state], binds) is not None


_offered_or_assigned = union(
    select(Offer.incident_id).where(Offer.worker_id == bindparam("worker_id", type_=Uuid()), is_live_offer()),
    select(Assignment.incident_id).where(_OF_WORKER, is_active()),
).subquery("offered_or_assigned")
_DEMANDS_OF_WORKER = select(_offered_or_assigned.c.incident_id).order_by(_offered_or_assigned.c.incident_id)


def demands_of_worker(session: Session, worker_id: UUID) -> Sequence[UUID]:
    """Return the ids of cases that are offered or assigned to a worker, sorted by id."""
    demands: Sequence[UUID] = session.scalars(_DEMANDS_OF_WORKER, {"worker_id": worker_id}).all()
    return demands


_LAST_UNIT = (
    select(Assignment.unit_id)
    .where(
        _OF_INCIDENT,
        Assignment.role == constant("handle"),
        Assignment.state == constant(ASSIGNMENTS["finish"].to),
    )
    .order_by(Assignment.ended_at.desc())
    .limit(constant(1))
)


def last_unit(session: Session, incident_id: UUID) -> UUID | None:
    """Return the id of the unit whose member handled the case last.

    Returns None if the case was not handled yet, or if a worker handled it who did not act as a member of a unit.
    """
    unit_id: UUID | None = session.scalar(_LAST_UNIT, {"incident_id": incident_id})
    return unit_id


_WORKER_NAME = (
    select(Worker.name)
    .join(Account, Account.id == Worker.id)
    .where(
        Worker.id == bindparam("worker_id", type_=Uuid()),
        Worker.deleted_at.is_(None),
        Account.disabled_at.is_(None),
    )
)


def worker_name(session: Session, worker_id: UUID) -> str | None:
    """Return the name of a worker whose account is open, or None."""
    name: str | None = session.scalar(_WORKER_NAME, {"worker_id": worker_id})
    return name
