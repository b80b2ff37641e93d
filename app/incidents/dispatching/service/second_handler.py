"""The second worker of a case that needs two workers, and returned parts of joint handling.

The lead worker answers for the case; the second worker assists.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.actor import SYSTEM
from app.core.errors import invalid_field
from app.dispatch import service as dispatch
from app.dispatch.rules.states import HELD
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.other_transitions import WITH_A_LEAD
from app.incidents.cases.rules.waiting_reasons import NO_SECOND, PART_RETURNED
from app.incidents.deadlines.service.transition_events import CaseTransition, record, record_transition
from app.incidents.dispatching.queries import second_handler as queries
from app.incidents.reporting.service.first_dispatch import category_of
from app.incidents.reporting.service.new_case import FOLLOW_UP
from app.profiles import service as profiles


def request_second(session: Session, case: Mapping[Any, Any], *, now: datetime) -> None:
    """Store that a case waits for a second worker, or for a decision about returned work.

    Work is returned by a unit that handles the case jointly with others.

    If the case needs a second worker and a decision, it waits for the decision first. The lead can work while the case waits;
    the next batch looks for the second worker. Nothing happens if the case has no lead, waits already, or needs no second
    worker and no decision.
    """
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    people = category_of(profile, case["category"]).people
    if people < 2 and not case["has_returned_part"]:
        return
    incident_id: UUID = case["id"]
    current = writes.lock_case(session, incident_id)
    lead = dispatch.live_assignment(session, incident_id=incident_id, role="handle")
    if current is None:
        return
    status = Status(current["status"])
    if status not in WITH_A_LEAD or current["waiting_since"] is not None:
        return
    if lead is None:
        return
    if current["has_returned_part"]:
        detail = {"reason": PART_RETURNED, "role": "joint"}
        record(session, SYSTEM, current, "wait", status, now=now, detail=detail)
        writes.update_case(session, incident_id, now=now, waiting_since=now, waiting_reason=PART_RETURNED)
        return
    if people < 2 or lead["worker_id"] is None:
        return
    second = queries.second_of(session, incident_id)
    if second is not None and (second["state"] is not None or second["has_handed_in"]):
        return
    detail = {"reason": NO_SECOND, "role": "second"}
    record(session, SYSTEM, current, "wait", status, now=now, detail=detail)
    writes.update_case(session, incident_id, now=now, waiting_since=now, waiting_reason=NO_SECOND)
    writes.enqueue(session, jobs.enqueue_binds(FOLLOW_UP, now, incident_id=incident_id))


def end_second(session: Session, incident_id: UUID, *, state: str, now: datetime) -> None:
    """End the assignment of the second worker."""
    dispatch.end_active(session, incident_id=incident_id, role="second", state=state, now=now)


def require_second(
    session: Session, case: RowMapping, *, action: str, alone_reason: str | None
) -> dict[str, Any]:
    """Check that the lead worker may start or submit a case. Return the detail for the event.

    The detail is the lead's reason for working alone, or {}. A case for two workers is started only after a second worker has
    accepted, and submitted only after the second worker has finished (`second_done`). A lead who started alone with a reason
    can submit alone, unless a second worker has accepted since.

    Raises:
        Invalid: The second worker is missing or has not finished, and there is no `alone_reason` (`second_missing`,
            `second_unfinished`).
    """
    second = queries.second_of(session, case["id"])
    if second is None:
        return {}
    is_held = second["state"] in HELD
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    takes_two = is_held or category_of(profile, case["category"]).people > 1
    is_fine = second["has_handed_in"] or (
        is_held if action == "start" else second["is_alone"] and not is_held
    )
    if not takes_two or is_fine:
        return {}
    if not alone_reason:
        raise invalid_field("alone_reason", "second_unfinished" if is_held else "second_missing")
    return {"alone": alone_reason}


def cases_that_may_need_second(session: Session, cases: Mapping[UUID, RowMapping]) -> set[UUID]:
    """Return the ids of those cases for which `require_second` has something to check.

    Their category takes two workers, or a second worker is or was assigned to them.
    """
    ids = {
        case["id"]
        for case in cases.values()
        if category_of(profiles.profile_by_id(session, case["profile_version_id"]), case["category"]).people
        > 1
    }
    return ids | queries.cases_with_second(session, list(cases))


def second_done(session: Session, transition: CaseTransition) -> None:
    """End the second worker's assignment as done. The lead submits the case later."""
    record_transition(session, transition)
    end_second(session, transition.case_id, state="done", now=transition.now)
    writes.update_case(session, transition.case_id, now=transition.now)
