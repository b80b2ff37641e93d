"""Next due days after a visit. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

# After a visit with nobody at home the household is due again within a week.
RETRY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Next:
    """The day of the next visit of a household (None: never).

    `final`: the column that records a final outcome. None: the outcome is not final.
    """

    due: date | None
    final: str | None = None


def after_visit(outcome: str, *, on: date, cycle_days: int) -> Next:
    """Return the next visit after an outcome.

    `declined` and `moved_away` are final until a person undoes them.
    """
    match outcome:
        case "declined":
            return Next(None, "declined_at")
        case "moved_away":
            return Next(None, "moved_away_at")
        case "nobody_home":
            return Next(on + timedelta(days=min(RETRY_DAYS, cycle_days)))
    return Next(on + timedelta(days=cycle_days))


def next_task(*, done_on: date, cycle_days: int, due: date) -> date:
    """Return the day when a task is due again.

    A visit that arrives late never makes it due earlier.
    """
    return max(due, done_on + timedelta(days=cycle_days))
