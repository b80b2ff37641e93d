"""A deadline: the limit on a stage of a case, with a clock that can pause and stop. Pure.

Working time and calendars are in `app.core.calendar`. A *stretch* is a period in which the clock runs without a pause.
A deadline stores the time used in finished stretches, so that the due time after a pause is exactly the start of the
new stretch plus the time that is left.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core import calendar as clocks
from app.core.calendar import Calendar, Limit

_NOTHING = timedelta(0)


class DeadlineStateError(ValueError):
    """Raised if the state of a deadline does not allow a change, or the change is too early.

    A change is too early if it is before the last change of the deadline.
    """


@dataclass(frozen=True, slots=True)
class Deadline:
    """The limit on one stage of a case, with the state of its clock.

    Attributes:
        stage: `handle` for the limit of the whole case, otherwise the code of a stage.
        due_at: When the deadline passes. While the clock is paused: the due time before the pause.
        spent: Time that the clock had run at its last pause or stop, measured as the limit is (such as working time).
        running_since: Time since which the clock runs; None while it is paused or stopped.
        name: Name of the stage, `{zh, en}`; None for the whole case.
        ends: The action that ends the stage.
        extended: Sum of the extensions, in the unit of the limit.
        first_due_at: Due time before the first extension.
        is_cut_off: The clock was stopped before the stage was finished.
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
        """The limit plus all its extensions."""
        return replace(self.limit, amount=self.limit.amount + self.extended)


def start(stage: str, limit: Limit, at: datetime, calendar: Calendar) -> Deadline:
    """Return a new deadline whose clock runs. Its due time is `at` plus the whole limit."""
    return Deadline(stage, limit, at, clocks.due_at(at, limit, calendar), running_since=at)


def pause(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return the deadline with a paused clock, for example because the case is deferred.

    Raises:
        DeadlineStateError: The clock does not run.
    """
    if deadline.running_since is None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not running")
    return replace(deadline, paused_at=at, running_since=None, spent=spent_by(deadline, at, calendar))


def resume(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return the deadline with a running clock and the time that was left of the limit.

    If the due time had passed before the pause, it does not change.
    """
    if deadline.paused_at is None or deadline.stopped_at is not None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not paused")
    _require_order(deadline.paused_at, at)
    due = deadline.due_at
    if deadline.paused_at < due:
        due = clocks.due_at(at, deadline.allowed, calendar, already_spent=deadline.spent)
    return replace(deadline, paused_at=None, running_since=at, due_at=due)


def stop(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return the deadline as ended, from the running or the paused state."""
    if deadline.stopped_at is not None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is stopped already")
    if deadline.paused_at is not None:
        _require_order(deadline.paused_at, at)
    return replace(deadline, stopped_at=at, running_since=None, spent=spent_by(deadline, at, calendar))


def reopen(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return an ended deadline as running. The time since its end counts as a pause."""
    if deadline.stopped_at is None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not stopped")
    paused_at = deadline.paused_at or deadline.stopped_at
    paused = replace(deadline, paused_at=paused_at, stopped_at=None, is_cut_off=False)
    return resume(paused, at, calendar)


def reached_at(deadline: Deadline, amount: timedelta, calendar: Calendar) -> datetime | None:
    """Return the instant at which `amount` of the limit will be used up, without more pauses.

    None if the clock does not run.
    """
    if deadline.running_since is None:
        return None
    ahead = deadline.spent + deadline.allowed.duration - amount
    return clocks.due_at(deadline.running_since, deadline.allowed, calendar, already_spent=ahead)


def outcome_of(deadline: Deadline) -> str | None:
    """Return the outcome of a stopped deadline: met, overdue or cancelled; None if it runs.

    A deadline is cancelled if it was cut off before its due time.
    """
    if deadline.stopped_at is None:
        return None
    if is_overdue(deadline, deadline.stopped_at):
        return "overdue"
    return "cancelled" if deadline.is_cut_off else "met"


def extend(deadline: Deadline, amount: float, calendar: Calendar) -> Deadline:
    """Return a running deadline that is longer by `amount` of its unit, with the later due time."""
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
    """Return the time that the clock of the limit has run until the given instant."""
    if deadline.running_since is None:
        return deadline.spent
    _require_order(deadline.running_since, at)
    return deadline.spent + clocks.time_spent(deadline.running_since, at, deadline.limit.unit, calendar)


def is_overdue(deadline: Deadline, at: datetime) -> bool:
    """Return True if a deadline is overdue.

    A running deadline is overdue if its due time is before `at`. A paused or stopped deadline is overdue if its due time is
    before the instant of the pause or stop.
    """
    ends = [moment for moment in (deadline.paused_at, deadline.stopped_at) if moment is not None]
    return min([at, *ends]) > deadline.due_at


def _require_order(earlier: datetime, later: datetime) -> None:
    if later < earlier:
        raise DeadlineStateError(f"{later.isoformat()} is before {earlier.isoformat()}")
