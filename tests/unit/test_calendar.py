"""Working-time limits: hand-computed dates over China's 2026 holiday swaps, and laws for every calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.calendar import (
    Calendar,
    CalendarInvalid,
    HorizonExceeded,
    Limit,
    LimitUnit,
    due_at,
    minute_of_day,
    time_remaining,
    time_spent,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = [("09:00", "12:00"), ("13:30", "17:30")]


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# Part of the State Council's schedule for 2026: rest days, and weekend days worked in exchange.
HANGZHOU = Calendar.of(
    "Asia/Shanghai",
    OFFICE,
    holidays=[
        *span(date(2026, 2, 15), date(2026, 2, 23)),
        *span(date(2026, 5, 1), date(2026, 5, 5)),
        *span(date(2026, 10, 1), date(2026, 10, 7)),
    ],
    workdays=[date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)],
)
# Work across an hour that is skipped or repeated, and in an evening that is already tomorrow in UTC.
NEW_YORK = Calendar.of("America/New_York", [("00:30", "02:15"), ("19:00", "22:00")])
# Here the clock is put forward at midnight itself.
BEIRUT = Calendar.of("Asia/Beirut", [("00:00", "08:00"), ("20:00", "24:00")], weekend=[7])
LORD_HOWE = Calendar.of("Australia/Lord_Howe", [("01:00", "03:00")], weekend=[])

CALENDARS = [HANGZHOU, NEW_YORK, BEIRUT, LORD_HOWE]
calendars = st.sampled_from(CALENDARS)
units = st.sampled_from(list(LimitUnit))
instants = st.one_of(
    st.datetimes(datetime(2026, 1, 20), datetime(2026, 11, 20), timezones=st.just(UTC)),
    # Close to where New York, Beirut and Lord Howe change their clocks.
    st.datetimes(datetime(2026, 3, 7), datetime(2026, 3, 10), timezones=st.just(UTC)),
    st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 30), timezones=st.just(UTC)),
    st.datetimes(datetime(2026, 4, 4), datetime(2026, 4, 6), timezones=st.just(UTC)),
    st.datetimes(datetime(2026, 10, 24), datetime(2026, 11, 2), timezones=st.just(UTC)),
)
amounts = st.one_of(st.integers(1, 20), st.sampled_from([0.25, 0.5, 1.5]))
gaps = st.timedeltas(timedelta(0), timedelta(days=12))


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "unit", "amount", "due"),
    [
        # Friday 13 February 16:30: one hour on Friday, three on the worked Saturday before Spring Festival.
        ("2026-02-13 16:30", "work_hour", 4, "2026-02-14 12:00"),
        # Saturday 14 February is worked, then nine days of rest: 1 h before, 3 h on Tuesday the 24th.
        ("2026-02-14 16:30", "work_hour", 4, "2026-02-24 12:00"),
        ("2026-02-14 16:30", "work_hour", 4.5, "2026-02-24 14:00"),
        ("2026-02-14 16:30", "urgent_hour", 4, "2026-02-14 20:30"),
        ("2026-02-14 16:30", "natural_day", 2, "2026-02-16 16:30"),
        ("2026-02-13 10:00", "work_day", 1, "2026-02-14 10:00"),
        ("2026-02-13 10:00", "work_day", 2, "2026-02-24 10:00"),
        # Tue 24, Wed 25, Thu 26, Fri 27, Sat 28 (worked), Mon 2 March.
        ("2026-02-13 10:00", "work_day", 7, "2026-03-02 10:00"),
        # Started in the holiday: the first work day ends with Tuesday 24.
        ("2026-02-18 08:00", "work_day", 1, "2026-02-25 00:00"),
        ("2026-02-18 08:00", "work_hour", 7, "2026-02-24 17:30"),
        # Labour Day: Thursday 30 April, rest 1-5 May, Saturday 9 May worked.
        ("2026-04-30 17:00", "work_hour", 1, "2026-05-06 09:30"),
        ("2026-05-06 09:00", "work_day", 3, "2026-05-09 09:00"),
        # National Day: Wednesday 30 September; 1-7 October rest; Saturday 10 October worked.
        ("2026-09-30 12:00", "work_hour", 0.5, "2026-09-30 14:00"),
        ("2026-09-30 17:30", "work_minute", 30, "2026-10-08 09:30"),
        ("2026-10-08 14:00", "work_day", 2, "2026-10-10 14:00"),
        ("2026-10-08 14:00", "work_day", 3, "2026-10-12 14:00"),
        # Sunday 20 September is worked.
        ("2026-09-18 17:30", "work_hour", 7, "2026-09-20 17:30"),
        ("2026-09-18 17:30", "urgent_minute", 2, "2026-09-18 17:32"),
    ],
)
def test_due_time_accounts_for_2026_holiday_swaps(start: str, unit: str, amount: float, due: str) -> None:
    limit = Limit(LimitUnit(unit), amount)
    assert due_at(local(start), limit, HANGZHOU) == local(due)
    assert time_spent(local(start), local(due), limit.unit, HANGZHOU) == limit.duration


def test_due_time_is_in_utc() -> None:
    due = due_at(local("2026-09-18 17:30"), Limit(LimitUnit.WORK_DAY, 1), HANGZHOU)
    assert due.tzinfo is UTC
    assert due == datetime(2026, 9, 20, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "unit", "amount", "due"),
    [
        # Friday to Monday over Sunday 8 March 2026, when 02:00 becomes 03:00.
        ("2026-03-06 10:00-05:00", "work_day", 1, "2026-03-09 10:00-04:00"),
        ("2026-03-06 10:00-05:00", "natural_day", 3, "2026-03-09 10:00-04:00"),
        ("2026-03-06 10:00-05:00", "urgent_hour", 72, "2026-03-09 11:00-04:00"),
        # Thursday 20:30, already Friday in UTC.
        ("2026-03-05 20:30-05:00", "work_hour", 1, "2026-03-05 21:30-05:00"),
        # Due at a time that was skipped: the first instant after it.
        ("2026-03-07 02:30-05:00", "natural_day", 1, "2026-03-08 03:00-04:00"),
        # Over Sunday 1 November 2026, when 02:00 becomes 01:00.
        ("2026-10-30 10:00-04:00", "natural_day", 3, "2026-11-02 10:00-05:00"),
        ("2026-10-31 01:30-04:00", "natural_day", 1, "2026-11-01 01:30-04:00"),
        # Started in the second 01:30: the clock had already read 02:00.
        ("2026-11-01 01:30-05:00", "natural_day", 1, "2026-11-02 02:00-05:00"),
    ],
)
def test_due_time_accounts_for_daylight_saving(start: str, unit: str, amount: float, due: str) -> None:
    due_computed = due_at(datetime.fromisoformat(start), Limit(LimitUnit(unit), amount), NEW_YORK)
    assert due_computed == datetime.fromisoformat(due)


def runs_at(moment: datetime, unit: LimitUnit, calendar: Calendar) -> bool:
    """Say for one instant whether a clock runs; the definition, with none of the arithmetic."""
    wall = moment.astimezone(calendar.zone)
    if unit in (LimitUnit.URGENT_HOUR, LimitUnit.URGENT_MINUTE, LimitUnit.NATURAL_DAY):
        return True
    day, weekday = wall.date(), wall.isoweekday()
    works = day in calendar.workdays or (day not in calendar.holidays and weekday not in calendar.weekend)
    minute = wall.hour * 60 + wall.minute
    return works and (
        unit is LimitUnit.WORK_DAY
        or any(opens <= minute < closes for opens, closes in calendar.work_intervals)
    )


whole_minutes = st.datetimes(datetime(2026, 1, 20), datetime(2026, 11, 20), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


@settings(max_examples=60, deadline=None)
@given(whole_minutes, st.integers(0, 60 * 24 * 14), units)
def test_spent_time_equals_minute_count(start: datetime, minutes: int, unit: LimitUnit) -> None:
    counted = sum(runs_at(start + timedelta(minutes=n), unit, HANGZHOU) for n in range(minutes))
    assert time_spent(start, start + timedelta(minutes=minutes), unit, HANGZHOU) == timedelta(minutes=counted)


@settings(max_examples=60, deadline=None)
@given(whole_minutes, st.integers(1, 6), units)
def test_due_time_equals_minute_walk(start: datetime, amount: int, unit: LimitUnit) -> None:
    limit = Limit(unit, amount)
    left, moment = int(limit.duration.total_seconds()) // 60, start
    while left:
        left -= runs_at(moment, unit, HANGZHOU)
        moment += timedelta(minutes=1)
    assert due_at(start, limit, HANGZHOU) == moment


@given(instants, gaps, gaps, units, calendars)
def test_spent_time_is_additive(
    start: datetime, first: timedelta, other: timedelta, unit: LimitUnit, calendar: Calendar
) -> None:
    middle, end = start + first, start + first + other
    parts = time_spent(start, middle, unit, calendar) + time_spent(middle, end, unit, calendar)
    assert parts == time_spent(start, end, unit, calendar)
    assert time_spent(end, start, unit, calendar) == -parts


@given(instants, gaps, units, calendars)
def test_spent_time_is_never_negative(
    start: datetime, gap: timedelta, unit: LimitUnit, calendar: Calendar
) -> None:
    assert time_spent(start, start + gap, unit, calendar) >= timedelta(0)


@given(instants, units, amounts, calendars)
def test_limit_is_spent_at_due_time_and_not_before(
    start: datetime, unit: LimitUnit, amount: float, calendar: Calendar
) -> None:
    limit = Limit(unit, amount)
    due = due_at(start, limit, calendar)
    # The wall clock may jump over the amount, so it can be more at the due instant, but never before.
    assert time_spent(start, due, unit, calendar) >= limit.duration
    assert time_remaining(start, due, limit, calendar) <= timedelta(0)
    assert time_remaining(start, due - timedelta(microseconds=1), limit, calendar) >= timedelta(0)
    if calendar is HANGZHOU:
        assert time_spent(start, due, unit, calendar) == limit.duration
        assert time_remaining(start, due - timedelta(microseconds=1), limit, calendar) > timedelta(0)


@given(instants, units, amounts, calendars, st.floats(0, 1), gaps)
def test_pause_and_resume_preserve_limit(
    start: datetime, unit: LimitUnit, amount: float, calendar: Calendar, share: float, gap: timedelta
) -> None:
    limit = Limit(unit, amount)
    paused = start + (due_at(start, limit, calendar) - start) * share
    used = time_spent(start, paused, unit, calendar)
    assume(used < limit.duration)
    resumed = paused + gap
    due = due_at(resumed, limit, calendar, already_spent=used)
    total = used + time_spent(resumed, due, unit, calendar)
    assert total == limit.duration or (calendar is not HANGZHOU and total >= limit.duration)
    assert due >= due_at(start, limit, calendar)


@given(instants, units, amounts, calendars, st.floats(0, 1))
def test_pause_of_zero_length_preserves_due_time(
    start: datetime, unit: LimitUnit, amount: float, calendar: Calendar, share: float
) -> None:
    limit = Limit(unit, amount)
    due = due_at(start, limit, calendar)
    paused = start + (due - start) * share
    used = time_spent(start, paused, unit, calendar)
    assume(used < limit.duration)
    assert due_at(paused, limit, calendar, already_spent=used) == due


@given(instants, gaps, units, amounts, calendars)
def test_later_start_is_never_due_earlier(
    start: datetime, gap: timedelta, unit: LimitUnit, amount: float, calendar: Calendar
) -> None:
    limit = Limit(unit, amount)
    assert due_at(start, limit, calendar) <= due_at(start + gap, limit, calendar)


@given(instants, units, st.integers(1, 20), st.integers(1, 20), calendars)
def test_longer_limit_is_never_due_earlier(
    start: datetime, unit: LimitUnit, less: int, longer: int, calendar: Calendar
) -> None:
    assume(less < longer)
    assert due_at(start, Limit(unit, less), calendar) < due_at(start, Limit(unit, longer), calendar)


def test_spent_limit_is_due_at_once() -> None:
    start = local("2026-02-18 08:00")
    limit = Limit(LimitUnit.WORK_HOUR, 2)
    assert due_at(start, limit, HANGZHOU, already_spent=timedelta(hours=2)) == start
    assert due_at(start, limit, HANGZHOU, already_spent=timedelta(hours=3)) == start
    assert time_remaining(start, start, limit, HANGZHOU, timedelta(hours=3)) == timedelta(hours=-1)


def test_calendar_without_work_days_raises_horizon_exceeded() -> None:
    never = Calendar.of("UTC", OFFICE, weekend=range(1, 8))
    for unit in (LimitUnit.WORK_HOUR, LimitUnit.WORK_DAY):
        with pytest.raises(HorizonExceeded):
            due_at(local("2026-02-18 08:00"), Limit(unit, 1), never)
    with pytest.raises(HorizonExceeded):
        time_spent(local("2026-02-18 08:00"), local("2047-02-18 08:00"), LimitUnit.WORK_HOUR, HANGZHOU)


def test_instant_without_time_zone_is_rejected() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due_at(datetime(2026, 2, 18), Limit(LimitUnit.WORK_HOUR, 1), HANGZHOU)


@pytest.mark.parametrize(
    "fault",
    [
        {"work_intervals": []},
        {"work_intervals": [("09:00", "12:00"), ("11:00", "13:00")]},
        {"work_intervals": [("12:00", "09:00")]},
        {"work_intervals": [("09:00", "24:30")]},
        {"work_intervals": [("9:00", "12:00")]},
        {"weekend": [0]},
        {"holidays": [date(2026, 5, 9)], "workdays": [date(2026, 5, 9)]},
        {"tz": "Asia/Hangzhou"},
    ],
)
def test_contradictory_calendar_is_rejected(fault: dict[str, object]) -> None:
    sound: dict[str, object] = {"tz": "Asia/Shanghai", "work_intervals": OFFICE}
    with pytest.raises(CalendarInvalid):
        Calendar.of(**(sound | fault))  # type: ignore[arg-type]


def test_minute_of_day_accepts_24_00() -> None:
    assert (minute_of_day("00:00"), minute_of_day("09:05"), minute_of_day("24:00")) == (0, 545, 1440)


@pytest.mark.parametrize("amount", [0, -1, float("nan"), float("inf")])
def test_impossible_limit_amount_is_rejected(amount: float) -> None:
    with pytest.raises(ValueError, match="not possible"):
        Limit(LimitUnit.WORK_DAY, amount)
