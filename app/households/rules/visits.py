"""Rules for the next due day after a visit. Pure functions."""

from dataclasses import dataclass
from datetime import date, timedelta

# After a visit with nobody at home the household is due again within a week.
RETRY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Next:
    """The decision about the next visit to a household.

    Attributes:
        due: Day of the next visit. None: no further visits.
        final: Column of the household that records a final outcome. None: the outcome is not final.
    """

    due: date | None
    final: str | None = None


def after_visit(outcome: str, *, on: date, cycle_days: int) -> Next:
    """Return the day of the next visit to a household, which depends on the outcome of a visit.

    After `declined` and `moved_away` there is no next visit until a person undoes the outcome.
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
    """Return the next due day of a care tag with a cycle, after a visit.

    Such a tag is help that a resident gets regularly during visits. The result is never before the present due day, so a
    visit that arrives late does not make the tag due earlier.

    Args:
        done_on: Day of the visit.
        due: Present due day.
    """
    return max(due, done_on + timedelta(days=cycle_days))
