"""Deadlines of a case: pauses sum exactly, and a missed deadline stays missed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar import Calendar, Limit, LimitUnit, due_at, time_spent
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.deadlines import Deadline, DeadlineStateError

HANGZHOU = Calendar.of(
    "Asia/Shanghai",
    [("09:00", "12:00"), ("13:30", "17:30")],
    holidays=[date(2026, 10, day) for day in range(1, 8)],
    workdays=[date(2026, 9, 20), date(2026, 10, 10)],
)
WEDNESDAY_TEN = datetime(2026, 9, 30, 2, tzinfo=UTC)
HANDLE = Limit(LimitUnit.WORK_HOUR, 4)

instants = st.datetimes(datetime(2026, 9, 1), datetime(2026, 10, 20), timezones=st.just(UTC))
limits = st.builds(Limit, st.sampled_from(list(LimitUnit)), st.integers(1, 15))
waits = st.lists(st.timedeltas(timedelta(0), timedelta(days=3)), max_size=8)


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


def test_deadline_deferred_over_holiday_equals_hand_computed_date() -> None:
    # Wednesday 10:00 local, 4 work hours: 2 until noon, 2 from 13:30, due 15:30.
    running = deadlines.start("handle", HANDLE, WEDNESDAY_TEN, HANGZHOU)
    assert running.due_at == datetime(2026, 9, 30, 7, 30, tzinfo=UTC)
    # Deferred at 14:00 with 2.5 hours spent; resumed on Thursday 8 October at 17:00: half an hour, then one
    # more.
    paused = deadlines.pause(running, datetime(2026, 9, 30, 6, tzinfo=UTC), HANGZHOU)
    assert (paused.spent, paused.running_since) == (hours(2.5), None)
    resumed = deadlines.resume(paused, datetime(2026, 10, 8, 9, tzinfo=UTC), HANGZHOU)
    assert resumed.due_at == datetime(2026, 10, 9, 2, tzinfo=UTC)
    assert resumed.started_at == WEDNESDAY_TEN
    stopped = deadlines.stop(resumed, datetime(2026, 10, 9, 2, tzinfo=UTC), HANGZHOU)
    assert stopped.spent == HANDLE.duration
    assert not deadlines.is_overdue(stopped, datetime(2027, 1, 1, tzinfo=UTC))


@given(instants, limits, waits)
def test_deadline_after_pauses_has_exactly_the_unspent_time(
    at: datetime, limit: Limit, lengths: list[timedelta]
) -> None:
    deadline = deadlines.start("handle", limit, at, HANGZHOU)
    used, running, moment, missed = timedelta(0), True, at, False
    for length in lengths:
        later = moment + length
        if running:
            used += time_spent(moment, later, limit.unit, HANGZHOU)
            missed = missed or later >= deadline.due_at
            deadline = deadlines.pause(deadline, later, HANGZHOU)
            assert deadline.spent == used
        else:
            before = deadline.due_at
            deadline = deadlines.resume(deadline, later, HANGZHOU)
            expected = before if missed else due_at(later, limit, HANGZHOU, already_spent=used)
            assert deadline.due_at == expected
        running, moment = not running, later
    assert deadlines.spent_by(deadline, moment, HANGZHOU) == used


@given(instants, limits, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_deadline_is_overdue_exactly_after_due_time(at: datetime, limit: Limit, later: timedelta) -> None:
    deadline = deadlines.start("handle", limit, at, HANGZHOU)
    assert not deadlines.is_overdue(deadline, deadline.due_at)
    assert deadlines.is_overdue(deadline, deadline.due_at + timedelta(microseconds=1))
    stopped = deadlines.stop(deadline, at + later, HANGZHOU)
    assert deadlines.is_overdue(stopped, at + timedelta(days=999)) == (at + later > deadline.due_at)


def test_paused_deadline_does_not_become_overdue() -> None:
    paused = deadlines.pause(running(), WEDNESDAY_TEN + hours(1), HANGZHOU)
    assert not deadlines.is_overdue(paused, WEDNESDAY_TEN + timedelta(days=300))


def test_deadline_missed_before_pause_stays_missed() -> None:
    late = WEDNESDAY_TEN + hours(7)
    paused = deadlines.pause(running(), late, HANGZHOU)
    resumed = deadlines.resume(paused, late + timedelta(days=20), HANGZHOU)
    assert resumed.due_at == running().due_at
    assert deadlines.is_overdue(resumed, late + timedelta(days=20))


def test_deadline_stopped_while_paused_retains_spent_time() -> None:
    paused = deadlines.pause(running(), WEDNESDAY_TEN + hours(1), HANGZHOU)
    stopped = deadlines.stop(paused, WEDNESDAY_TEN + timedelta(days=30), HANGZHOU)
    assert stopped.spent == hours(1)
    assert not deadlines.is_overdue(stopped, WEDNESDAY_TEN + timedelta(days=31))


def running() -> Deadline:
    return deadlines.start("handle", HANDLE, WEDNESDAY_TEN, HANGZHOU)


def test_deadline_rejects_moves_out_of_order() -> None:
    later = WEDNESDAY_TEN + hours(1)
    paused = deadlines.pause(running(), later, HANGZHOU)
    stopped = deadlines.stop(running(), later, HANGZHOU)
    with pytest.raises(DeadlineStateError, match="not running"):
        deadlines.pause(paused, later, HANGZHOU)
    with pytest.raises(DeadlineStateError, match="not running"):
        deadlines.pause(stopped, later, HANGZHOU)
    with pytest.raises(DeadlineStateError, match="not paused"):
        deadlines.resume(running(), later, HANGZHOU)
    with pytest.raises(DeadlineStateError, match="stopped already"):
        deadlines.stop(stopped, later, HANGZHOU)
    with pytest.raises(DeadlineStateError, match="not paused"):
        deadlines.resume(deadlines.stop(paused, later, HANGZHOU), later, HANGZHOU)


def test_deadline_rejects_earlier_instants() -> None:
    paused = deadlines.pause(running(), WEDNESDAY_TEN + hours(1), HANGZHOU)
    with pytest.raises(DeadlineStateError, match="is before"):
        deadlines.pause(running(), WEDNESDAY_TEN - hours(1), HANGZHOU)
    with pytest.raises(DeadlineStateError, match="is before"):
        deadlines.resume(paused, WEDNESDAY_TEN, HANGZHOU)
    with pytest.raises(DeadlineStateError, match="is before"):
        deadlines.stop(paused, WEDNESDAY_TEN, HANGZHOU)
