"""Locks and writes of a case, its events and its jobs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import locks
from app.core.db import sql_text
from app.core.jobs import ENQUEUE_SQL
from app.dispatch.rules.states import HELD_SQL
from app.incidents.cases.queries.fields import HAS_RETURNED_PART
from app.incidents.cases.rules.lifecycle import BACKDATED_ACTIONS, ENDED, WITH_HANDLER
from app.incidents.deadlines.rules.stages import PAUSED_STATES


def lock_case(session: Session, incident_id: UUID) -> RowMapping | None:
    """Lock a case and return it as it is then; None if there is none.

    Cases are locked before all else of them, and several of one transaction in one order (`lock_cases`, app.core.locks).
    """
    sql = f"""
      select id, version, status, category, condition, priority, grid_id, area_id, cast(scope_path as text) scope_path,
             jurisdiction_id, profile_version_id, owner_unit_id, reported_by, handled_by, about_kind, about_id,
             rework_count, due_at, waiting_since, waiting_reason, component_id, component_link, owner_basis,
             case_no, merged_into, pinned_to, locked_at, closed_at, accepted_at, extension_asked_at, extension_asked_by,
             extension_amount, extended_count, returned_count, contested_count, urged_count, supervised_at,
             supervised_level, review_at, contested_order_by, ST_X(location) lon, ST_Y(location) lat,
             {HAS_RETURNED_PART.format(case="incident.id")} has_returned_part
      from incident where id = :id and deleted_at is null for update{locks.nowait_clause(session)}
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().one_or_none()


def lock_cases(session: Session, incident_ids: Iterable[UUID]) -> None:
    """Lock cases and those linked with them: first those that are not merged into another, each kind in the order of ids.

    Two triggers set this order: a case that moves raises those merged into it (`tell_merged`), and one that ends, is opened
    again or gets another category raises those linked with it (`tell_linked`).
    """
    sql = f"""
      with named as materialized (select unnest(cast(:ids as uuid[])) id),
      linked as (
        select l.other_id id from incident_link l join named n on n.id = l.incident_id where l.unlinked_at is null
        union all
        select l.incident_id from incident_link l join named n on n.id = l.other_id where l.unlinked_at is null)
      select 1 from incident where id in (select id from named union select id from linked)
      order by merged_into is not null, id for update{locks.nowait_clause(session)}
    """
    session.execute(sql_text(sql), {"ids": list(incident_ids)})


_COLUMNS = {
    "profile_version_id",
    "status",
    "category",
    "condition",
    "priority",
    "grid_id",
    "area_id",
    "jurisdiction_id",
    "owner_unit_id",
    "handled_by",
    "handling_unit_id",
    "handled_at",
    "accepted_at",
    "rework_count",
    "urged_at",
    "waiting_since",
    "waiting_reason",
    "closed_at",
    "due_at",
    "component_id",
    "component_link",
    "owner_basis",
    "merged_into",
    "pinned_to",
    "locked_at",
    "ended_reason",
    "extension_asked_at",
    "extension_asked_by",
    "extension_amount",
    "extended_count",
    "returned_count",
    "contested_count",
    "urged_count",
    "supervised_at",
    "supervised_level",
    "supervised_until",
    "review_at",
    "contested_order_by",
}
# Where nothing is decided yet about an end that was contested.
_UNDECIDED = ("collected", "verifying", "returned")


