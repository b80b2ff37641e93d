"""Notices about deadlines: a warning, a message at the due time, then levels of escalation.

Each notice is an event of the case and is sent once, in the order of the due times. A job that runs late sends all missed
notices except warnings, which are useless after the due time. A paused clock sends no notices.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM
from app.core.calendar import Calendar
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.queries import deadlines as queries
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.service.limits import deadline_of
from app.incidents.deadlines.service.transition_events import record
from app.profiles import service as profiles
from app.profiles.rules.notices import LEVELS, Notices
from app.profiles.rules.stages import VERIFY

_NOTICE_COLUMNS = ("warn_at", "warned_at", "outcome", "escalated", "escalated_to", "escalate_at", "told_id")
WARN, OVERDUE, ESCALATE = "warn", "overdue", "escalate"


@dataclass(slots=True)
class _NoticeState:
    """A running deadline, with the notices that were sent so far."""

    row: RowMapping
    notices: Notices
    calendar: Calendar
    warned_at: datetime | None
    outcome: str | None
    escalated: int
    escalated_to: str | None
    warn_at: datetime | None
    escalate_at: datetime | None
    told_id: UUID | None

    def next_due(self, now: datetime) -> tuple[datetime, str] | None:
        """Return the next notice that is due, as (instant, kind), or None."""
        due_at = self.row["due_at"]
        if self.warned_at is None and self.warn_at is not None and self.warn_at <= now < due_at:
            return self.warn_at, WARN
        if self.outcome is None:
            return (due_at, OVERDUE) if due_at < now else None
        if self.escalate_at is not None and self.escalate_at <= now:
            return self.escalate_at, ESCALATE
        return None


def cases_with_due_notices(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return the ids of cases with due notices, the longest due first."""
    return list(queries.cases_with_due_notices(session, now=now, limit=limit))


def send_due_notices(session: Session, *, incident_id: UUID, now: datetime) -> dict[str, int]:
    """Send all due notices of a case. Returns the number of sent notices by kind."""
    counts = dict.fromkeys((WARN, OVERDUE, ESCALATE), 0)
    case = writes.lock_case(session, incident_id)
    if case is None:
        return counts
    states = [_notice_state(session, row) for row in queries.running_of(session, incident_id)]
    while True:
        due = [
            (at, str(deadline_state.row["id"]), kind, deadline_state)
            for deadline_state in states
            for at, kind in [deadline_state.next_due(now) or (None, "")]
            if at
        ]
        if not due:
            break
        at, _, kind, deadline_state = min(due, key=lambda entry: entry[:2])
        _send_notice(session, case, deadline_state, kind, at, now=now)
        counts[kind] += 1
    if any(counts.values()):
        writes.update_case(session, incident_id, now=now)
    return counts


def _notice_state(session: Session, row: RowMapping) -> _NoticeState:
    profile = profiles.profile_by_id(session, row["profile_version_id"]).profile
    columns = {name: row[name] for name in _NOTICE_COLUMNS}
    return _NoticeState(row, profile.notices, profile.calendar, **columns)


def _send_notice(
    session: Session, case: RowMapping, state: _NoticeState, kind: str, at: datetime, *, now: datetime
) -> None:
    detail: dict[str, Any] = {"stage": state.row["stage"], "due_at": state.row["due_at"]}
    if kind == ESCALATE:
        escalation = state.notices.escalations[state.escalated]
        state.escalated, state.escalated_to = state.escalated + 1, escalation.level
        detail |= {
            "at": at,
            "level": escalation.level,
            "area_id": _area_of(case["scope_path"], escalation.level),
        }
    else:
        holder = queries.holder(session, case["id"], role=_role(state.row), now=now)
        # A worker off duty gets no notice; the directors of the case get it then.
        state.told_id = holder["id"] if holder is not None and holder["is_there"] else None
        detail |= {"at": at, "to": "holder" if state.told_id else "directors", "told": state.told_id}
        if kind == WARN:
            state.warned_at = now
        else:
            state.outcome = "overdue"
    state.escalate_at = _next_escalation(state)
    queries.save_notices(
        session,
        state.row["id"],
        {
            "warned_at": state.warned_at,
            "outcome": state.outcome,
            "escalated": state.escalated,
            "escalated_to": state.escalated_to,
            "escalate_at": state.escalate_at,
            "told_id": state.told_id,
        },
    )
    record(session, SYSTEM, case, kind, Status(case["status"]), now=now, detail=detail)


def _next_escalation(state: _NoticeState) -> datetime | None:
    deadline = deadline_of(state.row)
    spent = state.notices.next_when_spent(deadline.allowed.duration, state.escalated)
    if state.outcome is None or spent is None:
        return None
    return deadlines.reached_at(deadline, spent, state.calendar)


def _role(row: RowMapping) -> str:
    """Return the role (verify, check or handle) whose work the deadline limits."""
    if row["stage"] == VERIFY:
        return "verify"
    return "check" if row["ends_with"] == "closed" else "handle"


def _area_of(scope_path: str | None, level: str) -> UUID | None:
    """Return the id of the area of the given level that contains a case.

    If the case is stored under an area above this level, the id of the higher area is returned.
    """
    if not scope_path:
        return None
    areas_above = scope_path.split(".")
    return UUID(areas_above[min(LEVELS.index(level), len(areas_above) - 1)])
