"""Periods of days: comparison periods, parts of a period, and spans of months. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
        """Return the number of calendar months of the period; None if it is not of whole months."""
        if self.first.day != 1 or (self.last + _DAY).day != 1:
            return None
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1


def previous(days: Days) -> Days:
    """Return the period of equal length that ends directly before this period.

    The length is in months if the period has whole months, else in days.
    """
    last = days.first - _DAY
    if days.months is None:
        return Days(last - (days.last - days.first), last)
    return Days(_months_later(days.first, -days.months), last)


def year_before(days: Days) -> Days:
    """Return the period for a comparison with the year before.

    Whole months are compared with the same months. Whole weeks (Monday to Sunday) are compared with the weeks 52 weeks
    before, so that weekdays match. Other periods are compared with the same calendar days; 28 February replaces the 29th.
    """
    first = _months_later(days.first, -12)
    if days.months is not None:
        return Days(first, _months_later(first, days.months) - _DAY)
    if days.first.weekday() == 0 and days.last.weekday() == 6:
        return Days(days.first - _YEAR_OF_WEEKS, days.last - _YEAR_OF_WEEKS)
    return Days(first, _months_later(days.last, -12))


COMPARISONS: dict[str, Callable[[Days], Days]] = {"previous": previous, "year_before": year_before}


def part(kind: str, first: date, within: Days) -> Days:
    """Return the days of the day, week or month that begins with `first`.

    Days outside the period `within` are left out.
    """
    following = {
        "day": first + _DAY,
        "week": first + timedelta(days=7),
        "month": _months_later(first.replace(day=1), 1),
    }[kind]
    return Days(max(first, within.first), min(following - _DAY, within.last))


def parts(kind: str, within: Days) -> Iterator[tuple[date, Days]]:
    """Divide a period into days, weeks or months. Yield the first day and the days of each.

    The days are those inside the period; the first day of a week or month may lie before the period. `kind`: `day`, `week`
    or `month`.
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


def with_empty_parts(
    kind: str, counted: Sequence[str], within: Days, *, since: date, today: date, most: int
) -> list[str]:
    """Return the parts of a period that a trend shows, in order: those with cases, and those without between them.

    The parts without cases are those since the first record, until today or the last part with cases. If there would be
    more than `most` parts, only those with cases are returned.

    Args:
        kind: `day`, `week` or `month`.
        counted: The first days of the parts with cases, as text.
    """
    last = max([today, *(date.fromisoformat(first) for first in counted)])
    shown = {first.isoformat() for first, days in parts(kind, within) if days.last >= since and first <= last}
    together = sorted(shown | set(counted))
    return together if len(together) <= most else list(counted)


# Names of spans by the name of the period; the spans of the whole have the names of their periods.
SpanNames = Mapping[str, str]
WHOLE_SPANS: SpanNames = {name: name for name in (PRESENT, *COMPARISONS)}


def spans_of(days: Days, group_by: str | None) -> tuple[dict[str, list[date]], dict[str, SpanNames]]:
    """Return the spans of months to count for a request.

    The spans are the requested period and its comparison periods. With `group_by` = `month` there are further spans: each
    month of the period, and its comparison periods.

    Returns:
        The months (first days) of each span, by the name of the span.
        For each month of the period (its first day), the name of its span in each period. Empty unless `group_by` is
            `month`.
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
    """Return the period from the first day of one month to the last day of another.

    The months are those that contain the days `first` and `last`.
    """
    return Days(first.replace(day=1), _months_later(last.replace(day=1), 1) - _DAY)


def months_of(days: Days) -> list[date]:
    """Return the months of a period, each as its first day. The period must have whole months."""
    months = [days.first]
    while (following := _months_later(months[-1], 1)) <= days.last:
        months.append(following)
    return months


def instant_text(instant: datetime) -> str:
    """Return an instant in UTC as ISO 8601 text with `Z`, the form that links contain."""
    return instant.isoformat().replace("+00:00", "Z")


def _months_later(day: date, months: int) -> date:
    """Return the same day of the month a number of months later.

    If that month is too short, its last day is returned.
    """
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - _DAY).day))
