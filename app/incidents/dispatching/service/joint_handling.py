"""Joint handling: several units, one of which leads. Each other one has its part, which it accepts, does or returns.

The unit that leads is the one whose attempt handles the case; where a worker handles it, the owner. It alone feeds back
the whole, once no part is left open.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict, NotFound, invalid_field
from app.dispatch import service as dispatch
from app.dispatch.rules import states
from app.incidents.cases.queries import writes
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import Relation, Status
from app.incidents.cases.rules.names import illegal_transition
from app.incidents.cases.rules.presence import Spot
from app.incidents.cases.rules.waiting_reasons import PART_RETURNED
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import exclusions, orders, placement
from app.incidents.dispatching.service.second_handler import end_second, request_second


def add_unit(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    unit_id: UUID,
    **_: Any,
) -> None:
    """One more unit handles it together with the one that leads: its part stands in its queue."""
    if unit_id == _leading_unit(session, case):
        raise Conflict("unit_leads")
    assignment_id = _give_part(session, actor, case, unit_id=unit_id, now=now)
    detail = {"unit_id": unit_id, "assignment_id": assignment_id}
    record(session, actor, case, "add_unit", to, now=now, note=note, detail=detail)
    dispatch.settle_parts(session, incident_id=case["id"], because=states.PART_REPLACED)
    _end_wait(session, case, now=now)


def withdraw_unit(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    unit_id: UUID,
    **_: Any,
) -> None:
    """Continue without a unit: its part ends, or a returned part is settled."""
    part = _part_of(session, case, unit_id)
    if part is None or (part["state"] not in states.ACTIVE and part["ended_because"] != PART_RETURNED):
        raise Conflict("no_open_parts")
    detail = {"unit_id": unit_id, "assignment_id": part["id"], "was": part["state"]}
    record(session, actor, case, "withdraw_unit", to, now=now, note=note, detail=detail)
    _end(session, case, because=states.PART_WITHDRAWN, unit_ids=[unit_id], now=now)
    _end_wait(session, case, now=now)


def waive_parts(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """Let the lead feed back without the missing parts, by a director's order."""
    missing = dispatch.live_parts(session, case["id"])
    if not missing and not case["has_returned_part"]:
        raise Conflict("no_open_parts")
    detail = {"units": [{"unit_id": part["unit_id"], "was": part["state"]} for part in missing]}
    record(session, actor, case, "waive_parts", to, now=now, note=note, detail=detail)
    _end(session, case, because=states.PART_WAIVED, unit_ids=None, now=now)
    _end_wait(session, case, now=now)


def make_lead(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    unit_id: UUID,
    **_: Any,
) -> None:
    """Another unit leads from now on, and the one that led has a part. Whose matter it is stays as it was."""
    previous_lead = _leading_unit(session, case)
    if unit_id == previous_lead:
        raise Conflict("unit_leads")
    result = orders.give_to(session, actor, case, worker_id=None, unit_id=unit_id, now=now)
    detail = {"unit_id": unit_id, "from": previous_lead, "assignment_id": result.assignment_id}
    record(session, actor, case, "make_lead", to, now=now, note=note, detail=detail)
    if previous_lead is not None and previous_lead != case["about_id"]:
        _give_part(session, actor, case, unit_id=previous_lead, now=now)
    end_second(session, case["id"], state="withdrawn", now=now)
    writes.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
    request_second(session, case, now=now)


def accept_part(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    unit_id: UUID | None = None,
    **_: Any,
) -> None:
    """The first member of a unit who takes its part has it."""
    queued_parts = [part for part in _parts_of_own_units(session, actor, case) if part["state"] == "queued"]
    accept_assignment(session, actor, case, assignment_id=_single_part(queued_parts, unit_id)["id"], now=now)


def accept_assignment(
    session: Session, actor: Actor, case: RowMapping, *, assignment_id: UUID, now: datetime
) -> bool:
    """Accept this part; False where I have it already. 409 where the case is not worked on."""
    assignment = dispatch.accept(session, actor, assignment_id=assignment_id, now=now)
    if assignment["state"] in states.HELD:
        return False
    exclusions.require_free(session, case, actor.id, role="joint")
    status = _in_parts(case, "accept_part", Relation.PART_ASKED)
    detail = {"assignment_id": assignment_id, "role": "joint", "unit_id": assignment["unit_id"]}
    record(session, actor, case, "accept_part", status, now=now, detail=detail)
    writes.update_case(session, case["id"], now=now)
    return True


def part_done(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    unit_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
    spot: Spot | None = None,
    done_at: datetime,
    **_: Any,
) -> None:
    """A unit has done its part, as whoever had it sees it."""
    part = _single_part(_parts_held(session, actor, case), unit_id)
    part_detail = (detail or {}) | {"unit_id": part["unit_id"], "assignment_id": part["id"]}
    event_values: dict[str, Any] = {"note": note, "detail": part_detail, "spot": spot, "done_at": done_at}
    record(session, actor, case, "part_done", to, now=now, **event_values)
    dispatch.end_parts(session, incident_id=case["id"], state="done", now=now, unit_ids=[part["unit_id"]])
    writes.update_case(session, case["id"], now=now)


