"""Working-time limits compared with a minute-by-minute walker, in four time zones over two years of holiday swaps.

The walker looks at the wall clock each minute. Its reading is the latest that the clock has shown, so that an hour that is
put back counts once for days, and one that is skipped counts as if it had passed.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.calendar import Calendar, Limit, LimitUnit, due_at, time_spent
from app.incidents.deadlines.rules import deadlines
from app.profiles.rules.profile import parse_profile
from app.profiles.service import packaged_profile
from tests.unit.test_calendar import BEIRUT, LORD_HOWE, NEW_YORK

XIHU = parse_profile(orjson.loads(orjson.dumps(packaged_profile("xihu")))).calendar
ZONES = [XIHU, NEW_YORK, BEIRUT, LORD_HOWE]
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
DAYS = (LimitUnit.WORK_DAY, LimitUnit.NATURAL_DAY)
ELAPSED = (LimitUnit.URGENT_HOUR, LimitUnit.URGENT_MINUTE)
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Walker:
    """One clock, from an instant on; `spent` counts whole minutes."""

    def __init__(self, start: datetime, unit: LimitUnit, calendar: Calendar) -> None:
        self.unit, self.calendar, self.now, self.spent = unit, calendar, start, 0
        # What the clock has shown already, up to three hours before: a clock is never put back by more.
        self.reading = max(self._shown(start - n * MINUTE) for n in range(181))

    def walk(self, minutes: int, *, running: bool = True) -> None:
        for _ in range(minutes):
            self._minute(running)

    def until_spent(self, minutes: int) -> datetime:
        while self.spent < minutes:
            self._minute(True)
        return self.now

    def _minute(self, running: bool) -> None:
        wall = self._wall(self.now)
        self.now += MINUTE
        shown = max(self.reading, self._shown(self.now))
        if running and self.unit in ELAPSED:
            self.spent += 1
        elif running and self.unit in DAYS:
            while self.reading < shown:
                self.spent += self.unit is LimitUnit.NATURAL_DAY or self._works(self.reading.date())
                self.reading += MINUTE
        elif running:
            minute = wall.hour * 60 + wall.minute
            self.spent += self._works(wall.date()) and any(
                opens <= minute < closes for opens, closes in self.calendar.work_intervals
            )
        self.reading = shown

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self.calendar.zone).replace(tzinfo=None)

    def _shown(self, moment: datetime) -> datetime:
        """What the clock shows, or had just come to when it was put back."""
        return max(self._wall(moment), self._wall(moment - MOMENT) + MOMENT)

    def _works(self, day: date) -> bool:
        if day in self.calendar.workdays:
            return True
        return day not in self.calendar.holidays and day.isoweekday() not in self.calendar.weekend


def whole_minutes(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    length = int((last - first).total_seconds() // 60)
    return st.integers(0, length).map(lambda n: (first + n * MINUTE).replace(tzinfo=UTC))


def around(calendar: Calendar, *changes: datetime) -> st.SearchStrategy[tuple[Calendar, datetime]]:
    """Starts within three hours of where the clock is put forward or back."""
    near = [whole_minutes(change - timedelta(hours=3), change + timedelta(hours=3)) for change in changes]
    return st.tuples(st.just(calendar), st.one_of(near))


# Anywhere in the two years, and the hours in which three of the zones change their clocks (UTC).
starts = st.one_of(
    st.tuples(st.sampled_from(ZONES), whole_minutes(datetime(2025, 1, 1), datetime(2026, 11, 30))),
    st.tuples(st.just(XIHU), whole_minutes(datetime(2025, 1, 1), datetime(2026, 11, 30))),
    around(NEW_YORK, datetime(2026, 3, 8, 7), datetime(2026, 11, 1, 6)),
    around(BEIRUT, datetime(2026, 3, 28, 22), datetime(2026, 10, 24, 21)),
    around(LORD_HOWE, datetime(2026, 4, 4, 15), datetime(2026, 10, 3, 15, 30)),
)
units = st.sampled_from(list(LimitUnit))


@settings(max_examples=120, deadline=None)
@given(starts, st.integers(0, 60 * 24 * 6), units)
def test_spent_time_equals_walker_count(
    where: tuple[Calendar, datetime], minutes: int, unit: LimitUnit
) -> None:
    calendar, start = where
    walker = Walker(start, unit, calendar)
    walker.walk(minutes)
    assert time_spent(start, walker.now, unit, calendar) == walker.spent * MINUTE


@settings(max_examples=120, deadline=None)
@given(starts, st.integers(1, 60 * 30), units)
def test_due_time_equals_walker_result(
    where: tuple[Calendar, datetime], minutes: int, unit: LimitUnit
) -> None:
    calendar, start = where
    limit = Limit(unit, minutes * MINUTE / Limit(unit, 1).duration)
    due = due_at(start, limit, calendar)
    assert abs(due - Walker(start, unit, calendar).until_spent(minutes)) < timedelta(milliseconds=1)


@settings(max_examples=80, deadline=None)
@given(starts, st.lists(st.integers(0, 60 * 30), max_size=7), st.integers(1, 40), units)
def test_deadline_with_pauses_equals_walker_result(
    where: tuple[Calendar, datetime], lengths: list[int], hours: int, unit: LimitUnit
) -> None:
    calendar, start = where
    amount = hours if unit in (LimitUnit.URGENT_HOUR, LimitUnit.WORK_HOUR) else hours * 60
    limit = Limit(unit, hours / 24 if unit in DAYS else amount)
    walker, running = Walker(start, unit, calendar), True
    deadline = deadlines.start("handle", limit, start, calendar)
    for length in lengths:
        walker.walk(length, running=running)
        if running and walker.now >= deadline.due_at:
            return  # missed: it stays so, which other tests say
        change = deadlines.pause if running else deadlines.resume
        deadline, running = change(deadline, walker.now, calendar), not running
    assert deadlines.spent_by(deadline, walker.now, calendar) == walker.spent * MINUTE
    if running:
        assert abs(deadline.due_at - walker.until_spent(hours * 60)) < timedelta(milliseconds=1)


@pytest.mark.parametrize(("start", "hours"), [("2026-11-01T03:00+00:00", 3), ("2026-11-01T05:30+00:00", 0.5)])
def test_limit_that_ends_as_the_clock_is_put_back_is_due_then(start: str, hours: float) -> None:
    """New York, 1 November 2026: at two o'clock the clock is put back to one."""
    begun, limit = datetime.fromisoformat(start), Limit(LimitUnit.NATURAL_DAY, hours / 24)
    due = due_at(begun, limit, NEW_YORK)
    assert due == datetime(2026, 11, 1, 6, tzinfo=UTC)
    assert time_spent(begun, due, limit.unit, NEW_YORK) == limit.duration
    assert time_spent(begun, due - MOMENT, limit.unit, NEW_YORK) < limit.duration


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "unit", "amount", "due"),
    [
        # 2025. New Year's Day is a Wednesday by itself.
        ("2024-12-31 17:00", "work_hour", 1, "2025-01-02 09:30"),
        # Spring Festival: rest from Tuesday 28 January to 4 February; Sunday 26 January and Saturday 8 February worked.
        ("2025-01-24 17:00", "work_hour", 7.5, "2025-01-26 17:30"),
        ("2025-01-27 16:30", "work_hour", 2, "2025-02-05 10:00"),
        ("2025-01-27 10:00", "work_day", 1, "2025-02-05 10:00"),
        ("2025-01-27 10:00", "work_day", 4, "2025-02-08 10:00"),
        ("2025-01-27 10:00", "work_day", 5, "2025-02-10 10:00"),
        ("2025-01-27 16:30", "urgent_hour", 2, "2025-01-27 18:30"),
        ("2025-01-27 16:30", "natural_day", 8, "2025-02-04 16:30"),
        # Tomb-Sweeping Day: Friday 4 to Sunday 6 April.
        ("2025-04-03 17:30", "work_hour", 1, "2025-04-07 10:00"),
        # Labour Day: Sunday 27 April worked; Thursday 1 to Monday 5 May.
        ("2025-04-25 15:30", "work_day", 2, "2025-04-28 15:30"),
        ("2025-04-30 15:30", "work_hour", 5, "2025-05-06 12:00"),
        # Dragon Boat: Saturday 31 May to Monday 2 June.
        ("2025-05-30 12:00", "work_day", 1, "2025-06-03 12:00"),
        # National Day with Mid-Autumn: Sunday 28 September worked, 1 to 8 October, Saturday 11 October worked.
        ("2025-09-30 16:30", "work_hour", 1.5, "2025-10-09 09:30"),
        ("2025-09-26 09:00", "work_day", 2, "2025-09-29 09:00"),
        ("2025-09-30 00:00", "work_day", 4, "2025-10-12 00:00"),
        # 2026. Thursday 1 to Saturday 3 January; Sunday 4 January worked.
        ("2025-12-31 17:30", "work_hour", 7, "2026-01-04 17:30"),
        # Tomb-Sweeping Day: Saturday 4 to Monday 6 April. Dragon Boat: Friday 19 to Sunday 21 June.
        ("2026-04-03 17:00", "work_hour", 1, "2026-04-07 09:30"),
        ("2026-06-18 13:00", "work_day", 1, "2026-06-22 13:00"),
        # Mid-Autumn: Friday 25 to Sunday 27 September, after the worked Sunday 20.
        ("2026-09-18 10:00", "work_day", 5, "2026-09-24 10:00"),
        ("2026-09-24 17:30", "work_hour", 0.5, "2026-09-28 09:30"),
        # Started and due at the edges of intervals and days: an interval ends before its end, a day at midnight.
        ("2026-11-02 09:00", "work_hour", 3, "2026-11-02 12:00"),
        ("2026-11-02 12:00", "work_hour", 0.25, "2026-11-02 13:45"),
        ("2026-11-02 12:45", "work_hour", 4, "2026-11-02 17:30"),
        ("2026-11-02 17:30", "work_hour", 7, "2026-11-03 17:30"),
        ("2026-11-06 17:30", "work_hour", 7.25, "2026-11-10 09:15"),
        ("2026-11-06 23:59", "work_day", 1, "2026-11-09 23:59"),
        ("2026-11-07 00:00", "work_day", 1, "2026-11-10 00:00"),
        ("2026-11-08 23:59", "work_day", 1, "2026-11-10 00:00"),
    ],
)
def test_due_time_equals_hand_computed_dates_of_two_years(
    start: str, unit: str, amount: float, due: str
) -> None:
    limit = Limit(LimitUnit(unit), amount)
    assert due_at(local(start), limit, XIHU) == local(due)
    assert time_spent(local(start), local(due), limit.unit, XIHU) == limit.duration


def test_deferred_limit_over_new_year_swaps_equals_hand_computed_date() -> None:
    """Five work days from Friday 13 February 2026, 10:00, put off on the worked Saturday at noon until Friday 27, 15:00."""
    limit = Limit(LimitUnit.WORK_DAY, 5)
    running = deadlines.start("handle", limit, local("2026-02-13 10:00"), XIHU)
    assert running.due_at == local("2026-02-27 10:00")
    paused = deadlines.pause(running, local("2026-02-14 12:00"), XIHU)
    assert paused.spent == timedelta(days=1, hours=2)
    # Friday 27 from 15:00: 9 hours; Saturday 28 is worked; 1 March rests; Monday, Tuesday; then the rest on Wednesday.
    resumed = deadlines.resume(paused, local("2026-02-27 15:00"), XIHU)
    assert resumed.due_at == local("2026-03-04 13:00")
