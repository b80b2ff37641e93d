"""Periods of days, and those that they are compared with. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_YEAR_OF_WEEKS = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both of which count."""

    first: date
    last: date

    @property
    def months(self) -> int | None:
        """Of how many whole months of the calendar it consists; None: of something else."""
        if self.first.day != 1 or (self.last + _DAY).day != 1:
            return None
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1


def previous(days: Days) -> Days:
    """As many days right before; of whole months as many months, however long they are."""
    last = days.first - _DAY
    if days.months is None:
        return Days(last - (days.last - days.first), last)
    return Days(_months_later(days.first, -days.months), last)


def year_before(days: Days) -> Days:
    """The same days of the calendar a year before: a whole February stays whole, else 28 stands for 29 February.

    Of whole weeks, from Monday to Sunday, those 52 weeks before, because a Sunday is no Monday.
    """
    first = _months_later(days.first, -12)
    if days.months is not None:
        return Days(first, _months_later(first, days.months) - _DAY)
    if days.first.weekday() == 0 and days.last.weekday() == 6:
        return Days(days.first - _YEAR_OF_WEEKS, days.last - _YEAR_OF_WEEKS)
    return Days(first, _months_later(days.last, -12))


COMPARISONS: dict[str, Callable[[Days], Days]] = {"previous": previous, "year_before": year_before}


def part(kind: str, first: date, within: Days) -> Days:
    """The day, week or month that begins with `first`, as far as it lies in the period."""
    following = {
        "day": first + _DAY,
        "week": first + timedelta(days=7),
        "month": _months_later(first.replace(day=1), 1),
    }[kind]
    return Days(max(first, within.first), min(following - _DAY, within.last))


def parts(kind: str, within: Days) -> Iterator[tuple[date, Days]]:
    """Each day, week or month of a period, by its own first day, which may lie before the period."""
    first = {
        "day": within.first,
        "week": within.first - timedelta(days=within.first.weekday()),
        "month": within.first.replace(day=1),
    }[kind]
    while first <= within.last:
        days = part(kind, first, within)
        yield first, days
        first = days.last + _DAY


def _months_later(day: date, months: int) -> date:
    """The same day of another month, or the last one of a month that is too short."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - _DAY).day))
