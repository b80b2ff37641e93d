"""Deadlines: the limit on a stage of a case, which starts, pauses, resumes and stops. Pure.

The clocks are in `app.core.calendar`. A deadline stores how much of its limit was spent in finished stretches, so that its
due time after a pause is exactly the new start plus the rest.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core import calendar as clocks
from app.core.calendar import Calendar, Limit

_NOTHING = timedelta(0)


class DeadlineStateError(ValueError):
    """A change that the present state of the deadline, or its instant, does not allow."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The limit on one stage of a case.

    Attributes:
        stage: `handle`: the whole case. Otherwise the code of a stage.
        due_at: When the deadline passes; while paused as it was before the pause.
        spent: Time on the limit's clock in finished stretches.
        running_since: Start of the present stretch; None while paused or stopped.
        name: Name of the stage, `{zh, en}`; None for the whole case.
        ends: The step that ends it.
        extended: Extensions, in the unit of the limit.
        first_due_at: Due time before the first extension.
        is_cut_off: It was stopped before the stage was finished.
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
        """The limit with all its extensions."""
        return replace(self.limit, amount=self.limit.amount + self.extended)


def start(stage: str, limit: Limit, at: datetime, calendar: Calendar) -> Deadline:
    """Return a running deadline. It is due when the whole limit has run."""
    return Deadline(stage, limit, at, clocks.due_at(at, limit, calendar), running_since=at)


def pause(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return the deadline with its clock paused, as for a deferred case."""
    if deadline.running_since is None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not running")
    return replace(deadline, paused_at=at, running_since=None, spent=spent_by(deadline, at, calendar))


def resume(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return the deadline with its clock running again, with what was left of the limit.

    A deadline that had passed before it was paused keeps the due time that it missed.
    """
    if deadline.paused_at is None or deadline.stopped_at is not None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not paused")
    _require_order(deadline.paused_at, at)
    due = deadline.due_at
    if deadline.paused_at < due:
        due = clocks.due_at(at, deadline.allowed, calendar, already_spent=deadline.spent)
    return replace(deadline, paused_at=None, running_since=at, due_at=due)


def stop(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return the deadline as ended, whether it was running or paused."""
    if deadline.stopped_at is not None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is stopped already")
    if deadline.paused_at is not None:
        _require_order(deadline.paused_at, at)
    return replace(deadline, stopped_at=at, running_since=None, spent=spent_by(deadline, at, calendar))


def reopen(deadline: Deadline, at: datetime, calendar: Calendar) -> Deadline:
    """Return an ended deadline as running, as if the time since its end had been a pause."""
    if deadline.stopped_at is None:
        raise DeadlineStateError(f"the deadline of {deadline.stage} is not stopped")
    paused_at = deadline.paused_at or deadline.stopped_at
    paused = replace(deadline, paused_at=paused_at, stopped_at=None, is_cut_off=False)
    return resume(paused, at, calendar)


def reached_at(deadline: Deadline, amount: timedelta, calendar: Calendar) -> datetime | None:
    """Return when `amount` of the limit will be spent, if the clock keeps running.

    None if it does not run.
    """
    if deadline.running_since is None:
        return None
    ahead = deadline.spent + deadline.allowed.duration - amount
    return clocks.due_at(deadline.running_since, deadline.allowed, calendar, already_spent=ahead)


def outcome_of(deadline: Deadline) -> str | None:
    """Return the outcome of a stopped deadline: met, overdue or cancelled; None if it runs.

    Cancelled is a deadline that was cut off before it was overdue.
    """
    if deadline.stopped_at is None:
        return None
    if is_overdue(deadline, deadline.stopped_at):
        return "overdue"
    return "cancelled" if deadline.is_cut_off else "met"


def extend(deadline: Deadline, amount: float, calendar: Calendar) -> Deadline:
    """Return a running deadline with `amount` more of its unit, and a later due time."""
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
    """Return the time on the limit's clock that was spent by an instant."""
    if deadline.running_since is None:
        return deadline.spent
    _require_order(deadline.running_since, at)
    return deadline.spent + clocks.time_spent(deadline.running_since, at, deadline.limit.unit, calendar)


def is_overdue(deadline: Deadline, at: datetime) -> bool:
    """Return True if the due time had passed by `at`, or by an earlier pause or stop."""
    ends = [moment for moment in (deadline.paused_at, deadline.stopped_at) if moment is not None]
    return min([at, *ends]) > deadline.due_at


def _require_order(earlier: datetime, later: datetime) -> None:
    if later < earlier:
        raise DeadlineStateError(f"{later.isoformat()} is before {earlier.isoformat()}")
