"""Deferral of a case, its resumption, and its end by order of a supervisor."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.errors import Conflict, invalid_field
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Relation, Status
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.service import limits, notices
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.incidents.dispatching.service import joint_handling, placement
from app.incidents.dispatching.service.second_handler import end_second, request_second
from app.profiles import service as profiles
from app.profiles.rules.lifecycle import OTHER


def require_not_own_work(relations: frozenset[Relation]) -> None:
    """Refuse a deferral by a person who handles the case or a part of it.

    Raises:
        Conflict: The actor handles the case or a part of it.
    """
    if relations & {Relation.HANDLER, Relation.PART_HOLDER}:
        raise Conflict("own_deferral")


def defer(session: Session, transition: CaseTransition) -> None:
    """Defer a case until its review date `until`: pause its clock and end its open offers.

    The holder keeps the case. If the case is deferred already, only the date changes. A case that is overdue gets its
    overdue notices first, and stays overdue.
    """
    case, now, until = transition.case, transition.now, transition.fields["until"]
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.deferral
    require_review_day(until, days_most=rules.days_most, now=now)
    was_deferred = transition.source is Status.DEFERRED
    if not was_deferred:
        notices.send_due_notices(session, incident_id=case["id"], now=now)
    record_transition(session, transition.with_detail(until=until))
    if not was_deferred:
        _pause_work(session, case, now=now)
    schedule_review(session, transition, until=until)


def require_review_day(until: datetime, *, days_most: int, now: datetime) -> None:
    """Refuse a review date that is in the past, or more than `days_most` days ahead.

    Raises:
        Invalid: The date is not allowed.
    """
    if until <= now:
        raise invalid_field("until", "in_past")
    if until > now + timedelta(days=days_most):
        raise invalid_field("until", "out_of_range", days=days_most)


def schedule_review(session: Session, transition: CaseTransition, *, until: datetime) -> None:
    """Set the paused state and the review date of a case, and end its wait for a decision."""
    writes.update_case(
        session,
        transition.case_id,
        now=transition.now,
        status=transition.to,
        review_at=until,
        waiting_since=None,
        waiting_reason=None,
    )


def _pause_work(session: Session, case: RowMapping, *, now: datetime) -> None:
    """Pause the clock of a case, and withdraw its offers that no worker has accepted."""
    limits.change_running(session, case, deadlines.pause, now=now)
    live = dispatch.live_assignment(session, incident_id=case["id"], role="handle")
    if live is not None and live["state"] in ("offered", "open"):
        dispatch.end_active(session, incident_id=case["id"], role="handle", state="withdrawn", now=now)
    second = dispatch.live_assignment(session, incident_id=case["id"], role="second")
    if second is not None and second["state"] == "offered":
        end_second(session, case["id"], state="withdrawn", now=now)


def resume(session: Session, transition: CaseTransition) -> None:
    """Resume a deferred case: its clock runs again with the time that was left.

    A case without a holder is dispatched.
    """
    case, now, to = transition.case, transition.now, transition.to
    due_at = limits.change_running(session, case, deadlines.resume, now=now)
    live = dispatch.live_assignment(session, incident_id=case["id"], role="handle")
    if live is not None and live["state"] == "queued":
        to = Status.DISPATCHED
    if live is None:
        to = Status.FILED
    record_transition(session, replace(transition, to=to).with_detail(due_at=due_at))
    writes.update_case(
        session, case["id"], now=now, status=to, due_at=due_at, waiting_since=None, waiting_reason=None
    )
    if live is None:
        placement.place_again(session, case["id"], now=now)
    else:
        request_second(session, case, now=now)


def end(session: Session, transition: CaseTransition) -> None:
    """End a case by order of a supervisor, with a reason and a note that the reporter can read.

    The reason is one of those in the profile (the city's rules).
    """
    case, now = transition.case, transition.now
    code = reason_of(session, case, transition.to, transition.fields.get("reason") or OTHER)
    record_transition(session, transition.with_detail(reason=code))
    for role in ("verify", "handle", "check", "second"):
        dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
    joint_handling.end_all(session, case, now=now)
    limits.cancel(session, case, now=now)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=transition.to,
        closed_at=now,
        ended_reason=code,
        waiting_since=None,
        waiting_reason=None,
    )


def reason_of(session: Session, case: RowMapping, to: Status, code: str) -> str:
    """Check that a reason is one that the city's rules allow for the end state `to`; return it.

    Raises:
        Invalid: The profile of the case does not list the code (`not_one_of`, with the listed codes).
    """
    codes = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.reasons(to.value)
    if code not in codes:
        raise invalid_field("reason", "not_one_of", allowed=sorted(codes))
    return code
