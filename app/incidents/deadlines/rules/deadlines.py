"""Deadlines: one for each stage of a case that has a limit, to be started, paused, resumed and stopped.

The clocks themselves are in app.core.calendar. A deadline keeps how much of its limit was spent in finished
stretches, so that its due time after a pause is exactly the new start plus what was left.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core import calendar as clocks
from app.core.calendar import Calendar, Limit

_NOTHING = timedelta(0)


class DeadlineStateError(ValueError):
    """The deadline cannot do this in its present state, or not at this instant."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The limit on one stage of a case.

    `spent` is time on the limit's clock in finished stretches; `running_since` begins the present stretch
    and is None while paused or stopped. While paused, `due_at` is the old due time, to be replaced on
    resuming. `name` ({zh, en}) and `ends` (the step that ends it) are a stage's; the whole has no name. `extended`:
    what was given beside the limit, in its unit; `first_due_at`: when it was due before that. `is_cut_off`: stopped before
    it was finished.
    """

    stage: str
    limit: Limit
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None = None
    spent: timedelta = _NOTHING
    running_since: datetime | None = None
    stopped_at: datetime | None = None
    name: dict[str, str] | None = None
    ends: str = "fed_back"
    extended: float = 0.0
    first_due_at: datetime | None = None
    is_cut_off: bool = False

    @property
    def allowed(self) -> Limit:
        """The limit with all that was given beside it."""
        return replace(self.limit, amount=self.limit.amount + self.extended)


def start(stage: str, limit: Limit, at: datetime, calendar: Calendar) -> Deadline:
    """Begin a stage; it is due when the whole limit has run."""
    return Deadline(stage, limit, at, clocks.due_at(at, limit, calendar), running_since=at)


def pause(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Stop counting, as when a case is deferred."""
    if deadline.running_since is None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not running")
    return replace(deadline, paused_at=at, running_since=None, spent=spent_by(deadline, at, calendar))


def resume(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Count on from here; a deadline that was missed before it was paused keeps the due time it missed."""
    if deadline.paused_at is None or deadline.stopped_at is not None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not paused")
    _require_order(deadline.paused_at, at)
    due = deadline.due_at
    if deadline.paused_at < due:
        due = clocks.due_at(at, deadline.allowed, calendar, already_spent=deadline.spent)
    return replace(deadline, paused_at=None, running_since=at, due_at=due)


def stop(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """End the stage, whether it is running or paused."""
    if deadline.stopped_at is not None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is stopped already")
    if deadline.paused_at is not None:
        _require_order(deadline.paused_at, at)
    return replace(deadline, stopped_at=at, running_since=None, spent=spent_by(deadline, at, calendar))


def reopen(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Count on after the end, as if the time since had been a pause."""
    if deadline.stopped_at is None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not stopped")
    paused_at = deadline.paused_at or deadline.stopped_at
    paused = replace(deadline, paused_at=paused_at, stopped_at=None, is_cut_off=False)
    return resume(paused, at, calendar)


def reached_at(deadline: Deadline, amount: timedelta, calendar: Calendar) -> datetime | None:
    """Return when this much of the limit will be spent, if the clock keeps running; None if it does not run."""
    if deadline.running_since is None:
        return None
    ahead = deadline.spent + deadline.allowed.duration - amount
    return clocks.due_at(deadline.running_since, deadline.allowed, calendar, already_spent=ahead)


def outcome_of(deadline: Deadline) -> str | None:
    """Return the outcome of a stopped deadline: met, overdue, or cancelled if cut off before it was overdue."""
    if deadline.stopped_at is None:
        return None
    if is_overdue(deadline, deadline.stopped_at):
        return "overdue"
    return "cancelled" if deadline.is_cut_off else "met"


def extend(deadline: Deadline, amount: float, calendar: Calendar) -> Deadline:
    """Give a limit that is running more of its own unit: it is due when all of that has run too."""
    if deadline.running_since is None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not running")
    longer = replace(
        deadline,
        extended=deadline.extended + amount,
        first_due_at=deadline.first_due_at or deadline.due_at,
    )
    due = clocks.due_at(deadline.running_since, longer.allowed, calendar, already_spent=deadline.spent)
    return replace(longer, due_at=due)


def spent_by(deadline: Deadline, at: datetime, calendar: Calendar) -> timedelta:
    """Measure all the time on the limit's clock that the deadline has used by an instant."""
    if deadline.running_since is None:
        return deadline.spent
    _require_order(deadline.running_since, at)
    return deadline.spent + clocks.time_spent(deadline.running_since, at, deadline.limit.unit, calendar)


def is_overdue(deadline: Deadline, at: datetime) -> bool:
    """Tell whether the due time had passed by `at`, or by the pause or stop that came before."""
    ends = [moment for moment in (deadline.paused_at, deadline.stopped_at) if moment is not None]
    return min([at, *ends]) > deadline.due_at


def _require_order(earlier: datetime, later: datetime) -> None:
    if later < earlier:
        raise DeadlineStateError(f"{later.isoformat()} is before {earlier.isoformat()}")
