"""Joint handling: one unit leads a case, and each other unit has a part of the work.

The lead unit is the unit that has the assignment to handle the case. If a worker has this assignment, the lead unit is the
owning unit. Only the lead unit (or this worker) submits the case as handled, and only when no part is open. A part that a
unit returns stays open until a supervisor decides about it.
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
from app.incidents.cases.rules.waiting_reasons import PART_RETURNED
from app.incidents.deadlines.service.transition_events import CaseTransition, record, record_transition
from app.incidents.dispatching.service import exclusions, orders, placement
from app.incidents.dispatching.service.second_handler import end_second, request_second


def add_unit(session: Session, transition: CaseTransition) -> None:
    """Queue a part of the case for one more unit. The lead unit does not change."""
    case, unit_id, now = transition.case, transition.fields["unit_id"], transition.now
    if unit_id == _leading_unit(session, case):
        raise Conflict("unit_leads")
    assignment_id = _give_part(session, transition, unit_id)
    record_transition(session, transition.with_detail(unit_id=unit_id, assignment_id=assignment_id))
    dispatch.settle_parts(session, incident_id=case["id"], because=states.PART_REPLACED)
    _end_wait(session, case, now=now)


def withdraw_unit(session: Session, transition: CaseTransition) -> None:
    """End a unit's part of the joint work, or decide that a returned part is not needed."""
    case, unit_id, now = transition.case, transition.fields["unit_id"], transition.now
    part = _part_of(session, case, unit_id)
    if part is None or (part["state"] not in states.ACTIVE and part["ended_because"] != PART_RETURNED):
        raise Conflict("no_open_parts")
    detail = {"unit_id": unit_id, "assignment_id": part["id"], "was": part["state"]}
    record_transition(session, transition.with_detail(**detail))
    _end(session, case, because=states.PART_WITHDRAWN, unit_ids=[unit_id], now=now)
    _end_wait(session, case, now=now)


def waive_parts(session: Session, transition: CaseTransition) -> None:
    """Let the lead submit the case without the open parts, by order of a supervisor."""
    case, now = transition.case, transition.now
    missing = dispatch.live_parts(session, case["id"])
    if not missing and not case["has_returned_part"]:
        raise Conflict("no_open_parts")
    units = [{"unit_id": part["unit_id"], "was": part["state"]} for part in missing]
    record_transition(session, transition.with_detail(units=units))
    _end(session, case, because=states.PART_WAIVED, unit_ids=None, now=now)
    _end_wait(session, case, now=now)


def make_lead(session: Session, transition: CaseTransition) -> None:
    """Make another unit the lead unit, and give the former lead unit a part.

    The owning unit of the case does not change.
    """
    case, unit_id, now = transition.case, transition.fields["unit_id"], transition.now
    previous_lead = _leading_unit(session, case)
    if unit_id == previous_lead:
        raise Conflict("unit_leads")
    result = orders.give_to(session, transition.actor, case, worker_id=None, unit_id=unit_id, now=now)
    detail = {"unit_id": unit_id, "from": previous_lead, "assignment_id": result.assignment_id}
    record_transition(session, transition.with_detail(**detail))
    if previous_lead is not None and previous_lead != case["about_id"]:
        _give_part(session, transition, previous_lead)
    end_second(session, case["id"], state="withdrawn", now=now)
    writes.update_case(
        session, case["id"], now=now, status=transition.to, waiting_since=None, waiting_reason=None
    )
    request_second(session, case, now=now)


def accept_part(session: Session, transition: CaseTransition) -> None:
    """Accept a queued part of the joint work for the actor.

    The first member of the unit who accepts the part gets it.
    """
    actor, case = transition.actor, transition.case
    queued_parts = [part for part in _parts_of_own_units(session, actor, case) if part["state"] == "queued"]
    part = _single_part(queued_parts, transition.fields.get("unit_id"))
    accept_assignment(session, actor, case, assignment_id=part["id"], now=transition.now)


def accept_assignment(
    session: Session, actor: Actor, case: RowMapping, *, assignment_id: UUID, now: datetime
) -> bool:
    """Accept a part of the joint work for the actor. Returns False if it was accepted before.

    Raises:
        Conflict: The state of the case does not allow work on parts.
    """
    assignment = dispatch.accept(session, actor, assignment_id=assignment_id, now=now)
    if assignment["state"] in states.HELD:
        return False
    exclusions.require_free(session, case, actor.id, role="joint")
    status = _in_parts(case, "accept_part", Relation.PART_ASKED)
    detail = {"assignment_id": assignment_id, "role": "joint", "unit_id": assignment["unit_id"]}
    record(session, actor, case, "accept_part", status, now=now, detail=detail)
    writes.update_case(session, case["id"], now=now)
    return True


def part_done(session: Session, transition: CaseTransition) -> None:
    """End a part of the joint work as done. The actor must have accepted the part."""
    part = _single_part(
        _parts_held(session, transition.actor, transition.case), transition.fields.get("unit_id")
    )
    record_transition(session, transition.with_detail(unit_id=part["unit_id"], assignment_id=part["id"]))
    dispatch.end_parts(
        session,
        incident_id=transition.case_id,
        state="done",
        now=transition.now,
        unit_ids=[part["unit_id"]],
    )
    writes.update_case(session, transition.case_id, now=transition.now)


