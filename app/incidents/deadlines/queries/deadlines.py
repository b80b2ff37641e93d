"""Statements on table `deadline`: the handling limit and the limits of single stages.

The handling limit (stage `handle`) is the time allowed for the whole case. If the category of a case is corrected, its
handling limit is replaced by that of the new category.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    DateTime,
    Integer,
    RowMapping,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.models import Assignment
from app.dispatch.scope import constant, is_active
from app.incidents.deadlines.rules.handling_deadline import ClockChange
from app.incidents.models import Deadline
from app.profiles.rules.stages import HANDLE_STAGE
from app.workforce.models import Duty

# New deadlines as JSON: the columns of a row `r`, the insert in the same order, and the columns without the ids.
NEW_ROWS = """(id uuid, incident_id uuid, stage text, name jsonb, condition text, unit text, amount float, ends_with text,
  profile_version_id uuid, started_at timestamptz, due_at timestamptz, running_since timestamptz, paused_at timestamptz,
  spent interval, stopped_at timestamptz, outcome text, warn_at timestamptz, extended float, first_due_at timestamptz)"""
INSERT_INTO = """insert into deadline (id, incident_id, stage, name, condition, unit, amount, ends_with, profile_version_id,
  started_at, due_at, running_since, paused_at, spent, stopped_at, outcome, warn_at, extended, first_due_at)"""
COLUMNS = """r.stage, r.name, r.condition, r.unit, r.amount, r.ends_with, r.profile_version_id, r.started_at, r.due_at,
  r.running_since, r.paused_at, r.spent, r.stopped_at, r.outcome, r.warn_at, r.extended, r.first_due_at"""
_INSERT = Fragment(
    "{insert_into} select r.* from jsonb_to_recordset(cast(:rows as jsonb)) as r{new_rows}",
    insert_into=Fragment(INSERT_INTO),
    new_rows=Fragment(NEW_ROWS),
)

_OF_INCIDENT = Deadline.incident_id == bindparam("incident_id", None, Uuid())
_NOW: Any = bindparam("now", None, DateTime(timezone=True))
_HANDLE = constant(HANDLE_STAGE)
_REPLACED = constant("replaced")
_EXISTS = Deadline.deleted_at.is_(None)
_IS_RUNNING = and_(Deadline.stopped_at.is_(None), Deadline.paused_at.is_(None), _EXISTS)

_DEADLINE = (
    select(
        Deadline.id,
        Deadline.incident_id,
        Deadline.stage,
        Deadline.name,
        Deadline.condition,
        Deadline.unit,
        Deadline.amount,
        Deadline.ends_with,
        Deadline.profile_version_id,
        Deadline.started_at,
        Deadline.due_at,
        Deadline.running_since,
        Deadline.paused_at,
        Deadline.spent,
        Deadline.stopped_at,
        Deadline.outcome,
        Deadline.warn_at,
        Deadline.extended,
        Deadline.first_due_at,
        Deadline.warned_at,
        Deadline.escalate_at,
        Deadline.escalated,
        Deadline.escalated_to,
        Deadline.told_id,
    )
    .where(_OF_INCIDENT)
    .with_for_update()
)
_RUNNING_LIMIT = (
    _DEADLINE.where(Deadline.stage == _HANDLE, Deadline.stopped_at.is_(None), _EXISTS)
    .order_by(Deadline.started_at.desc())
    .limit(constant(1))
)
_LAST_LIMIT = (
    _DEADLINE.where(
        Deadline.stage == _HANDLE,
        Deadline.stopped_at.is_not(None),
        _EXISTS,
        Deadline.outcome != _REPLACED,
    )
    .order_by(Deadline.stopped_at.desc())
    .limit(constant(1))
)
_OF_STAGES = _DEADLINE.where(
    Deadline.stage != _HANDLE, Deadline.outcome.is_distinct_from(_REPLACED), _EXISTS
).order_by(Deadline.id)
_RUNNING_OF_CASE = _DEADLINE.where(_IS_RUNNING).order_by(Deadline.id)


def running(session: Session, incident_id: UUID) -> RowMapping | None:
    """Lock and return the handling limit of a case if its clock runs or is paused, else None."""
    return session.execute(_RUNNING_LIMIT, {"incident_id": incident_id}).mappings().one_or_none()


def last(session: Session, incident_id: UUID) -> RowMapping | None:
    """Lock and return the handling limit of a case that ended last, or None.

    A handling limit that was replaced after a correction of the category is left out.
    """
    return session.execute(_LAST_LIMIT, {"incident_id": incident_id}).mappings().one_or_none()


def of_stages(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Lock and return the deadlines of the single stages of a case.

    Deadlines that were replaced after a correction of the category are left out.
    """
    return session.execute(_OF_STAGES, {"incident_id": incident_id}).mappings().all()


