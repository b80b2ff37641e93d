"""Stages of a case derived from its history: by hand, and for any legal history."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar import Calendar, Limit, LimitUnit, time_spent
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.cases.rules.other_transitions import OTHER_TRANSITIONS
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.deadlines import Deadline
from app.incidents.deadlines.rules.stages import STAGE_DONE, PastTransition, replay_stages
from app.profiles.rules.notices import Escalation, Mark, Notices
from app.profiles.rules.stages import StageLimit

OFFICE = Calendar.of("Asia/Shanghai", [("09:00", "12:00"), ("13:30", "17:30")])
MONDAY = datetime(2026, 11, 2, 1, tzinfo=UTC)  # nine o'clock in Hangzhou


def limit(
    stage: str, begins: str, ends: str, unit: LimitUnit = LimitUnit.URGENT_HOUR, amount: float = 4
) -> StageLimit:
    return StageLimit(stage, {"zh": stage, "en": stage}, Limit(unit, amount), begins, ends)


LIMITS = [
    limit("file", "reported", "filed"),
    limit("take", "filed", "accepted", LimitUnit.WORK_HOUR, 2),
    limit("stop", "accepted", "done", LimitUnit.WORK_HOUR, 4),
    limit("punish", "stop", "done", LimitUnit.WORK_DAY, 7),
    limit("demolish", "punish", "fed_back", LimitUnit.WORK_DAY, 20),
    limit("check", "fed_back", "closed", LimitUnit.NATURAL_DAY, 2),
]


def history(*moves: tuple[str, str, float], stage: str | None = None) -> list[PastTransition]:
    """Steps from (action, state after, hours since Monday)."""
    steps, before = [], None
    for action, after, hours in moves:
        name, _, done = action.partition(":")
        steps.append(PastTransition(name, before, after, MONDAY + timedelta(hours=hours), done or stage))
        before = after
    return steps


def stages(steps: list[PastTransition]) -> dict[str, Deadline]:
    return {deadline.stage: deadline for deadline in replay_stages(LIMITS, steps, OFFICE)}


TAKEN = [
    ("report", "collected", 0),
    ("file", "filed", 0),
    ("dispatch", "dispatched", 0.5),
    ("accept", "accepted", 1),
]


def test_consecutive_stages_equal_hand_computed_times() -> None:
    clocks = stages(
        history(*TAKEN, ("stage_done:stop", "accepted", 4), ("stage_done:punish", "accepted", 28))
    )
    assert list(clocks) == ["file", "take", "stop", "punish", "demolish"]
    assert (clocks["file"].stopped_at, clocks["file"].spent) == (MONDAY, timedelta(0))
    assert (clocks["take"].stopped_at, clocks["take"].spent) == (
        MONDAY + timedelta(hours=1),
        timedelta(hours=1),
    )
    # From ten o'clock: two hours until noon, nothing until one.
    assert clocks["stop"].spent == timedelta(hours=2)
    assert clocks["punish"].started_at == clocks["stop"].stopped_at == MONDAY + timedelta(hours=4)
    assert clocks["punish"].spent == timedelta(days=1)
    assert clocks["demolish"].running_since == MONDAY + timedelta(hours=28)
    assert clocks["demolish"].due_at == MONDAY + timedelta(days=28, hours=28)


def test_handling_stage_ends_at_feed_back_and_resumes_after_failed_check() -> None:
    fed = [*TAKEN, ("feed_back", "fed_back", 2), ("send_to_check", "checking", 2)]
    clocks = stages(history(*fed))
    assert (clocks["stop"].stopped_at, "punish" in clocks) == (MONDAY + timedelta(hours=2), False)
    assert clocks["check"].running_since == MONDAY + timedelta(hours=2)
    back = [*fed, ("check_fail", "rework", 26)]
    clocks = stages(history(*back))
    assert (clocks["stop"].stopped_at, clocks["stop"].spent) == (None, timedelta(hours=1))
    assert (clocks["check"].paused_at, clocks["check"].spent) == (
        MONDAY + timedelta(hours=26),
        timedelta(days=1),
    )
    again = [
        *back,
        ("stage_done:stop", "rework", 27),
        ("feed_back", "fed_back", 30),
        ("check_pass", "closed", 31),
    ]
    clocks = stages(history(*again))
    assert clocks["stop"].spent == timedelta(hours=2)
    assert clocks["punish"].stopped_at == MONDAY + timedelta(hours=30)
    assert clocks["check"].spent == timedelta(days=1, hours=1)
    # Whoever reported it contests the closure: the handling runs on, and the check that passed it stays over.
    contested = stages(history(*again, ("contest", "rework", 50)))
    assert contested["punish"].running_since == MONDAY + timedelta(hours=50)
    assert contested["check"].stopped_at == MONDAY + timedelta(hours=31)


def test_stages_pause_when_case_is_on_the_books() -> None:
    clocks = stages(history(*TAKEN, ("put_on_books", "on_books", 2), ("take_from_books", "filed", 90)))
    assert clocks["stop"].spent == timedelta(hours=1)
    assert clocks["stop"].running_since == MONDAY + timedelta(hours=90)


def test_stages_pause_when_case_is_merged() -> None:
    clocks = stages(
        history(*TAKEN, ("merge", "not_filed", 2), ("unmerge", "filed", 50), ("note", "filed", 51))
    )
    assert clocks["stop"].spent == timedelta(hours=1)
    assert clocks["stop"].running_since == MONDAY + timedelta(hours=50)


@pytest.mark.parametrize("end", ["not_filed", "force_closed"])
def test_end_of_case_stops_stages_and_starts_none(end: str) -> None:
    clocks = stages(history(*TAKEN, ("defer", "deferred", 2), ("end", end, 9)))
    assert clocks["stop"].stopped_at == MONDAY + timedelta(hours=9)
    assert clocks["stop"].spent == timedelta(hours=1)
    assert "punish" not in clocks


def test_stages_tolerate_clock_that_steps_back() -> None:
    clocks = stages(history(*TAKEN[:3], ("accept", "accepted", 0.2)))
    assert clocks["take"].stopped_at == clocks["stop"].started_at == MONDAY + timedelta(hours=0.5)


SOURCES = [
    *(
        (row.action, before, to)
        for row in (*lifecycle.TRANSITIONS, *OTHER_TRANSITIONS)
        for before in row.sources
        for to in (row.to, *row.other_to)
        if to not in (None, before)
    ),
    *((f"{STAGE_DONE}:{stage}", Status.HANDLING, Status.HANDLING) for stage in ("stop", "punish", "take")),
]


@st.composite
def walks(draw: st.DrawFn) -> list[PastTransition]:
    """A row of moves from the report on, each from the state that the last one led to."""
    moves: list[tuple[str, str, float]] = [("report", "collected", 0), ("file", "filed", 0)]
    hours = 0.0
    for _ in range(draw(st.integers(0, 14))):
        following = [(action, after) for action, before, after in SOURCES if before == moves[-1][1]]
        if not following:
            break
        hours += draw(st.sampled_from([0, 0.5, 3, 26, 70]))
        action, after = draw(st.sampled_from(following))
        moves.append((action, str(after), hours))
    return history(*moves)


@given(walks())
def test_stage_spent_time_equals_running_time_for_any_history(steps: list[PastTransition]) -> None:
    total: dict[str, timedelta] = {}
    so_far: dict[str, Deadline] = {}
    for place, step in enumerate(steps):
        for stage, clock in so_far.items():
            if clock.running_since is not None:
                total[stage] += time_spent(steps[place - 1].at, step.at, clock.limit.unit, OFFICE)
        now = stages(steps[: place + 1])
        for stage, clock in now.items():
            total.setdefault(stage, timedelta(0))
            assert stage not in so_far or so_far[stage].started_at == clock.started_at
            assert (clock.running_since is None) == (
                clock.paused_at is not None or clock.stopped_at is not None
            )
        assert set(so_far) <= set(now)
        if step.to_status in lifecycle.ENDED:
            assert all(current.stopped_at is not None for current in now.values())
        if step.to_status == Status.DEFERRED:
            assert all(current.running_since is None for current in now.values())
        so_far = now
    for stage, clock in so_far.items():
        assert deadlines.spent_by(clock, steps[-1].at, OFFICE) == total[stage], stage
        if stage == "punish":
            assert so_far["stop"].stopped_at is not None or clock.started_at >= so_far["stop"].started_at


def test_notice_marks_are_on_clock_of_limit() -> None:
    notices = Notices(
        Mark(hours=1), (Escalation("street", Mark(share=0.5)), Escalation("district", Mark(hours=24)))
    )
    running = deadlines.start("stop", Limit(LimitUnit.WORK_HOUR, 4), MONDAY + timedelta(hours=6), OFFICE)
    # Four work hours from Monday 15:00 are over on Tuesday 10:30; an hour before is 9:30, two hours after 14:00.
    warned = notices.warned_when_spent(running.limit.duration)
    street = notices.next_when_spent(running.limit.duration, 0)
    assert warned is not None
    assert street is not None
    assert running.due_at == MONDAY + timedelta(days=1, hours=1.5)
    assert deadlines.reached_at(running, warned, OFFICE) == MONDAY + timedelta(days=1, hours=0.5)
    assert deadlines.reached_at(running, street, OFFICE) == MONDAY + timedelta(days=1, hours=5)
    assert notices.next_when_spent(running.limit.duration, 2) is None
    paused = deadlines.pause(running, MONDAY + timedelta(hours=7), OFFICE)
    assert deadlines.reached_at(paused, warned, OFFICE) is None
    # An hour was spent: on Friday from nine three are left, so the last one begins at eleven.
    resumed = deadlines.resume(paused, MONDAY + timedelta(days=4), OFFICE)
    assert deadlines.reached_at(resumed, warned, OFFICE) == MONDAY + timedelta(days=4, hours=2)


def test_short_limit_is_warned_not_before_half() -> None:
    assert Notices(Mark(hours=3)).warned_when_spent(timedelta(hours=4)) == timedelta(hours=2)
    assert Notices(Mark(share=0.75)).warned_when_spent(timedelta(hours=4)) == timedelta(hours=3)
    assert Notices().warned_when_spent(timedelta(hours=4)) is None