def part_return(session: Session, transition: CaseTransition) -> None:
    """Return a part of the joint work, so that a supervisor decides about it.

    The actor must have accepted the part, or it must be in the queue of the actor's unit.
    """
    actor, case, now = transition.actor, transition.case, transition.now
    unit_id: UUID | None = transition.fields.get("unit_id")
    held_parts = _parts_held(session, actor, case)
    queued_parts = [part for part in _parts_of_own_units(session, actor, case) if part["state"] == "queued"]
    part = _single_part(held_parts + queued_parts if unit_id else held_parts or queued_parts, unit_id)
    detail = {"unit_id": part["unit_id"], "assignment_id": part["id"], "was": part["state"]}
    record_transition(session, transition.with_detail(**detail))
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
    """Return a part because its holder cannot do the work.

    Returns False, and does nothing, if the assignment is no part of joint handling.
    """
    attempt = dispatch.assignment(session, assignment_id)
    if attempt is None or attempt["role"] != "joint":
        return False
    if because is None:
        raise invalid_field("because", "required")
    if attempt["account_id"] != actor.id or attempt["state"] not in states.HELD:
        raise Conflict("assignment_not_held")
    to = _in_parts(case, "part_return", Relation.PART_HOLDER)
    fields = {"unit_id": attempt["unit_id"]}
    returned = CaseTransition(actor, case, "part_return", to, now, note=note, fields=fields)
    part_return(session, returned.with_detail(because=because))
    return True


def _in_parts(case: RowMapping, action: str, relation: Relation) -> Status:
    """Check that the status of a case allows an action on a unit's part, and return the status.

    Raises:
        Conflict: The status does not allow the action.
    """
    status = Status(case["status"])
    if lifecycle.find_transition(action, status, frozenset({relation})) is None:
        raise illegal_transition(status.value, action, states=lifecycle.states_of(action))
    return status


def require_parts_done(session: Session, case: RowMapping) -> None:
    """Refuse to submit a case as handled while parts are open.

    Raises:
        Conflict: Lists the units with open parts.
    """
    missing = dispatch.live_parts(session, case["id"])
    if not missing:
        return
    units = [{"id": part["unit_id"], "name": part["unit_name"], "state": part["state"]} for part in missing]
    raise Conflict("parts_unfinished", units=[unit["name"] for unit in units], extra={"units": units})


def end_all(session: Session, case: RowMapping, *, now: datetime) -> None:
    """End the joint parts of all units, because the case ends."""
    _end(session, case, because=None, unit_ids=None, now=now)


def requeue_part(session: Session, case: RowMapping, part: RowMapping, *, now: datetime) -> None:
    """Put a part back into the queue of its unit, because the account of its holder is closed."""
    dispatch.end_attempt(session, assignment_id=part["id"], state="withdrawn", now=now)
    detail = {"account_id": part["account_id"], "unit_id": part["unit_id"], "role": "joint"}
    record(session, SYSTEM, case, "withdraw_part", Status(case["status"]), now=now, detail=detail)
    context = placement.dispatch_context(session, case, now)
    demand = placement.demand_for(case, context.profile, role="joint", excluded={})
    dispatch.queue_for_unit(session, context, demand, unit_id=part["unit_id"])
    writes.update_case(session, case["id"], now=now)


def _give_part(session: Session, transition: CaseTransition, unit_id: UUID) -> UUID | None:
    """Queue a part for a unit, and return the id of the assignment.

    Raises:
        Conflict: The unit has a live part already.
    """
    case = transition.case
    part = _part_of(session, case, unit_id)
    if part is not None and part["state"] in states.ACTIVE:
        raise Conflict("unit_has_part")
    result = placement.assign_by_choice(
        session,
        transition.actor,
        case,
        role="joint",
        worker_id=None,
        unit_id=unit_id,
        now=transition.now,
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
    """Withdraw the live parts of a case, and mark returned parts as decided.

    Args:
        unit_ids: Only the parts of these units. None: all units.
    """
    dispatch.end_parts(
        session, incident_id=case["id"], state="withdrawn", because=because, now=now, unit_ids=unit_ids
    )
    settled = because or states.PART_WITHDRAWN
    dispatch.settle_parts(session, incident_id=case["id"], because=settled, unit_ids=unit_ids)


def _end_wait(session: Session, case: RowMapping, *, now: datetime) -> None:
    """End the wait of a case for a decision about parts, if no returned part is left.

    The case may then wait for a second worker.
    """
    present = placement.lock(session, case["id"])
    is_over = present["waiting_reason"] == PART_RETURNED and not present["has_returned_part"]
    values: dict[str, Any] = {"waiting_since": None, "waiting_reason": None} if is_over else {}
    writes.update_case(session, case["id"], now=now, **values)
    if is_over:
        request_second(session, present, now=now)


def _leading_unit(session: Session, case: RowMapping) -> UUID | None:
    """Return the lead unit of a case: the unit of the handling assignment, else the owning unit."""
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
    """Return the part of the named unit, or the only part.

    Raises:
        NotFound: There is no part.
        Invalid: There are several parts, and no unit was named.
    """
    if unit_id is not None:
        parts = [part for part in parts if part["unit_id"] == unit_id]
    if not parts:
        raise NotFound("not_found")
    if len(parts) > 1:
        raise invalid_field("unit_id", "required")
    return parts[0]