def running_of(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Lock and return those deadlines of a case whose clocks run."""
    return session.execute(_RUNNING_OF_CASE, {"incident_id": incident_id}).mappings().all()


_TRANSITIONS = text("""
  select e.action, e.from_status, e.to_status, greatest(e.occurred_at, d.began) occurred_at, e.detail ->> 'stage' stage,
         cast(e.detail ->> 'received_at' as timestamptz) received_at,
         case when e.action = 'grant_extension' then e.detail end more
  from incident_event e
  left join report r on r.id = e.incident_id and r.channel = 'import'
  left join lateral (select min(started_at) began from deadline
                     where incident_id = r.id and stage = 'handle' and deleted_at is null) d on true
  where e.incident_id = :id and (r.id is null or d.began is not null)
    and (e.from_status is distinct from e.to_status or e.action = 'stage_done'
         or e.action = 'grant_extension' and e.detail ->> 'unit' = (
           select w.unit from deadline w
           where w.incident_id = e.incident_id and w.stage = 'handle' and w.outcome is distinct from 'replaced'
             and w.deleted_at is null order by w.started_at desc limit 1))
  order by e.seq
""")


def transitions(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the transitions that change the clocks of stages, oldest first.

    These are changes of state, finished stages, and extensions in the unit of the present handling limit. Extensions by
    an earlier version of the program, which stored no unit, are left out. For an imported case, only transitions since
    the start of its handling limit are returned; none if it has no handling limit.
    """
    return session.execute(_TRANSITIONS, {"id": incident_id}).mappings().all()


_CLOCK_CHANGES = text("""
  select action, coalesce(
           max(case when action = 'feed_back' then occurred_at
                    when action <> 'grant_extension'
                    then coalesce(cast(detail ->> 'received_at' as timestamptz), occurred_at) end)
             over (order by seq), occurred_at) occurred_at,
         coalesce(cast(detail ->> 'amount' as float), 0) amount,
         coalesce(detail ->> 'unit', (
           select a.detail ->> 'unit' from incident_event a
           where a.incident_id = e.incident_id and a.action = 'ask_extension' and a.seq < e.seq
           order by a.seq desc limit 1)) unit
  from incident_event e
  where incident_id = :id and action = any(:actions)
    and (from_status <> to_status or action = 'grant_extension') order by seq
""")


def clock_changes(session: Session, incident_id: UUID, actions: Iterable[str]) -> list[ClockChange]:
    """Return the transitions that changed the clock of the handling limit, oldest first.

    The instant of a submission is the time when the work was done. The instant of a failed check is the time when the server
    received it. For an extension without a stored unit, the unit of its request is returned.
    """
    rows = session.execute(_CLOCK_CHANGES, {"id": incident_id, "actions": list(actions)})
    return [ClockChange(row.action, row.occurred_at, row.amount, row.unit) for row in rows]


# The columns that `save` and `save_notices` set are the keys of their values.
_SAVE = update(Deadline).where(Deadline.id == bindparam("of_id", None, Uuid()))
# An overdue deadline is not warned of any more.
_SAVE_NOTICES = _SAVE.values(
    warn_at=case((bindparam("new_outcome", None, Text()).is_(None), Deadline.warn_at), else_=null())
)
_CLEAR_NOTICES = _SAVE.values(warned_at=null(), escalated=constant(0), escalated_to=null(), told_id=null())


def save(session: Session, deadline_id: UUID, values: dict[str, Any]) -> None:
    """Store the present clock and outcome of a deadline, and the times of its notices."""
    session.execute(_SAVE, values | {"of_id": deadline_id})


def clear_notices(session: Session, deadline_id: UUID) -> None:
    """Mark all notices of a deadline as not sent, so that they are sent again."""
    session.execute(_CLEAR_NOTICES, {"of_id": deadline_id})


def save_notices(session: Session, deadline_id: UUID, values: dict[str, Any]) -> None:
    """Mark notices of a deadline as sent.

    Args:
        values: The outcome of the deadline, and the columns about its notices.
    """
    session.execute(_SAVE_NOTICES, values | {"of_id": deadline_id, "new_outcome": values["outcome"]})


def insert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert deadlines from the rows that `service.limits.rows_of` returns."""
    session.execute(_INSERT, {"rows": orjson.dumps(rows).decode()})


_DUE = union_all(
    select(Deadline.incident_id, Deadline.warn_at.label("at")).where(
        _IS_RUNNING, Deadline.warned_at.is_(None), Deadline.warn_at <= _NOW, Deadline.due_at > _NOW
    ),
    select(Deadline.incident_id, Deadline.due_at).where(
        _IS_RUNNING, Deadline.outcome.is_(None), Deadline.due_at < _NOW
    ),
    select(Deadline.incident_id, Deadline.escalate_at).where(_IS_RUNNING, Deadline.escalate_at <= _NOW),
).subquery("due")
_CASES_WITH_DUE_NOTICES = (
    select(_DUE.c.incident_id)
    .group_by(_DUE.c.incident_id)
    .order_by(func.min(_DUE.c.at), _DUE.c.incident_id)
    .limit(bindparam("row_limit", None, Integer()))
)


def cases_with_due_notices(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the ids of cases with a notice to be sent, the longest due first.

    A notice is a warning before the due time, a message that it has passed, or an escalation.
    """
    binds = {"now": now, "row_limit": limit}
    ids: Sequence[UUID] = session.scalars(_CASES_WITH_DUE_NOTICES, binds).all()
    return ids


_IS_ON_DUTY = (
    select(Duty.id)
    .where(Duty.worker_id == Assignment.worker_id, Duty.during.contains(_NOW), Duty.deleted_at.is_(None))
    .correlate(Assignment)
    .exists()
)
_HOLDER_ID = func.coalesce(Assignment.worker_id, Assignment.account_id)
_HOLDER = (
    select(_HOLDER_ID.label("id"), or_(Assignment.worker_id.is_(None), _IS_ON_DUTY).label("is_there"))
    .where(
        Assignment.incident_id == bindparam("incident_id", None, Uuid()),
        Assignment.role == bindparam("role", None, Text()),
        is_active(),
        _HOLDER_ID.is_not(None),
    )
    .order_by(Assignment.created_at.desc())
    .limit(constant(1))
)


def holder(session: Session, incident_id: UUID, *, role: str, now: datetime) -> RowMapping | None:
    """Return the person who has, or was offered, the work of a role on a case, or None.

    Columns: `id` (of a worker, or of the account of a member of a unit) and `is_there` (True if the worker is on duty; always
    True for a member of a unit).
    """
    binds = {"incident_id": incident_id, "role": role, "now": now}
    return session.execute(_HOLDER, binds).mappings().one_or_none()
