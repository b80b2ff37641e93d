"""Stages of a case as its history makes them: by hand, and for any row of moves that the table lets through."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar import Calendar, Limit, LimitUnit, spent
from app.incidents.cases.rules import lifecycle
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.rules import deadlines
from app.incidents.deadlines.rules.deadlines import Deadline
from app.incidents.deadlines.rules.stages import STAGE_DONE, Step, replayed
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


def history(*moves: tuple[str, str, float], stage: str | None = None) -> list[Step]:
    """Steps from (action, state after, hours since Monday)."""
    steps, before = [], None
    for action, after, hours in moves:
        name, _, done = action.partition(":")
        steps.append(Step(name, before, after, MONDAY + timedelta(hours=hours), done or stage))
        before = after
    return steps


def stages(steps: list[Step]) -> dict[str, Deadline]:
    return {one.stage: one for one in replayed(LIMITS, steps, OFFICE)}


TAKEN = [
    ("report", "collected", 0),
    ("file", "filed", 0),
    ("dispatch", "dispatched", 0.5),
    ("accept", "accepted", 1),
]


def test_consecutive_stages_of_handling_by_hand() -> None:
    found = stages(history(*TAKEN, ("stage_done:stop", "accepted", 4), ("stage_done:punish", "accepted", 28)))
    assert list(found) == ["file", "take", "stop", "punish", "demolish"]
    assert (found["file"].stopped_at, found["file"].spent) == (MONDAY, timedelta(0))
    assert (found["take"].stopped_at, found["take"].spent) == (
        MONDAY + timedelta(hours=1),
        timedelta(hours=1),
    )
    # From ten o'clock: two hours until noon, nothing until one.
    assert found["stop"].spent == timedelta(hours=2)
    assert found["punish"].started_at == found["stop"].stopped_at == MONDAY + timedelta(hours=4)
    assert found["punish"].spent == timedelta(days=1)
    assert found["demolish"].running_since == MONDAY + timedelta(hours=28)
    assert found["demolish"].due_at == MONDAY + timedelta(days=28, hours=28)


def test_handing_in_ends_what_is_being_handled_and_a_failed_check_lets_it_run_on() -> None:
    fed = [*TAKEN, ("feed_back", "fed_back", 2), ("send_to_check", "checking", 2)]
    found = stages(history(*fed))
    assert (found["stop"].stopped_at, "punish" in found) == (MONDAY + timedelta(hours=2), False)
    assert found["check"].running_since == MONDAY + timedelta(hours=2)
    back = [*fed, ("check_fail", "rework", 26)]
    found = stages(history(*back))
    assert (found["stop"].stopped_at, found["stop"].spent) == (None, timedelta(hours=1))
    assert (found["check"].paused_at, found["check"].spent) == (
        MONDAY + timedelta(hours=26),
        timedelta(days=1),
    )
    again = [
        *back,
        ("stage_done:stop", "rework", 27),
        ("feed_back", "fed_back", 30),
        ("check_pass", "closed", 31),
    ]
    found = stages(history(*again))
    assert found["stop"].spent == timedelta(hours=2)
    assert found["punish"].stopped_at == MONDAY + timedelta(hours=30)
    assert found["check"].spent == timedelta(days=1, hours=1)
    # Whoever reported it contests the closure: the handling runs on, and the check that passed it stays over.
    contested = stages(history(*again, ("contest", "rework", 50)))
    assert contested["punish"].running_since == MONDAY + timedelta(hours=50)
    assert contested["check"].stopped_at == MONDAY + timedelta(hours=31)


def test_on_the_books_nothing_runs() -> None:
    found = stages(history(*TAKEN, ("put_on_books", "on_books", 2), ("take_from_books", "filed", 90)))
    assert found["stop"].spent == timedelta(hours=1)
    assert found["stop"].running_since == MONDAY + timedelta(hours=90)


def test_a_merged_case_stands_still_until_it_is_taken_out() -> None:
    found = stages(
        history(*TAKEN, ("merge", "not_filed", 2), ("unmerge", "filed", 50), ("note", "filed", 51))
    )
    assert found["stop"].spent == timedelta(hours=1)
    assert found["stop"].running_since == MONDAY + timedelta(hours=50)


@pytest.mark.parametrize("end", ["not_filed", "force_closed"])
def test_what_ends_a_case_ends_its_stages_and_begins_none(end: str) -> None:
    found = stages(history(*TAKEN, ("defer", "deferred", 2), ("end", end, 9)))
    assert found["stop"].stopped_at == MONDAY + timedelta(hours=9)
    assert found["stop"].spent == timedelta(hours=1)
    assert "punish" not in found


def test_a_clock_of_the_host_that_steps_back_breaks_nothing() -> None:
    found = stages(history(*TAKEN[:3], ("accept", "accepted", 0.2)))
    assert found["take"].stopped_at == found["stop"].started_at == MONDAY + timedelta(hours=0.5)


SOURCES = [
    *((move.action, before, move.to) for move in lifecycle.TABLE for before in move.sources if move.to),
    *(("unmerge", Status.NOT_FILED, Status.FILED), ("send_to_check", Status.FED_BACK, Status.CHECKING)),
    *(("merge", before, Status.NOT_FILED) for before in lifecycle.MERGED_FROM),
    *(("dispatch", before, Status.DISPATCHED) for before in (Status.FILED, Status.RETURNED, Status.REWORK)),
    *((f"{STAGE_DONE}:{stage}", Status.HANDLING, Status.HANDLING) for stage in ("stop", "punish", "take")),
]


@st.composite
def walks(draw: st.DrawFn) -> list[Step]:
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
def test_a_stage_has_spent_what_it_ran_and_begins_and_ends_in_order(steps: list[Step]) -> None:
    total: dict[str, timedelta] = {}
    so_far: dict[str, Deadline] = {}
    for place, step in enumerate(steps):
        for stage, one in so_far.items():
            if one.running_since is not None:
                total[stage] += spent(steps[place - 1].at, step.at, one.limit.unit, OFFICE)
        now = stages(steps[: place + 1])
        for stage, one in now.items():
            total.setdefault(stage, timedelta(0))
            assert stage not in so_far or so_far[stage].started_at == one.started_at
            assert (one.running_since is None) == (one.paused_at is not None or one.stopped_at is not None)
        assert set(so_far) <= set(now)
        if step.to_status in lifecycle.ENDED:
            assert all(one.stopped_at is not None for one in now.values())
        if step.to_status == Status.DEFERRED:
            assert all(one.running_since is None for one in now.values())
        so_far = now
    for stage, one in so_far.items():
        assert deadlines.spent_by(one, steps[-1].at, OFFICE) == total[stage], stage
        if stage == "punish":
            assert so_far["stop"].stopped_at is not None or one.started_at >= so_far["stop"].started_at


def test_marks_are_points_on_the_limits_own_clock() -> None:
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


def test_a_short_limit_is_not_warned_of_before_its_half() -> None:
    assert Notices(Mark(hours=3)).warned_when_spent(timedelta(hours=4)) == timedelta(hours=2)
    assert Notices(Mark(share=0.75)).warned_when_spent(timedelta(hours=4)) == timedelta(hours=3)
    assert Notices().warned_when_spent(timedelta(hours=4)) is None
