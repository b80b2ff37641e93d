"""SQL of deadlines: the limit on the whole of a case (stage `handle`) and those on its stages."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.dispatch.rules.states import ACTIVE_SQL
from app.incidents.deadlines.rules.handling_deadline import ClockChange

# Rows as they come in JSON, and the columns that they are written to.
NEW_ROWS = """(id uuid, incident_id uuid, stage text, name jsonb, condition text, unit text, amount float, ends_with text,
  profile_version_id uuid, started_at timestamptz, due_at timestamptz, running_since timestamptz, paused_at timestamptz,
  spent interval, stopped_at timestamptz, outcome text, warn_at timestamptz, extended float, first_due_at timestamptz)"""
_SET_AT_FIRST = """stage, name, condition, unit, amount, ends_with, profile_version_id, started_at, due_at, running_since,
  paused_at, spent, stopped_at, outcome, warn_at, extended, first_due_at"""
INSERT_INTO = f"insert into deadline (id, incident_id, {_SET_AT_FIRST})"
COLUMNS = ", ".join(f"r.{column.strip()}" for column in _SET_AT_FIRST.split(","))

_SELECT = f"""select id, incident_id, {_SET_AT_FIRST}, warned_at, escalate_at, escalated, escalated_to, told_id
  from deadline"""


def running(session: Session, incident_id: UUID) -> RowMapping | None:
    """The limit on the whole that runs or is paused, locked."""
    sql = f"""
      {_SELECT} where incident_id = :id and stage = 'handle' and stopped_at is null and deleted_at is null
      order by started_at desc limit 1 for update
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().one_or_none()


def last(session: Session, incident_id: UUID) -> RowMapping | None:
    """The limit on the whole that ended last and was not replaced, locked."""
    sql = f"""
      {_SELECT} where incident_id = :id and stage = 'handle' and stopped_at is not null and deleted_at is null
        and outcome <> 'replaced'
      order by stopped_at desc limit 1 for update
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().one_or_none()


def of_stages(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the limits on stages that were not replaced, locked."""
    sql = f"""
      {_SELECT} where incident_id = :id and stage <> 'handle' and outcome is distinct from 'replaced' and deleted_at is null
      order by id for update
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().all()


def transitions(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return the transitions that stage clocks depend on, oldest first.

    Changes of state, finished stages, and extensions in the unit of the present handling limit. Transitions of an imported
    case count from when its handling limit began, and not at all without one.

    Earlier versions kept no unit with what was given, and gave the stages nothing."""
    sql = """
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
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().all()


def clock_changes(session: Session, incident_id: UUID, actions: Iterable[str]) -> list[ClockChange]:
    """Return the transitions that changed the clock of the handling limit, oldest first.

    Handed-in work stops the clock when it was done; a failed check resumes it when it became known. An extension without
    a stored unit has the unit of its request.
    """
    sql = """
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
    """
    rows = session.execute(sql_text(sql), {"id": incident_id, "actions": list(actions)})
    return [ClockChange(row.action, row.occurred_at, row.amount, row.unit) for row in rows]


def save(session: Session, deadline_id: UUID, values: dict[str, Any]) -> None:
    sql = """
      update deadline set due_at = :due_at, running_since = :running_since, paused_at = :paused_at, spent = :spent,
        stopped_at = :stopped_at, outcome = :outcome, warn_at = :warn_at, escalate_at = :escalate_at,
        extended = :extended, first_due_at = :first_due_at
      where id = :id
    """
    session.execute(sql_text(sql), values | {"id": deadline_id})


def clear_notices(session: Session, deadline_id: UUID) -> None:
    """Reset the notices of a deadline, so that they are sent again."""
    sql = """
      update deadline set warned_at = null, escalated = 0, escalated_to = null, told_id = null where id = :id
    """
    session.execute(sql_text(sql), {"id": deadline_id})


def insert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    sql = f"""
      {INSERT_INTO}
      select r.id, r.incident_id, {COLUMNS} from jsonb_to_recordset(cast(:rows as jsonb)) as r{NEW_ROWS}
    """
    session.execute(sql_text(sql), {"rows": orjson.dumps(rows).decode()})


_IS_RUNNING_SQL = "stopped_at is null and paused_at is null and deleted_at is null"


def cases_with_due_notices(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Cases with a running deadline that is to be warned of, has passed or is to go up and does not say so yet, in the
    order of when."""
    sql = f"""
      select incident_id from (
        select incident_id, warn_at at from deadline
        where {_IS_RUNNING_SQL} and warned_at is null and warn_at <= :now and due_at > :now
        union all select incident_id, due_at from deadline where {_IS_RUNNING_SQL} and outcome is null and due_at < :now
        union all select incident_id, escalate_at from deadline where {_IS_RUNNING_SQL} and escalate_at <= :now) d
      group by incident_id order by min(at), incident_id limit :limit
    """
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def running_of(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """All deadlines of a case that run, locked."""
    sql = f"{_SELECT} where incident_id = :id and {_IS_RUNNING_SQL} order by id for update"
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().all()


def save_notices(session: Session, deadline_id: UUID, values: dict[str, Any]) -> None:
    """Store which notices of a deadline were sent; an overdue one has no warning any more."""
    sql = """
      update deadline set warned_at = :warned_at, outcome = :outcome, escalated = :escalated,
        escalated_to = :escalated_to, escalate_at = :escalate_at, told_id = :told_id,
        warn_at = case when cast(:outcome as text) is null then warn_at end
      where id = :id
    """
    session.execute(sql_text(sql), values | {"id": deadline_id})


def holder(session: Session, incident_id: UUID, *, role: str, now: datetime) -> RowMapping | None:
    """Return the holder or offered worker and whether they are on duty, or the account that took it for its unit."""
    sql = f"""
      select coalesce(a.worker_id, a.account_id) id, a.worker_id is null or exists (
        select 1 from duty d
        where d.worker_id = a.worker_id and d.during @> cast(:now as timestamptz) and d.deleted_at is null) is_there
      from assignment a
      where a.incident_id = :id and a.role = :role and a.state in {ACTIVE_SQL}
        and coalesce(a.worker_id, a.account_id) is not null
      order by a.created_at desc limit 1
    """
    return (
        session.execute(sql_text(sql), {"id": incident_id, "role": role, "now": now}).mappings().one_or_none()
    )
