"""Working time: how long time limits last, and when they are due.

A limit is an amount in a unit. Each unit has a clock, which runs at some times and stops at others. A limit is due at the first
instant at which its clock has run for the whole amount. The units:

* urgent_hour, urgent_minute: elapsed time, always running.
* work_hour, work_minute: elapsed time inside the work intervals of work days.
* natural_day: the wall clock of the calendar's time zone, always running.
* work_day: the same wall clock, running through the whole local day of each work day. So a limit of n work days that starts at
  10:00 on a work day is due at 10:00. If it starts on a rest day, one work day is due at the midnight that ends the next work
  day.

The time spent on a clock is the difference of two readings, so consecutive periods add up exactly, also if the limit is paused
and resumed. Where the wall clock is put back, its reading does not change until it has caught up; where it is put forward, it
jumps. Instants are aware datetimes and are returned in UTC; days and intervals are local.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
HORIZON_DAYS = 20 * 366
_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_MICROSECOND = timedelta(microseconds=1)


class CalendarInvalid(ValueError):
    """Raised for a calendar with values that contradict each other."""


class HorizonExceeded(ValueError):
    """Raised if the limit needs more working time than the calendar has in twenty years."""


class LimitUnit(StrEnum):
    """Unit of a limit. The unit decides which clock measures the limit."""

    URGENT_MINUTE = "urgent_minute"
    URGENT_HOUR = "urgent_hour"
    WORK_MINUTE = "work_minute"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"
    NATURAL_DAY = "natural_day"


_LENGTH = {
    LimitUnit.URGENT_MINUTE: timedelta(minutes=1),
    LimitUnit.URGENT_HOUR: timedelta(hours=1),
    LimitUnit.WORK_MINUTE: timedelta(minutes=1),
    LimitUnit.WORK_HOUR: timedelta(hours=1),
    LimitUnit.WORK_DAY: _DAY,
    LimitUnit.NATURAL_DAY: _DAY,
}
_ELAPSED = frozenset({LimitUnit.URGENT_MINUTE, LimitUnit.URGENT_HOUR})
_IN_WORK_INTERVALS = frozenset({LimitUnit.WORK_MINUTE, LimitUnit.WORK_HOUR})


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time in a unit, measured on the clock of the unit."""

    unit: LimitUnit
    amount: float

    def __post_init__(self) -> None:
        if not 0 < self.amount <= 1_000_000:
            raise ValueError(f"a limit of {self.amount} {self.unit} is not possible")

    @property
    def duration(self) -> timedelta:
        """Return the amount as time on the clock of the unit; a day counts as 24 hours."""
        return _LENGTH[self.unit] * self.amount


def amount_of(time: timedelta, unit: LimitUnit) -> float:
    """Convert a duration on the unit's clock to an amount of the unit."""
    return time / _LENGTH[unit]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working time of a jurisdiction, in its own time zone.

    Attributes:
        work_intervals: Minutes after local midnight, sorted, without overlap.
        weekend: ISO weekdays (Monday is 1).
        holidays: Dates that are rest days, whatever their weekday.
        workdays: Dates that are work days, whatever their weekday.
    """

    tz: str
    work_intervals: tuple[tuple[int, int], ...]
    weekend: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        edges = [minute for interval in self.work_intervals for minute in interval]
        if not edges or edges != sorted(set(edges)) or edges[0] < 0 or edges[-1] > MINUTES_A_DAY:
            raise CalendarInvalid("work intervals must be in order, apart, and within one day")
        if not self.weekend <= frozenset(range(1, 8)):
            raise CalendarInvalid("weekend days are ISO weekdays, 1 to 7")
        if self.holidays & self.workdays:
            raise CalendarInvalid("a date cannot be both a holiday and a work day")
        _zone(self.tz)

    @classmethod
    def of(
        cls,
        tz: str,
        work_intervals: Iterable[tuple[str, str]],
        weekend: Iterable[int] = (6, 7),
        holidays: Iterable[date] = (),
        workdays: Iterable[date] = (),
    ) -> "Calendar":
        """Return a calendar with clock times such as ("09:00", "12:00"); a day ends at "24:00"."""
        intervals = tuple((minute_of_day(start), minute_of_day(end)) for start, end in work_intervals)
        return cls(tz, intervals, frozenset(weekend), frozenset(holidays), frozenset(workdays))

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the local days."""
        return _zone(self.tz)

    def is_work_day(self, day: date) -> bool:
        """Return True if this local day is a work day."""
        if day in self.workdays:
            return True
        return day not in self.holidays and day.isoweekday() not in self.weekend


def minute_of_day(clock: str) -> int:
    """Convert "HH:MM" to minutes after midnight; "24:00" is the end of the day."""
    hours, colon, minutes = clock.partition(":")
    if colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal():
        minute = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and minute <= MINUTES_A_DAY:
            return minute
    raise CalendarInvalid(f"{clock!r} is not a time of day")


