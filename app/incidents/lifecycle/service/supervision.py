"""Actions of supervisors: urge, put under supervision, and put on long-term hold.

A case *on long-term hold* is postponed to a review date, because it cannot be solved for now: no worker or unit has it,
and its clock is paused.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM
from app.core.errors import Conflict, invalid_field
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.stages import PAUSED_STATES
from app.incidents.deadlines.service import limits, notices
from app.incidents.deadlines.service.transition_events import CaseTransition, record, record_transition
from app.incidents.dispatching.service import joint_handling, placement
from app.incidents.lifecycle.queries import supervision
from app.incidents.lifecycle.service import pauses
from app.profiles import service as profiles

REVIEW_DUE = "review_due"
SUPERVISION_DUE = "supervision_due"
_NOT_WAITING = {"waiting_since": None, "waiting_reason": None}


def urge(session: Session, transition: CaseTransition) -> None:
    """Send a reminder to the worker or unit that has the case."""
    case, now = transition.case, transition.now
    record_transition(session, transition)
    writes.update_case(session, case["id"], now=now, urged_at=now, urged_count=case["urged_count"] + 1)


def supervise(session: Session, transition: CaseTransition) -> None:
    """Put a case under supervision, or replace the level and the end date of its supervision.

    The supervision ends with the case or with `end_supervision`. When `until` has passed, the case is put into the
    queue of its supervisors.
    """
    case, now, level = transition.case, transition.now, transition.fields["level"]
    until: datetime | None = transition.fields.get("until")
    if until is not None and until <= now:
        raise invalid_field("until", "in_past")
    record_transition(session, transition.with_detail(level=level, until=until))
    writes.update_case(
        session,
        case["id"],
        now=now,
        supervised_at=case["supervised_at"] or now,
        supervised_level=level,
        supervised_until=until,
        **_cleared_wait(case),
    )


def _cleared_wait(case: RowMapping) -> dict[str, Any]:
    """Return the column values that end a case's wait for a decision about its supervision.

    The result is {} if the case does not wait for this decision.
    """
    return _NOT_WAITING if case["waiting_reason"] == SUPERVISION_DUE else {}


def end_supervision(session: Session, transition: CaseTransition) -> None:
    """End the supervision of a case.

    Raises:
        Conflict: The case is not under supervision.
    """
    case = transition.case
    if case["supervised_at"] is None:
        raise Conflict("not_supervised")
    record_transition(session, transition.with_detail(level=case["supervised_level"]))
    writes.update_case(
        session,
        case["id"],
        now=transition.now,
        supervised_at=None,
        supervised_level=None,
        supervised_until=None,
        **_cleared_wait(case),
    )


def put_on_books(session: Session, transition: CaseTransition) -> None:
    """Postpone a case to the review date `until` (put it on long-term hold).

    The work of all workers and units on the case ends, and its clock is paused. If the case is on long-term hold already,
    only the date changes.

    Raises:
        Conflict: The profile demands an extension first, and the case had none.
        Invalid: The date is not allowed.
    """
    case, now, until = transition.case, transition.now, transition.fields["until"]
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.books
    if rules.needs_extension and case["extended_count"] == 0:
        raise Conflict("not_extended")
    pauses.require_review_day(until, days_most=rules.days_most, now=now)
    # Before the clock pauses: a case that is late by now gets its notices, and stays late.
    notices.send_due_notices(session, incident_id=case["id"], now=now)
    record_transition(session, transition.with_detail(until=until))
    if transition.source is not Status.ON_BOOKS:
        for role in ("handle", "second"):
            dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
        joint_handling.end_all(session, case, now=now)
        if transition.source is not Status.DEFERRED:
            limits.change_running(session, case, deadlines.pause, now=now)
    pauses.schedule_review(session, transition, until=until)


def take_from_books(session: Session, transition: CaseTransition) -> None:
    """Reactivate a case on long-term hold (paused until a review date), and dispatch it again.

    Its clock resumes with the time that was left when the case was paused.
    """
    case, now = transition.case, transition.now
    due_at = limits.change_running(session, case, deadlines.resume, now=now)
    record_transition(session, transition.with_detail(due_at=due_at))
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=transition.to,
        due_at=due_at,
        review_at=None,
        waiting_since=None,
        waiting_reason=None,
    )
    placement.place_again(session, case["id"], now=now, is_ordered=True)


def due_for_review(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return the ids of paused cases (deferred, or on long-term hold) that are due for review.

    A case is due if its review date has passed, or if it was deferred without a review date. Cases that already wait in the
    queue of their supervisors are left out.
    """
    return list(supervision.due_for_review(session, now=now, limit=limit))


def call_for_review(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Put a case whose review is due into the queue of its supervisors.

    Returns False if the review is not due. The case stays paused until a supervisor decides. A case without a review
    date was deferred by an earlier version of the program, and is due at once.
    """
    case = writes.lock_case(session, incident_id)
    if (
        case is None
        or Status(case["status"]) not in PAUSED_STATES
        or (case["review_at"] is not None and case["review_at"] > now)
        or case["waiting_since"] is not None
    ):
        return False
    detail = {"reason": REVIEW_DUE, "review_at": case["review_at"]}
    record(session, SYSTEM, case, "review_due", Status(case["status"]), now=now, detail=detail)
    writes.update_case(session, incident_id, now=now, waiting_since=now, waiting_reason=REVIEW_DUE)
    return True


def supervisions_due(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return the ids of cases whose supervision has passed its end date.

    A case is left out if an event about this end date is stored already.
    """
    return list(supervision.supervisions_due(session, now=now, limit=limit))


def call_for_supervision(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Store an event that the supervision of a case has passed its end date.

    If the case is not paused and waits for nothing else, it is put into the queue of its supervisors until one of them renews
    or ends the supervision. Returns False if the date has not passed, or the event is stored already.
    """
    case = writes.lock_case(session, incident_id)
    if case is None or not supervision.is_supervision_due(session, incident_id, now=now):
        return False
    record(session, SYSTEM, case, SUPERVISION_DUE, Status(case["status"]), now=now)
    is_free = case["waiting_since"] is None and Status(case["status"]) not in PAUSED_STATES
    waits = {"waiting_since": now, "waiting_reason": SUPERVISION_DUE} if is_free else {}
    writes.update_case(session, incident_id, now=now, **waits)
    return True
