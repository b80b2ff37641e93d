"""Handling of a case: start, submit, return, reassign, redispatch, add a second worker."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.core.errors import Conflict, invalid_field
from app.dispatch import service as dispatch
from app.dispatch.rules.states import HELD
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status, role_of
from app.incidents.cases.service import admission
from app.incidents.deadlines.service import limits, stages
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.incidents.dispatching.service import joint_handling, orders, placement
from app.incidents.dispatching.service.second_handler import end_second, request_second, require_second
from app.incidents.reporting.rules.handling_unit import handling_unit
from app.profiles import service as profiles


def start(session: Session, transition: CaseTransition) -> None:
    """Start the handling of a case.

    A case for two workers needs a second worker who has accepted, or a reason for working alone.
    """
    alone_reason = transition.fields.get("alone_reason")
    alone = require_second(session, transition.case, action="start", alone_reason=alone_reason)
    record_transition(session, transition.with_detail(**alone))
    writes.update_case(session, transition.case_id, now=transition.now, status=transition.to)


def feed_back(session: Session, transition: CaseTransition) -> None:
    """Submit a case as handled: stop its clock at the end of the work, and request a check."""
    case, actor, now = transition.case, transition.actor, transition.now
    joint_handling.require_parts_done(session, case)
    alone_reason = transition.fields.get("alone_reason")
    facts = require_second(session, case, action="feed_back", alone_reason=alone_reason)
    stages_left_out = stages.stages_left(session, case)
    if stages_left_out:
        facts["stages_left"] = stages_left_out
    record_transition(session, transition.with_detail(**facts))
    ended_assignment = dispatch.end_active(
        session, incident_id=case["id"], role="handle", state="done", now=now
    )
    # A second worker who has accepted must not check the case, even if the lead reports to have worked alone.
    second = dispatch.live_assignment(session, incident_id=case["id"], role="second")
    was_held = second is not None and second["state"] in HELD
    end_second(session, case["id"], state="done" if was_held else "withdrawn", now=now)
    limits.meet(session, case, now=transition.effective_at)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=transition.to,
        handled_by=actor.id,
        handling_unit_id=handling_unit(
            ended_assignment["unit_id"] if ended_assignment else None, actor.unit_ids, case["owner_unit_id"]
        ),
        waiting_since=None,
        waiting_reason=None,
    )
    if transition.effective_at < now:
        writes.update_case(session, case["id"], now=now, handled_at=transition.effective_at)
    placement.send_to_check(session, case["id"], now=now)


def send_back(session: Session, transition: CaseTransition) -> None:
    """Return a case: pass it to the unit that the request names, or else to the supervisors.

    A case that was returned `returns_most` times before (profile) always goes to the supervisors.
    """
    case, now = transition.case, transition.now
    unit_id: UUID | None = transition.fields.get("unit_id")
    if unit_id is not None:
        _require_other_unit(session, case, unit_id)
    orders.remove_pin_of(session, case, transition.actor.id, now=now, because="returned")
    record_transition(session, transition.with_detail(unit_id=unit_id) if unit_id else transition)
    dispatch.end_active(session, incident_id=case["id"], state="failed", now=now)
    end_second(session, case["id"], state="withdrawn", now=now)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=transition.to,
        waiting_since=now,
        waiting_reason="returned",
        returned_count=case["returned_count"] + 1,
    )
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle
    if unit_id is not None and case["returned_count"] < rules.returns_most:
        placement.pass_to_unit(session, case["id"], unit_id, now=now)


def _require_other_unit(session: Session, case: RowMapping, unit_id: UUID) -> None:
    """Refuse a unit that cannot take a returned case.

    Raises:
        Conflict: The unit has the case already.
        Invalid: The case is about the unit, or the unit is of another jurisdiction.
    """
    live = dispatch.live_assignment(session, incident_id=case["id"], role="handle")
    if live is not None and live["unit_id"] == unit_id:
        raise Conflict("same_unit")
    if unit_id == case["about_id"] or areas.jurisdiction_of_unit(session, unit_id) != case["jurisdiction_id"]:
        raise invalid_field("unit_id", "reference_unknown")


def reassign(session: Session, transition: CaseTransition) -> None:
    """Offer a case to the worker whom a supervisor chose, or queue it for the chosen unit."""
    case, now = transition.case, transition.now
    worker_id: UUID | None = transition.fields.get("worker_id")
    unit_id: UUID | None = transition.fields.get("unit_id")
    result = orders.give_to(session, transition.actor, case, worker_id=worker_id, unit_id=unit_id, now=now)
    record_transition(
        session,
        transition.with_detail(
            worker_id=result.worker_id, unit_id=unit_id, assignment_id=result.assignment_id
        ),
    )
    writes.update_case(
        session, case["id"], now=now, status=transition.to, waiting_since=None, waiting_reason=None
    )
    if unit_id is not None:
        end_second(session, case["id"], state="withdrawn", now=now)
    request_second(session, case, now=now)


def redispatch(session: Session, transition: CaseTransition) -> None:
    """Withdraw a case from its present worker or unit, and dispatch it automatically again.

    If the case waits for a verifier or a checker, this work is offered again instead.

    Raises:
        Conflict: The case is locked, or its category may not be dispatched to grid workers.
    """
    case, now = transition.case, transition.now
    if case["locked_at"] is not None:
        raise Conflict("case_locked")
    if case["owner_unit_id"] is None and role_of(transition.to) == "handle":
        admission.require_admitted(session, case)
    record_transition(session, transition)
    if transition.to is Status.COLLECTED:
        placement.send_to_verify(session, case["id"], now=now, is_ordered=True)
        return
    if transition.to is Status.FED_BACK:
        placement.send_to_check(session, case["id"], now=now, is_ordered=True)
        return
    dispatch.end_active(session, incident_id=case["id"], role="handle", state="withdrawn", now=now)
    placement.place_again(session, case["id"], now=now, is_ordered=True)


def assign_second(session: Session, transition: CaseTransition) -> None:
    """Offer the chosen worker the role of second worker, even if the category needs only one."""
    case, now, worker_id = transition.case, transition.now, transition.fields["worker_id"]
    end_second(session, case["id"], state="withdrawn", now=now)
    result = placement.assign_by_choice(
        session, transition.actor, case, role="second", worker_id=worker_id, unit_id=None, now=now
    )
    record_transition(
        session, transition.with_detail(worker_id=worker_id, assignment_id=result.assignment_id)
    )
    values = {"waiting_since": None, "waiting_reason": None} if case["waiting_reason"] == "no_second" else {}
    writes.update_case(session, case["id"], now=now, **values)
