"""What a visit leads to, and for how long things are kept. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

# Nobody at home is tried again soon, but not before a week is over.
RETRY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Next:
    """When the household is next visited (None: not again by itself), and whether that is final, and as what."""

    due: date | None
    final: str | None = None


def after_visit(outcome: str, *, on: date, cycle_days: int) -> Next:
    """What an outcome leads to. `declined` and `moved_away` are final until a person undoes them."""
    match outcome:
        case "declined":
            return Next(None, "declined_at")
        case "moved_away":
            return Next(None, "moved_away_at")
        case "nobody_home":
            return Next(on + timedelta(days=min(RETRY_DAYS, cycle_days)))
    return Next(on + timedelta(days=cycle_days))


def next_task(*, done_on: date, cycle_days: int, due: date) -> date:
    """When a task is due again. A visit that arrives late never brings it forward."""
    return max(due, done_on + timedelta(days=cycle_days))