def part_return(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    unit_id: UUID | None = None,
    because: str | None = None,
    **_: Any,
) -> None:
    """Not theirs to do, or not to be done: whoever directs decides what becomes of this part."""
    held_parts = _parts_held(session, actor, case)
    queued_parts = [part for part in _parts_of_own_units(session, actor, case) if part["state"] == "queued"]
    part = _single_part(held_parts + queued_parts if unit_id else held_parts or queued_parts, unit_id)
    detail = {"unit_id": part["unit_id"], "assignment_id": part["id"], "was": part["state"]}
    if because is not None:
        detail["because"] = because
    record(session, actor, case, "part_return", to, now=now, note=note, detail=detail)
    dispatch.return_part(session, incident_id=case["id"], unit_id=part["unit_id"], now=now)
    writes.update_case(session, case["id"], now=now)
    request_second(session, placement.lock(session, case["id"]), now=now)


def fail(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    assignment_id: UUID,
    because: str | None,
    note: str | None,
    now: datetime,
) -> bool:
    """Return a part that its holder cannot do. Returns False if the assignment is no part."""
    attempt = dispatch.assignment(session, assignment_id)
    if attempt is None or attempt["role"] != "joint":
        return False
    if because is None:
        raise invalid_field("because", "required")
    if attempt["account_id"] != actor.id or attempt["state"] not in states.HELD:
        raise Conflict("assignment_not_held")
    to = _in_parts(case, "part_return", Relation.PART_HOLDER)
    values: dict[str, Any] = {"to": to, "now": now, "note": note, "unit_id": attempt["unit_id"]}
    part_return(session, actor, case, **values, because=because)
    return True


def _in_parts(case: RowMapping, action: str, relation: Relation) -> Status:
    """The status of a case on which parts are worked; 409 for another one."""
    status = Status(case["status"])
    if lifecycle.find_transition(action, status, frozenset({relation})) is None:
        raise illegal_transition(status.value, action, states=lifecycle.states_of(action))
    return status


def require_parts_done(session: Session, case: RowMapping) -> None:
    """409 naming the units whose part is open: the whole is fed back when no part is."""
    missing = dispatch.live_parts(session, case["id"])
    if not missing:
        return
    units = [{"id": part["unit_id"], "name": part["unit_name"], "state": part["state"]} for part in missing]
    raise Conflict("parts_unfinished", units=[unit["name"] for unit in units], extra={"units": units})


def end_all(session: Session, case: RowMapping, *, now: datetime) -> None:
    """The case ends: so does every part of it."""
    _end(session, case, because=None, unit_ids=None, now=now)


def requeue_part(session: Session, case: RowMapping, part: RowMapping, *, now: datetime) -> None:
    """Queue a part for its unit again, because its holder is gone."""
    dispatch.end_attempt(session, assignment_id=part["id"], state="withdrawn", now=now)
    detail = {"account_id": part["account_id"], "unit_id": part["unit_id"], "role": "joint"}
    record(session, SYSTEM, case, "withdraw_part", Status(case["status"]), now=now, detail=detail)
    profile, settings = placement.rules_of(session, case, now)
    dispatch.queue_for_unit(
        session,
        dispatch.DispatchContext(profile, settings, now),
        placement.demand_for(case, profile, role="joint", excluded={}),
        unit_id=part["unit_id"],
    )
    writes.update_case(session, case["id"], now=now)


def _give_part(session: Session, actor: Actor, case: RowMapping, *, unit_id: UUID, now: datetime) -> Any:
    part = _part_of(session, case, unit_id)
    if part is not None and part["state"] in states.ACTIVE:
        raise Conflict("unit_has_part")
    result = placement.assign_by_choice(
        session, actor, case, role="joint", worker_id=None, unit_id=unit_id, now=now
    )
    return result.assignment_id


def _end(
    session: Session,
    case: RowMapping,
    *,
    because: str | None,
    unit_ids: Collection[UUID] | None,
    now: datetime,
) -> None:
    dispatch.end_parts(
        session, incident_id=case["id"], state="withdrawn", because=because, now=now, unit_ids=unit_ids
    )
    settled = because or states.PART_WITHDRAWN
    dispatch.settle_parts(session, incident_id=case["id"], because=settled, unit_ids=unit_ids)


def _end_wait(session: Session, case: RowMapping, *, now: datetime) -> None:
    """End the wait for a decision about parts; other waits of the case may follow."""
    present = placement.lock(session, case["id"])
    is_over = present["waiting_reason"] == PART_RETURNED and not present["has_returned_part"]
    values: dict[str, Any] = {"waiting_since": None, "waiting_reason": None} if is_over else {}
    writes.update_case(session, case["id"], now=now, **values)
    if is_over:
        request_second(session, present, now=now)


def _leading_unit(session: Session, case: RowMapping) -> UUID | None:
    live = dispatch.live_assignment(session, incident_id=case["id"], role="handle")
    unit_id: UUID | None = (live["unit_id"] if live is not None else None) or case["owner_unit_id"]
    return unit_id


def _part_of(session: Session, case: RowMapping, unit_id: UUID) -> RowMapping | None:
    return next((p for p in dispatch.parts(session, case["id"]) if p["unit_id"] == unit_id), None)


def _parts_of_own_units(session: Session, actor: Actor, case: RowMapping) -> list[RowMapping]:
    own_units = set(actor.unit_ids)
    return [part for part in dispatch.live_parts(session, case["id"]) if part["unit_id"] in own_units]


def _parts_held(session: Session, actor: Actor, case: RowMapping) -> list[RowMapping]:
    return [part for part in dispatch.live_parts(session, case["id"]) if part["account_id"] == actor.id]


def _single_part(parts: list[RowMapping], unit_id: UUID | None) -> RowMapping:
    """The part that is meant: the only one, or the one of the unit that was named."""
    if unit_id is not None:
        parts = [part for part in parts if part["unit_id"] == unit_id]
    if not parts:
        raise NotFound("not_found")
    if len(parts) > 1:
        raise invalid_field("unit_id", "required")
    return parts[0]
