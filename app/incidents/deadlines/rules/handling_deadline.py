"""The handling limit of a case under another category, computed from its transitions. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.calendar import Calendar, Limit
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.deadlines import Deadline
from app.incidents.deadlines.rules.stages import GRANT
from app.profiles.rules.stages import HANDLE_STAGE

# Transitions that stop its clock, pause it, and let it run again.
STOPS = frozenset({"feed_back", "fix_on_spot", "merge", "not_file", "force_close"})
PAUSES = frozenset({"defer", "put_on_books"})
RESUMPTIONS = frozenset({"resume", "check_fail", "unmerge", "take_from_books", "contest"})
CLOCK_ACTIONS = STOPS | PAUSES | RESUMPTIONS | {GRANT}


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A transition that changed the clock of the handling limit.

    Attributes:
        amount, unit: Length of the extension, for a granted extension.
    """

    action: str
    at: datetime
    amount: float = 0.0
    unit: str | None = None


def replay_handling_deadline(
    limit: Limit, started_at: datetime, changes: Iterable[ClockChange], calendar: Calendar
) -> tuple[Deadline, int]:
    """Return the deadline as if the case had had this limit from the start.

    Extensions in another unit belong to another limit and are left out.

    Returns:
        (deadline, number of its extensions).
    """
    deadline, at, times = deadlines.start(HANDLE_STAGE, limit, started_at, calendar), started_at, 0
    for change in changes:
        # The clock of a host may be set back a little; stretches must not overlap. An extension keeps the order of the
        # history, because work handed in later without a network may have been done before it.
        at = at if change.action == GRANT else max(at, change.at)
        if change.action in STOPS and deadline.stopped_at is None:
            deadline = deadlines.stop(deadline, at, calendar)
        elif change.action in PAUSES and deadline.running_since is not None:
            deadline = deadlines.pause(deadline, at, calendar)
        elif change.action in RESUMPTIONS and deadline.stopped_at is not None:
            deadline = deadlines.reopen(deadline, at, calendar)
        elif change.action in RESUMPTIONS and deadline.paused_at is not None:
            deadline = deadlines.resume(deadline, at, calendar)
        elif change.action == GRANT and change.unit == limit.unit and deadline.running_since is not None:
            deadline, times = deadlines.extend(deadline, change.amount, calendar), times + 1
    return deadline, times
