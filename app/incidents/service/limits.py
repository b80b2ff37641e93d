"""The clock of a case: its deadline row, paused, resumed and stopped by the pure rules."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.areas import service as areas
from app.areas.rules.profile import Condition
from app.areas.service import ProfileInForce
from app.core.calendar import Calendar, Limit, LimitUnit
from app.core.ids import uuid7
from app.incidents.queries import writing
from app.incidents.rules import deadlines
from app.incidents.rules.deadlines import Deadline
from app.incidents.service.reporting import category_of

# The steps that stop the clock, and those that let it run again.
PAUSES = ("defer", "feed_back", "merge")
RESUMPTIONS = ("resume", "check_fail", "unmerge")


def begin(session: Session, case: RowMapping, *, now: datetime) -> datetime:
    """The clock of handling begins: the case is filed, by its category as it is now and the rules it came in under."""
    profile = areas.profile_by_id(session, case["profile_version_id"])
    condition = category_of(profile, case["category"]).condition()
    fresh = deadlines.start("handle", condition.limit, now, profile.profile.calendar)
    _insert(session, case["id"], fresh, profile, condition)
    return fresh.due_at


def stop(session: Session, case: RowMapping, *, now: datetime) -> None:
    row = writing.deadline(session, case["id"])
    if row is None:
        return
    profile = areas.profile_by_id(session, row["profile_version_id"])
    stopped = deadlines.stop(_deadline(row), _not_before(row, now), profile.profile.calendar)
    outcome = "overdue" if deadlines.is_overdue(stopped, now) else "met"
    _save(session, row["id"], stopped, outcome=outcome)


def restart(session: Session, case: RowMapping, *, now: datetime) -> None:
    """Rework gets what is left of the limit, as if the time of the check had been a pause."""
    row = writing.last_deadline(session, case["id"])
    if row is None:
        return
    profile = areas.profile_by_id(session, row["profile_version_id"])
    calendar = profile.profile.calendar
    stopped = _deadline(row)
    paused = Deadline(
        stage=stopped.stage,
        limit=stopped.limit,
        started_at=stopped.started_at,
        due_at=stopped.due_at,
        paused_at=stopped.stopped_at,
        spent=stopped.spent,
    )
    running = deadlines.resume(paused, _not_before(row, now), calendar)
    _save(session, row["id"], running, outcome="overdue" if row["outcome"] == "overdue" else None)
    writing.update_case(session, case["id"], now=now, due_at=running.due_at)


def change_running(
    session: Session,
    case: RowMapping,
    change: Callable[[Deadline, datetime, Calendar], Deadline],
    *,
    now: datetime,
) -> datetime | None:
    """Pause or resume what runs; returns the due time, which a case without a limit does not have."""
    row = writing.deadline(session, case["id"])
    if row is None:
        return None
    profile = areas.profile_by_id(session, row["profile_version_id"])
    changed = change(_deadline(row), _not_before(row, now), profile.profile.calendar)
    _save(session, row["id"], changed, outcome=row["outcome"])
    return changed.due_at


def _not_before(row: RowMapping, now: datetime) -> datetime:
    """A host's clock may step back a little; a deadline's stretches still follow each other."""
    moments: list[datetime] = [
        row[name] for name in ("started_at", "running_since", "paused_at", "stopped_at") if row[name]
    ]
    return max([now, *moments])


def _deadline(row: RowMapping) -> Deadline:
    return Deadline(
        stage=row["stage"],
        limit=Limit(LimitUnit(row["unit"]), row["amount"]),
        started_at=row["started_at"],
        due_at=row["due_at"],
        paused_at=row["paused_at"],
        spent=row["spent"],
        running_since=row["running_since"],
        stopped_at=row["stopped_at"],
    )


def _save(session: Session, deadline_id: UUID, deadline: Deadline, *, outcome: str | None) -> None:
    writing.save_deadline(
        session,
        deadline_id,
        {
            "due_at": deadline.due_at,
            "running_since": deadline.running_since,
            "paused_at": deadline.paused_at,
            "spent": deadline.spent,
            "stopped_at": deadline.stopped_at,
            "outcome": outcome,
        },
    )


def replace_limit(
    session: Session, case: RowMapping, profile: ProfileInForce, condition: Condition, *, now: datetime
) -> datetime | None:
    """Another category has another limit: the running one ends as replaced, the new one began when the case did
    and was paused whenever the case was."""
    row = writing.deadline(session, case["id"])
    if row is None:
        return None
    calendar = profile.profile.calendar
    _save(
        session,
        row["id"],
        deadlines.stop(_deadline(row), _not_before(row, now), calendar),
        outcome="replaced",
    )
    fresh = deadlines.start(row["stage"], condition.limit, row["started_at"], calendar)
    for action, at in writing.pauses(session, case["id"]):
        # What stood still already (deferred, then merged) stands still once.
        if action in PAUSES and fresh.paused_at is None:
            fresh = deadlines.pause(fresh, at, calendar)
        elif action in RESUMPTIONS and fresh.paused_at is not None:
            fresh = deadlines.resume(fresh, at, calendar)
    _insert(session, case["id"], fresh, profile, condition)
    return fresh.due_at


def _insert(
    session: Session, incident_id: UUID, fresh: Deadline, profile: ProfileInForce, condition: Condition
) -> None:
    writing.insert_deadline(
        session,
        {
            "id": uuid7(),
            "incident_id": incident_id,
            "stage": fresh.stage,
            "condition": condition.code,
            "unit": condition.limit.unit.value,
            "amount": condition.limit.amount,
            "profile_version_id": profile.id,
            "started_at": fresh.started_at,
            "due_at": fresh.due_at,
            "running_since": fresh.running_since,
            "paused_at": fresh.paused_at,
            "spent": fresh.spent,
        },
    )