def update_case(session: Session, incident_id: UUID, *, now: datetime, **values: Any) -> None:
    """Set the named columns; `scope_path` and a new `point` (lon, lat) are cast here.

    Status changes reset dependent columns: the extension request when the handler loses the case, supervision when the
    case ends, the review date when it is taken up again, and the contested order once somebody has decided.
    """
    sets = ["updated_at = :now"]
    status = values.get("status")
    if status is not None and status not in WITH_HANDLER:
        values = {"extension_asked_at": None, "extension_asked_by": None, "extension_amount": None} | values
    if status is not None and status not in PAUSED_STATES:
        values = {"review_at": None} | values
    if status is not None and status not in _UNDECIDED:
        values = {"contested_order_by": None} | values
    if status is not None and status in ENDED:
        values = {"supervised_at": None, "supervised_level": None, "supervised_until": None} | values
    binds: dict[str, Any] = {"id": incident_id, "now": now}
    for name, value in values.items():
        if name == "scope_path":
            sets.append("scope_path = cast(:scope_path as ltree)")
            binds["scope_path"] = value
        elif name == "point":
            sets.append("location = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)")
            binds["lon"], binds["lat"] = value
        elif name in _COLUMNS:
            sets.append(f"{name} = :{name}")
            binds[name] = value
        else:
            raise ValueError(f"not a column that a case may change: {name}")
    session.execute(sql_text(f"update incident set {', '.join(sets)} where id = :id"), binds)


# Whether the place of a step is kept: a worker's only if the worker was on duty then.
PLACE_IS_STORED = """(cast({lon} as float) is not null and (
  not exists (select 1 from worker w where w.id = cast({actor} as uuid))
  or exists (select 1 from duty d where d.worker_id = cast({actor} as uuid) and d.deleted_at is null
             and d.during @> cast({at} as timestamptz))))"""


def insert_event(session: Session, values: dict[str, Any]) -> None:
    is_kept = PLACE_IS_STORED.format(lon=":lon", actor=":actor_id", at=":there_at")
    sql = f"""
      insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note, detail,
        location, accuracy_m)
      select :incident_id, :action, :from_status, :to_status, :actor_kind, :actor_id, :now, :note, cast(:detail as jsonb),
        case when p.is_kept then ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) end,
        case when p.is_kept then cast(:accuracy_m as float) end
      from (select {is_kept} is_kept) p
    """
    detail = orjson.dumps(values.get("detail") or {}, default=str).decode()
    session.execute(sql_text(sql), values | {"detail": detail})


def blank_places(session: Session, *, before: datetime) -> int:
    """Steps that are older keep when, who and what; no longer where. How many had a place."""
    return int(
        session.execute(sql_text("select blank_step_places(:before)"), {"before": before}).scalar_one()
    )


def enqueue(session: Session, binds: dict[str, Any]) -> None:
    session.execute(sql_text(f"select {ENQUEUE_SQL}"), binds)


_BACKDATED_SQL = "(" + ", ".join(f"'{action}'" for action in sorted(BACKDATED_ACTIONS)) + ")"
# Of a case that others have parts of, the whole is done no sooner than these.
_PARTS_END = "('part_done', 'part_return', 'withdraw_unit', 'waive_parts')"


def earliest_done_at(
    session: Session, incident_id: UUID, *, account_id: UUID, role: str, counts_parts: bool
) -> datetime | None:
    """Return the earliest instant at which an actor can have done their next transition of a case.

    It is the latest of: they got the case in this role, their last transition, and with `counts_parts` the end of the
    last part of others. None if they do not have the case.
    """
    sql = f"""
      select greatest(held.since, (
        select max(e.occurred_at) from incident_event e
        where e.incident_id = :id
          and (e.actor_id = :account_id and e.action in {_BACKDATED_SQL} or :is_whole and e.action in {_PARTS_END})))
      from (select max(coalesce(a.accepted_at, a.created_at)) since from assignment a
            where a.incident_id = :id and a.role = :role and a.account_id = :account_id and a.state in {HELD_SQL}) held
      where held.since is not null
    """
    binds = {"id": incident_id, "account_id": account_id, "role": role, "is_whole": counts_parts}
    since: datetime | None = session.scalar(sql_text(sql), binds)
    return since


def was_filed(session: Session, incident_id: UUID) -> bool:
    """Return True if the case was ever filed."""
    sql = "select exists (select 1 from incident_event where incident_id = :id and to_status = 'filed')"
    return bool(session.scalar(sql_text(sql), {"id": incident_id}))
