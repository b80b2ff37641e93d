"""Put off, taken up again, ended by order."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, invalid_field
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Relation, Status
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.service import limits, notices
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import joint_handling, placement
from app.incidents.dispatching.service.second_handler import end_second, request_second
from app.profiles import service as profiles
from app.profiles.rules.lifecycle import OTHER


def require_not_own_work(relations: frozenset[Relation]) -> None:
    """Refuse (409) a deferral by an actor who handles the case or a part of it."""
    if relations & {Relation.HANDLER, Relation.PART_HOLDER}:
        raise Conflict("own_deferral")


def defer(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    until: datetime,
    **_: Any,
) -> None:
    """Defer a case: its clock pauses, its holder keeps it, offers end, and `until` it is reviewed.

    For a deferred case only the date changes. A case that is late by now gets its notices first, and stays late.
    """
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.deferral
    require_review_day(until, days_most=rules.days_most, now=now)
    was_put_off = Status(case["status"]) is Status.DEFERRED
    if not was_put_off:
        notices.send_due_notices(session, incident_id=case["id"], now=now)
    record(session, actor, case, "defer", to, now=now, note=note, detail={"until": until})
    if not was_put_off:
        _pause_work(session, case, now=now)
    schedule_review(session, case, to=to, until=until, now=now)


def require_review_day(until: datetime, *, days_most: int, now: datetime) -> None:
    """422 for a day that is over, or farther off than the profile allows."""
    if until <= now:
        raise invalid_field("until", "in_past")
    if until > now + timedelta(days=days_most):
        raise invalid_field("until", "out_of_range", days=days_most)


def schedule_review(
    session: Session, case: RowMapping, *, to: Status, until: datetime, now: datetime
) -> None:
    """Set the review date of a case that now waits for nobody."""
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        review_at=until,
        waiting_since=None,
        waiting_reason=None,
    )


def _pause_work(session: Session, case: RowMapping, *, now: datetime) -> None:
    limits.change_running(session, case, deadlines.pause, now=now)
    live = dispatch.live_assignment(session, incident_id=case["id"], role="handle")
    if live is not None and live["state"] in ("offered", "open"):
        dispatch.end_active(session, incident_id=case["id"], role="handle", state="withdrawn", now=now)
    second = dispatch.live_assignment(session, incident_id=case["id"], role="second")
    if second is not None and second["state"] == "offered":
        end_second(session, case["id"], state="withdrawn", now=now)


def resume(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """Resume a deferred case: the clock continues with what was left. Without a holder it is dispatched."""
    due_at = limits.change_running(session, case, deadlines.resume, now=now)
    live = dispatch.live_assignment(session, incident_id=case["id"], role="handle")
    if live is not None and live["state"] == "queued":
        to = Status.DISPATCHED
    if live is None:
        to = Status.FILED
    record(session, actor, case, "resume", to, now=now, note=note, detail={"due_at": due_at})
    writes.update_case(
        session, case["id"], now=now, status=to, due_at=due_at, waiting_since=None, waiting_reason=None
    )
    if live is None:
        placement.place_again(session, case["id"], now=now)
    else:
        request_second(session, case, now=now)


def end(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    reason: str | None = None,
    **_: Any,
) -> None:
    """End a case by order, for a reason of the profile's list and a note; its reporter reads both."""
    code = reason_of(session, case, to, reason or OTHER)
    action = "force_close" if to is Status.FORCE_CLOSED else "not_file"
    record(session, actor, case, action, to, now=now, note=note, detail={"reason": code})
    for role in ("verify", "handle", "check", "second"):
        dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
    joint_handling.end_all(session, case, now=now)
    limits.cancel(session, case, now=now)
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        closed_at=now,
        ended_reason=code,
        waiting_since=None,
        waiting_reason=None,
    )


def reason_of(session: Session, case: RowMapping, to: Status, code: str) -> str:
    """The code, if the rules of the case know it as a reason to end so; Invalid else."""
    codes = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.reasons(to.value)
    if code not in codes:
        raise invalid_field("reason", "not_one_of", allowed=sorted(codes))
    return code
