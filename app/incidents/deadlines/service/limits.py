"""The stored deadlines of a case: rows of table `deadline`, changed by the pure rules.

The handling limit (stage `handle`, the whole case) is changed by each transition directly, because statistics count by
it. The limits of other stages are computed from all transitions after each transition (`sync_stage_deadlines`).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.calendar import Calendar, Limit, LimitUnit
from app.core.errors import Conflict
from app.core.ids import uuid7
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import ENDED, UNFILED, Status
from app.incidents.deadlines.queries import deadlines as queries
from app.incidents.deadlines.rules import deadlines, handling_deadline
from app.incidents.deadlines.rules.deadlines import Deadline
from app.incidents.deadlines.rules.stages import Extension, PastTransition, replay_stages
from app.profiles import service as profiles
from app.profiles.rules.profile import Condition
from app.profiles.rules.stages import HANDLE_STAGE, VERIFY, StageLimit
from app.profiles.service import ProfileInForce

# States in which a case may be verified; after an end, if the end is undone.
_MAY_BE_VERIFIED = UNFILED | ENDED


def begin(session: Session, case: RowMapping, *, now: datetime) -> datetime:
    """Start the handling limit of a filed case by its present category, and return the due time."""
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    categories = profile.profile.taxonomy.categories
    condition = (categories.get(case["category"]) or profile.profile.category(None)).condition()
    deadline = deadlines.start(HANDLE_STAGE, condition.limit, now, profile.profile.calendar)
    queries.insert(session, rows_of([deadline], case["id"], condition.code, profile))
    return deadline.due_at


def meet(session: Session, case: RowMapping, *, now: datetime) -> None:
    """End the handling limit of a case, because the handler submits the case.

    The outcome is `met`, or `overdue` if the due time has passed.
    """
    _end(session, case, now=now, in_time="met")


def cancel(session: Session, case: RowMapping, *, now: datetime) -> None:
    """End the handling limit of a case, because the case ends without being handled.

    The outcome is `cancelled`, or `overdue` if the due time has passed.
    """
    _end(session, case, now=now, in_time="cancelled")


def _end(session: Session, case: RowMapping, *, now: datetime, in_time: str) -> None:
    row = queries.running(session, case["id"])
    if row is None:
        return
    profile = profiles.profile_by_id(session, row["profile_version_id"])
    stopped = deadlines.stop(deadline_of(row), not_before(row, now), profile.profile.calendar)
    outcome = "overdue" if deadlines.is_overdue(stopped, now) else in_time
    _save(session, row, stopped, profile, outcome=outcome)


def restart(session: Session, case: RowMapping, *, now: datetime) -> None:
    """Resume the ended handling limit of a case, with the time that was left when it ended.

    The time since its end, such as the time of a failed check, counts as a pause.
    """
    row = queries.last(session, case["id"])
    if row is None:
        return
    profile = profiles.profile_by_id(session, row["profile_version_id"])
    running = deadlines.reopen(deadline_of(row), not_before(row, now), profile.profile.calendar)
    _save(session, row, running, profile, outcome="overdue" if row["outcome"] == "overdue" else None)
    writes.update_case(session, case["id"], now=now, due_at=running.due_at)


def change_running(
    session: Session,
    case: RowMapping,
    change: Callable[[Deadline, datetime, Calendar], Deadline],
    *,
    now: datetime,
) -> datetime | None:
    """Pause or resume the handling limit of a case, and return the due time; None: no limit.

    Args:
        change: The function `pause` or `resume` of `rules.deadlines`.
    """
    row = queries.running(session, case["id"])
    if row is None:
        return None
    profile = profiles.profile_by_id(session, row["profile_version_id"])
    changed = change(deadline_of(row), not_before(row, now), profile.profile.calendar)
    _save(session, row, changed, profile, outcome=row["outcome"])
    return changed.due_at


def running(session: Session, case: RowMapping) -> RowMapping | None:
    """Lock and return the handling limit of a case if its clock runs or is paused, else None."""
    return queries.running(session, case["id"])


def extend(session: Session, case: RowMapping, amount: float, *, now: datetime) -> tuple[datetime, datetime]:
    """Extend the handling limit by `amount` of its unit, and return the old and new due times.

    If the new due time is in the future, the deadline is not overdue any more, and its notices are sent again.
    """
    row = queries.running(session, case["id"])
    if row is None:
        raise Conflict("extension_too_late")
    profile = profiles.profile_by_id(session, row["profile_version_id"])
    longer = deadlines.extend(deadline_of(row), amount, profile.profile.calendar)
    _save_extended(session, row, longer, profile, now=now)
    return row["due_at"], longer.due_at


def _save_extended(
    session: Session, row: RowMapping, deadline: Deadline, profile: ProfileInForce, *, now: datetime
) -> None:
    if deadline.due_at <= now:
        _save(session, row, deadline, profile, outcome=row["outcome"])
        return
    queries.clear_notices(session, row["id"])
    reset_row = {**row, "warned_at": None, "escalated": 0}
    _save(session, reset_row, deadline, profile, outcome=None)


def sync_stage_deadlines(
    session: Session, case: RowMapping, *, now: datetime, stages: tuple[StageLimit, ...] | None = None
) -> None:
    """Compute the deadlines of the stages from the transitions of a case, and store them.

    The deadline of the verification is included if the case got one when it was reported. It keeps the limit of that time,
    even if the case is filed under a newer profile.

    Args:
        stages: The limits of the stages after a correction of the category. Deadlines of other limits end as replaced. None:
            the limits for the present category of the case.
    """
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    if stages is None:
        if not may_have_stages(session, case):
            return
        stages = stages_of(session, case)
    transitions = [
        PastTransition(
            *(row["action"], row["from_status"], row["to_status"], row["occurred_at"], row["stage"]),
            known_at=row["received_at"],
            extension=extension_of(row["more"]),
        )
        for row in queries.transitions(session, case["id"])
    ]
    rows_by_key = {_key(deadline_of(row)): row for row in queries.of_stages(session, case["id"])}
    new_deadlines = []
    for stage_limits, rules in ((stages, profile), _verification_limit(session, rows_by_key, profile)):
        for deadline in replay_stages(stage_limits, transitions, rules.profile.calendar):
            row = rows_by_key.pop(_key(deadline), None)
            if row is None:
                new_deadlines.append(deadline)
            elif deadline.extended > row["extended"] and deadline.stopped_at is None:
                _save_extended(session, row, deadline, rules, now=now)
            elif deadline_of(row) != deadline:
                outcome = deadlines.outcome_of(deadline) or (
                    "overdue" if row["outcome"] == "overdue" else None
                )
                _save(session, row, deadline, rules, outcome=outcome)
    for row in rows_by_key.values():
        obsolete = deadline_of(row)
        if obsolete.stopped_at is None:
            obsolete = deadlines.stop(obsolete, not_before(row, now), profile.profile.calendar)
        _save(session, row, obsolete, profile, outcome="replaced")
    if new_deadlines:
        queries.insert(session, rows_of(new_deadlines, case["id"], case["condition"], profile))


def may_have_stages(session: Session, case: RowMapping) -> bool:
    """Return True if a case has limits of stages, or may have a limit of its verification."""
    return bool(stages_of(session, case)) or Status(case["status"]) in _MAY_BE_VERIFIED


def extension_of(detail: dict[str, Any] | None) -> Extension | None:
    """Return the extension of the handling limit that an event stores."""
    if detail is None:
        return None
    due_before, due_after = (datetime.fromisoformat(detail[name]) for name in ("from", "to"))
    return Extension(detail["amount"], detail["unit"], due_before, due_after)


def _verification_limit(
    session: Session, rows_by_key: dict[tuple[str, Limit, str], RowMapping], present: ProfileInForce
) -> tuple[tuple[StageLimit, ...], ProfileInForce]:
    """Return (limits, profile) for the verification of a case.

    The profile (a version of the city's rules) is the one by which the deadline of the verification was set; the limits are a
    tuple of its limit of the verification, if it has one. If the case has no deadline of the verification, the tuple is empty
    and the profile is `present`.
    """
    row = next((row for (stage, _, _), row in rows_by_key.items() if stage == VERIFY), None)
    if row is None:
        return (), present
    rules = profiles.profile_by_id(session, row["profile_version_id"])
    limit = rules.profile.lifecycle.verify.limit
    return (limit,) if limit else (), rules


def stages_of(session: Session, case: RowMapping) -> tuple[StageLimit, ...]:
    """Return the limits of the stages of a case, as its profile defines them for its category.

    A category has one or more conditions, each with its own limits; the case has one of them.
    """
    profile = profiles.profile_by_id(session, case["profile_version_id"])
    category = profile.profile.taxonomy.categories.get(case["category"])
    return category.stages_of(case["condition"]) if category else ()


def _key(deadline: Deadline) -> tuple[str, Limit, str]:
    return deadline.stage, deadline.limit, deadline.ends


def not_before(row: RowMapping, now: datetime) -> datetime:
    """Return `now` or, if later, the time of the last change of a stored deadline.

    The clock of a host may be set back a little. The periods in which a clock runs must not overlap.
    """
    moments: list[datetime] = [
        row[name] for name in ("started_at", "running_since", "paused_at", "stopped_at") if row[name]
    ]
    return max([now, *moments])


def deadline_of(row: RowMapping) -> Deadline:
    """Return the `Deadline` of a row of table `deadline`."""
    return Deadline(
        stage=row["stage"],
        limit=Limit(LimitUnit(row["unit"]), row["amount"]),
        started_at=row["started_at"],
        due_at=row["due_at"],
        paused_at=row["paused_at"],
        spent=row["spent"],
        running_since=row["running_since"],
        stopped_at=row["stopped_at"],
        name=row["name"],
        ends=row["ends_with"],
        extended=row["extended"],
        first_due_at=row["first_due_at"],
        is_cut_off=row["outcome"] == "cancelled",
    )


def _save(
    session: Session,
    row: RowMapping | dict[str, Any],
    deadline: Deadline,
    profile: ProfileInForce,
    *,
    outcome: str | None,
) -> None:
    """Store a changed deadline, and the times at which its next notices are due."""
    notices, calendar = profile.profile.notices, profile.profile.calendar
    warn_at = escalate_at = None
    if outcome is None and row["warned_at"] is None:
        warn_at = _warn_at(deadline, profile)
    if outcome == "overdue":
        spent = notices.next_when_spent(deadline.allowed.duration, row["escalated"])
        escalate_at = deadlines.reached_at(deadline, spent, calendar) if spent is not None else None
    queries.save(
        session,
        row["id"],
        {
            "due_at": deadline.due_at,
            "running_since": deadline.running_since,
            "paused_at": deadline.paused_at,
            "spent": deadline.spent,
            "stopped_at": deadline.stopped_at,
            "outcome": outcome,
            "warn_at": warn_at,
            "escalate_at": escalate_at,
            "extended": deadline.extended,
            "first_due_at": deadline.first_due_at,
        },
    )


def _warn_at(deadline: Deadline, profile: ProfileInForce) -> datetime | None:
    spent = profile.profile.notices.warned_when_spent(deadline.allowed.duration)
    return None if spent is None else deadlines.reached_at(deadline, spent, profile.profile.calendar)


def rows_of(
    new_deadlines: Iterable[Deadline], incident_id: UUID, condition: str, profile: ProfileInForce
) -> list[dict[str, Any]]:
    """Return new deadlines as JSON rows for `queries.deadlines.insert`."""
    return [
        {
            "id": uuid7(),
            "incident_id": incident_id,
            "stage": deadline.stage,
            "name": deadline.name,
            "condition": condition,
            "unit": deadline.limit.unit,
            "amount": deadline.limit.amount,
            "ends_with": deadline.ends,
            "profile_version_id": profile.id,
            "started_at": deadline.started_at,
            "due_at": deadline.due_at,
            "running_since": deadline.running_since,
            "paused_at": deadline.paused_at,
            "spent": f"{deadline.spent // timedelta(microseconds=1)} microseconds",
            "stopped_at": deadline.stopped_at,
            "outcome": deadlines.outcome_of(deadline),
            "warn_at": _warn_at(deadline, profile),
            "extended": deadline.extended,
            "first_due_at": deadline.first_due_at,
        }
        for deadline in new_deadlines
    ]


def whole_limit(
    condition: Condition, at: datetime, calendar: Calendar, *, is_handled: bool = False
) -> Deadline:
    """Return the handling limit of a new case. If `is_handled`, its clock is stopped already."""
    begun = deadlines.start(HANDLE_STAGE, condition.limit, at, calendar)
    return deadlines.stop(begun, at, calendar) if is_handled else begun


def replace_limit(
    session: Session, case: RowMapping, profile: ProfileInForce, condition: Condition, *, now: datetime
) -> tuple[datetime, int] | None:
    """Replace the handling limit after a correction of the category.

    The old limit ends as replaced. The new one is computed as if the case had had it from the start, also if the case
    has been submitted as handled.

    Returns:
        (due time, number of extensions in the unit of the new limit), or None for a case without a limit.
    """
    row = queries.running(session, case["id"]) or queries.last(session, case["id"])
    if row is None:
        return None
    calendar = profile.profile.calendar
    replaced = deadline_of(row)
    if replaced.stopped_at is None:
        replaced = deadlines.stop(replaced, not_before(row, now), calendar)
    _save(session, row, replaced, profile, outcome="replaced")
    # Transitions before it was filed changed no clock.
    changes = [
        change
        for change in queries.clock_changes(session, case["id"], handling_deadline.CLOCK_ACTIONS)
        if change.at >= row["started_at"]
    ]
    new_deadline, times = handling_deadline.replay_handling_deadline(
        condition.limit, row["started_at"], changes, calendar
    )
    queries.insert(session, rows_of([new_deadline], case["id"], condition.code, profile))
    return new_deadline.due_at, times