def due_at(
    start: datetime, limit: Limit, calendar: Calendar, already_spent: timedelta = _NOTHING
) -> datetime:
    """Return the first instant, in UTC, at which the limit is used up.

    `already_spent` counts as used before `start`. If nothing is left at `start`, the result is `start`.
    """
    start = _utc(start)
    remaining_time = limit.duration - already_spent
    if remaining_time <= _NOTHING:
        return start
    if limit.unit in _ELAPSED:
        return start + remaining_time
    if limit.unit in _IN_WORK_INTERVALS:
        return _work_time_after(start, remaining_time, calendar)
    wall = _reading(start, calendar.zone)
    if limit.unit is LimitUnit.NATURAL_DAY:
        return _first_reading(wall + remaining_time, calendar.zone)
    return _first_reading(_work_days_after(wall, remaining_time, calendar), calendar.zone)


def time_spent(start: datetime, until: datetime, unit: LimitUnit, calendar: Calendar) -> timedelta:
    """Return how long the unit's clock ran between two instants.

    The result is negative if `until` is before `start`.
    """
    start, until = _utc(start), _utc(until)
    if until < start:
        return -time_spent(until, start, unit, calendar)
    if unit in _ELAPSED:
        return until - start
    if unit in _IN_WORK_INTERVALS:
        return _work_time_between(start, until, calendar)
    from_wall, to_wall = _reading(start, calendar.zone), _reading(until, calendar.zone)
    if unit is LimitUnit.NATURAL_DAY:
        return to_wall - from_wall
    return _work_days_between(from_wall, to_wall, calendar)


def time_remaining(
    start: datetime, until: datetime, limit: Limit, calendar: Calendar, already_spent: timedelta = _NOTHING
) -> timedelta:
    """Return the time left of the limit at `until`; negative if the limit is exceeded."""
    return limit.duration - already_spent - time_spent(start, until, limit.unit, calendar)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise CalendarInvalid(f"{name!r} is not a time zone") from error


def _days_from(day: date) -> Iterator[date]:
    for offset in range(HORIZON_DAYS):
        yield day + timedelta(days=offset)
    raise HorizonExceeded(f"no end within {HORIZON_DAYS} days of {day}")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _intervals_of(day: date, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    if not calendar.is_work_day(day):
        return
    midnight = _midnight(day)
    for start, end in calendar.work_intervals:
        yield (
            _first_instant(midnight + timedelta(minutes=start), calendar.zone),
            _first_instant(midnight + timedelta(minutes=end), calendar.zone),
        )


def _work_time_after(start: datetime, remaining_time: timedelta, calendar: Calendar) -> datetime:
    for day in _days_from(start.astimezone(calendar.zone).date()):
        for opens, closes in _intervals_of(day, calendar):
            running_time = closes - max(opens, start)
            if running_time >= remaining_time:
                return max(opens, start) + remaining_time
            remaining_time -= max(running_time, _NOTHING)
    raise AssertionError("_days_from ends by raising")


def _work_time_between(start: datetime, until: datetime, calendar: Calendar) -> timedelta:
    last_day = _reading(until, calendar.zone).date()
    total = _NOTHING
    for day in _days_from(start.astimezone(calendar.zone).date()):
        if day > last_day:
            break
        for opens, closes in _intervals_of(day, calendar):
            total += max(min(closes, until) - max(opens, start), _NOTHING)
    return total


def _work_days_after(wall: datetime, remaining_time: timedelta, calendar: Calendar) -> datetime:
    for day in _days_from(wall.date()):
        if calendar.is_work_day(day):
            starts_at = max(_midnight(day), wall)
            running_time = _midnight(day) + _DAY - starts_at
            if running_time >= remaining_time:
                return starts_at + remaining_time
            remaining_time -= running_time
    raise AssertionError("_days_from ends by raising")


def _work_days_between(from_wall: datetime, to_wall: datetime, calendar: Calendar) -> timedelta:
    total = _NOTHING
    for day in _days_from(from_wall.date()):
        if day > to_wall.date():
            break
        if calendar.is_work_day(day):
            midnight = _midnight(day)
            total += min(midnight + _DAY, to_wall) - max(midnight, from_wall)
    return total


def _reading(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the local time (naive) that counts as the reading of the wall clock at an instant.

    It is the latest time that the clock has shown so far. So the reading never goes back, also if the clock is put back.
    """
    local = moment.astimezone(zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    # Second run through a repeated hour: the clock already read its end before it was put back.
    fallback_at = _offset_change(_as_utc(local, zone, fold=0), moment, zone)
    offset_before = (fallback_at - _MICROSECOND).astimezone(zone).utcoffset()
    return (fallback_at + (offset_before or _NOTHING)).replace(tzinfo=None)


def _first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which the local wall clock shows `wall` or later."""
    moment = _as_utc(wall, zone, fold=0)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    # `wall` was skipped: read with the offset after the jump it lies before the jump, and vice versa.
    return _offset_change(_as_utc(wall, zone, fold=1), moment, zone)


def _first_reading(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which the reading of the clock is `wall` or later.

    It is earlier than the first instant at which the clock shows `wall` if the clock is put back when it comes to `wall`.
    """
    moment = _first_instant(wall, zone)
    put_back_at = _as_utc(wall - _MICROSECOND, zone, fold=0) + _MICROSECOND
    return min(moment, put_back_at)


def _as_utc(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _offset_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant between two instants at which the UTC offset of a time zone changes.

    The result is the first instant with another offset than that of `before`. It is found by bisection.
    """
    offset = before.astimezone(zone).utcoffset()
    while after - before > _MICROSECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
