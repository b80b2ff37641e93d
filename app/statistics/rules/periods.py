"""Periods of days: comparison periods, parts of a period, and spans of months. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_YEAR_OF_WEEKS = timedelta(weeks=52)
# Groupings by a part of the period instead of a property of the case.
PARTS = ("month", "week", "day")
# The name of the requested period; compared periods have the names of COMPARISONS.
PRESENT = "now"


@dataclass(frozen=True, slots=True)
class Days:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def months(self) -> int | None:
        """Return the number of calendar months of the period; None if it does not have whole months."""
        if self.first.day != 1 or (self.last + _DAY).day != 1:
            return None
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1


def previous(days: Days) -> Days:
    """Return the period of equal length directly before.

    The length is in months if the period has whole months, else in days.
    """
    last = days.first - _DAY
    if days.months is None:
        return Days(last - (days.last - days.first), last)
    return Days(_months_later(days.first, -days.months), last)


def year_before(days: Days) -> Days:
    """Return the same period one year before.

    Whole months stay whole months. Whole weeks (Monday to Sunday) become the weeks 52 weeks before, so that weekdays match.
    Else the calendar days stay the same, and 28 February replaces the 29th.
    """
    first = _months_later(days.first, -12)
    if days.months is not None:
        return Days(first, _months_later(first, days.months) - _DAY)
    if days.first.weekday() == 0 and days.last.weekday() == 6:
        return Days(days.first - _YEAR_OF_WEEKS, days.last - _YEAR_OF_WEEKS)
    return Days(first, _months_later(days.last, -12))


COMPARISONS: dict[str, Callable[[Days], Days]] = {"previous": previous, "year_before": year_before}


def part(kind: str, first: date, within: Days) -> Days:
    """Return the day, week or month that begins with `first`, cut to the period `within`."""
    following = {
        "day": first + _DAY,
        "week": first + timedelta(days=7),
        "month": _months_later(first.replace(day=1), 1),
    }[kind]
    return Days(max(first, within.first), min(following - _DAY, within.last))


def parts(kind: str, within: Days) -> Iterator[tuple[date, Days]]:
    """Yield each day, week or month of a period: its first day, and its days cut to the period.

    The first day may lie before the period. `kind`: `day`, `week` or `month`.
    """
    first = {
        "day": within.first,
        "week": within.first - timedelta(days=within.first.weekday()),
        "month": within.first.replace(day=1),
    }[kind]
    while first <= within.last:
        days = part(kind, first, within)
        yield first, days
        first = days.last + _DAY


# Names of spans by the name of the period; the spans of the whole have the names of their periods.
SpanNames = Mapping[str, str]
WHOLE_SPANS: SpanNames = {name: name for name in (PRESENT, *COMPARISONS)}


def spans_of(days: Days, group_by: str | None) -> tuple[dict[str, list[date]], dict[str, SpanNames]]:
    """Return the months of the period and of its comparison periods, and of each month alone.

    Returns:
        The months (first days) of each span, by the name of the span.
        For `group_by` = `month`: by the first day of a month, the name of its span for each period. Else empty.
    """
    spans = {PRESENT: months_of(days)} | {name: months_of(of(days)) for name, of in COMPARISONS.items()}
    named: dict[str, SpanNames] = {}
    for month in spans[PRESENT] if group_by == "month" else ():
        periods = {PRESENT: whole_months(month, month)}
        periods |= {name: of(periods[PRESENT]) for name, of in COMPARISONS.items()}
        named[month.isoformat()] = {name: f"{name} of {month}" for name in periods}
        spans |= {f"{name} of {month}": months_of(days_of_period) for name, days_of_period in periods.items()}
    return spans, named


def whole_months(first: date, last: date) -> Days:
    """Return the days from the start of the month of `first` to the end of the month of `last`."""
    return Days(first.replace(day=1), _months_later(last.replace(day=1), 1) - _DAY)


def months_of(days: Days) -> list[date]:
    """Return the first day of each month in a period of whole months."""
    months = [days.first]
    while (following := _months_later(months[-1], 1)) <= days.last:
        months.append(following)
    return months


def _months_later(day: date, months: int) -> date:
    """Return the same day a number of months later, or the last day of a shorter month."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - _DAY).day))
