"""Orders of directors beside the handling: urge, supervision, and cases on the books (unsolvable for now)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict, invalid_field
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.stages import PAUSED_STATES
from app.incidents.deadlines.service import limits, notices
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import joint_handling, placement
from app.incidents.lifecycle.queries import supervision
from app.incidents.lifecycle.service import pauses
from app.profiles import service as profiles

REVIEW_DUE = "review_due"
SUPERVISION_DUE = "supervision_due"
_NOT_WAITING = {"waiting_since": None, "waiting_reason": None}


def urge(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    record(session, actor, case, "urge", to, now=now, note=note)
    writes.update_case(session, case["id"], now=now, urged_at=now, urged_count=case["urged_count"] + 1)


def supervise(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    level: int,
    until: datetime | None = None,
    **_: Any,
) -> None:
    """Put a case under supervision until it ends or the supervision is ended. Repeated, level and time are replaced.
    At that time the case is put into the queue of its directors."""
    if until is not None and until <= now:
        raise invalid_field("until", "in_past")
    record(session, actor, case, "supervise", to, now=now, note=note, detail={"level": level, "until": until})
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
    return _NOT_WAITING if case["waiting_reason"] == SUPERVISION_DUE else {}


def end_supervision(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    if case["supervised_at"] is None:
        raise Conflict("not_supervised")
    detail = {"level": case["supervised_level"]}
    record(session, actor, case, "end_supervision", to, now=now, note=note, detail=detail)
    writes.update_case(
        session,
        case["id"],
        now=now,
        supervised_at=None,
        supervised_level=None,
        supervised_until=None,
        **_cleared_wait(case),
    )


def put_on_books(
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
    """Put a case on the books that cannot be solved for now: nobody has it, its clock pauses, `until` it is reviewed.

    For a case on the books already only the date changes.
    """
    rules = profiles.profile_by_id(session, case["profile_version_id"]).profile.lifecycle.books
    if rules.needs_extension and case["extended_count"] == 0:
        raise Conflict("not_extended")
    pauses.require_review_day(until, days_most=rules.days_most, now=now)
    # What is late by now is told of first, and stays late.
    notices.send_due_notices(session, incident_id=case["id"], now=now)
    record(session, actor, case, "put_on_books", to, now=now, note=note, detail={"until": until})
    if Status(case["status"]) is not Status.ON_BOOKS:
        for role in ("handle", "second"):
            dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
        joint_handling.end_all(session, case, now=now)
        if Status(case["status"]) is not Status.DEFERRED:
            limits.change_running(session, case, deadlines.pause, now=now)
    pauses.schedule_review(session, case, to=to, until=until, now=now)


def take_from_books(
    session: Session, actor: Actor, case: RowMapping, *, to: Status, now: datetime, note: str | None, **_: Any
) -> None:
    """Take a case from the books: its clock continues with what was left, and it is dispatched."""
    due_at = limits.change_running(session, case, deadlines.resume, now=now)
    record(session, actor, case, "take_from_books", to, now=now, note=note, detail={"due_at": due_at})
    writes.update_case(
        session,
        case["id"],
        now=now,
        status=to,
        due_at=due_at,
        review_at=None,
        waiting_since=None,
        waiting_reason=None,
    )
    placement.place_again(session, case["id"], now=now, is_ordered=True)


def due_for_review(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Cases put off or on the books whose date has come and that do not wait for anybody yet."""
    return list(supervision.due_for_review(session, now=now, limit=limit))


def call_for_review(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Put a case whose review date has come into the queue of its directors; its state stays until one decides.

    What an earlier version put off has no date, and is looked at as soon as possible.
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
    """Cases under supervision until a time that has come, of which that is not told yet."""
    return list(supervision.supervisions_due(session, now=now, limit=limit))


def call_for_supervision(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """The time until which it was to be done has come: its history says so once, and beside whatever else is done with it, it
    stands in the queue of those who direct it until one of them supervises it anew or ends that."""
    case = writes.lock_case(session, incident_id)
    if case is None or not supervision.supervisions_due(session, now=now, limit=1, incident_id=incident_id):
        return False
    record(session, SYSTEM, case, SUPERVISION_DUE, Status(case["status"]), now=now)
    is_free = case["waiting_since"] is None and Status(case["status"]) not in PAUSED_STATES
    waits = {"waiting_since": now, "waiting_reason": SUPERVISION_DUE} if is_free else {}
    writes.update_case(session, incident_id, now=now, **waits)
    return True
