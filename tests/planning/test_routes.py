"""Plans keep what they promise, whoever finds them: hours, breaks, room, pins, order; every leftover has a reason."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from app.core.child_processes import Children
from app.planning.rules.days import Break, Day, Kind, Reason, Stop
from app.planning.rules.greedy_route import build_frame, nearest_route
from app.planning.rules.sentences import REASONS, reason_sentences
from app.planning.service.solver import solve_routes
from tests.planning.days import MINUTE, START, days, faults

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(SLOW, max_examples=300)
@given(days())
def test_nearest_route_has_no_faults(day):
    route = nearest_route(day)
    note(route)
    assert faults(day, route) == []
    assert nearest_route(day) == route


# Shrinking would begin a child for each try.
@settings(SLOW, max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(days(), min_size=8, max_size=8))
def test_vroom_routes_have_no_faults_and_are_deterministic(many):
    planned = solve_routes(many, seconds=90)
    for day, route in zip(many, planned, strict=True):
        note((day, route))
        assert faults(day, route) == []
        assert route.note in (None, "decisions_not_kept"), route
    assert solve_routes(many, seconds=90) == planned


@settings(SLOW, max_examples=300)
@given(days())
def test_pin_is_left_out_only_on_conflict_with_gaps_and_earlier_pins(day):
    """A pin is left out only if it cannot be with gaps and earlier pins alone."""
    made = build_frame(day)
    for stop in day.stops:
        if stop.at is None or made.left.get(stop.id) is not Reason.PIN_CONFLICT:
            continue
        earlier = [s for s in day.stops if s.at is not None and (s.at, s.id) < (stop.at, stop.id)]
        alone = replace(
            day,
            stops=(*(s for s in earlier if s.id not in made.left), stop),
            breaks=tuple(b for b in day.breaks if b.kind is Kind.GAP and b.id not in made.left),
        )
        assert build_frame(alone).left.get(stop.id) is Reason.PIN_CONFLICT


def plain_day(**overrides):
    """Six hours, four stops in a row a quarter of an hour apart."""
    seconds = [[abs(a - b) * 15 * MINUTE for b in range(6)] for a in range(6)]
    stops = tuple(Stop(f"s{n}", Kind.VISIT, n, 30 * MINUTE, START, START + 330 * MINUTE) for n in range(4))
    given = {
        "start": START,
        "end": START + 360 * MINUTE,
        "start_place": None,
        "stops": stops,
        "breaks": (Break("noon", Kind.BREAK, 60 * MINUTE, START + 120 * MINUTE, START + 180 * MINUTE),),
        "seconds": seconds,
        "room": 10,
        "base_s": seconds[0],
        "far_s": 100 * MINUTE,
    }
    return Day(**given | overrides)


def test_vroom_accepts_breaks_with_overlapping_windows():
    """VROOM takes breaks by when they may begin, and refused these two."""
    narrow = Break("narrow", Kind.BREAK, 10 * MINUTE, START + 120 * MINUTE, START + 125 * MINUTE)
    wide = Break("wide", Kind.BREAK, 30 * MINUTE, START + 96 * MINUTE, START + 190 * MINUTE)
    day = plain_day(breaks=(narrow, wide))
    [route] = solve_routes([day])
    assert (route.solver, route.note, route.left) == ("vroom", None, ())
    assert faults(day, route) == []


def left_of(route):
    return {item.id: reason for item, reason in route.left}


@pytest.mark.parametrize(
    "find", [nearest_route, lambda day: solve_routes([day])[0]], ids=["nearest", "vroom"]
)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"latest": START - 60}, Reason.WINDOW_MISSED),
        ({"place": 5, "far": True}, Reason.TOO_FAR),
        ({"service": 400 * MINUTE}, Reason.NO_TIME_LEFT),
        ({"room": 3}, Reason.OVER_CAPACITY),
        ({"at": START + 350 * MINUTE}, Reason.PIN_CONFLICT),
        ({"start_place": 5, "earliest": START, "latest": START + MINUTE}, Reason.TOO_FAR),
    ],
)
def test_left_out_stop_names_violated_rule(find, change, reason):
    day = plain_day()
    change = dict(change)
    if change.pop("far", False):
        day = replace(day, far_s=60 * MINUTE)
    of_day = {name: change.pop(name) for name in ("room", "start_place") if name in change}
    if "at" in change:
        change |= {"earliest": change["at"], "latest": change["at"]}
    day = replace(day, **of_day, stops=(*day.stops[:3], replace(day.stops[3], **change)))
    route = find(day)
    assert list(left_of(route).values()) == [reason]
    assert faults(day, route) == []


def test_leftover_reasons_differ_for_full_day_and_missed_window():
    day = plain_day(end=START + 120 * MINUTE, breaks=())
    assert set(left_of(nearest_route(day)).values()) == {Reason.NO_TIME_LEFT}
    # Two want the same quarter of an hour; the day has room for both.
    both = tuple(replace(stop, latest=START + 15 * MINUTE) for stop in day.stops[:2])
    assert set(left_of(nearest_route(replace(day, stops=both))).values()) == {Reason.WINDOW_MISSED}


def test_every_reason_has_sentences_in_both_languages():
    assert set(REASONS) == set(Reason)
    assert all(set(reason_sentences(reason)) == {"en", "zh"} for reason in Reason)


def test_vroom_travel_is_not_longer_than_nearest_travel():
    seconds = [[abs(a - b) * 15 * MINUTE for b in (0, -1, 2, -5, 9, 12)] for a in (0, -1, 2, -5, 9, 12)]
    day = plain_day(seconds=seconds, base_s=(), start_place=0, breaks=())
    by = {
        route.solver: sum(t.travel for t in route.timed)
        for route in (nearest_route(day), *solve_routes([day]))
    }
    assert by["vroom"] <= by["nearest"]
    assert set(by) == {"vroom", "nearest"}


PROGRAM = "app.planning.rules.vroom_child"
KILLED = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
HANGS = (sys.executable, "-c", "import time; time.sleep(60)")
RAVES = (sys.executable, "-c", "print('nonsense', flush=True)\nimport sys; sys.stdin.read()")
# Reads nothing, so that a problem larger than a pipe is never told to the end.
DEAF = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.mark.parametrize(
    ("child", "note"),
    [
        (KILLED, "child_ended"),
        (HANGS, "time_over"),
        (RAVES, "child_ended"),
        (("/nowhere/at-all",), "child_missing"),
    ],
)
def test_route_falls_back_to_nearest_when_vroom_child_fails(child, note):
    day = plain_day()
    began = time.monotonic()
    (route,) = solve_routes([day], vroom=Children(child, most=1), seconds=2)
    assert (route.solver, route.note) == ("nearest", note)
    assert faults(day, route) == [] and len(route.timed) == 5
    assert time.monotonic() - began < 10


def test_killed_vroom_child_affects_only_its_own_day():
    days_ = [plain_day(), plain_day(room=3), plain_day(room=2)]
    dies = (
        sys.executable,
        "-c",
        "import os\n"
        "from app.core.child_program import serve\n"
        "from app.planning.rules.vroom_child import answer\n"
        "def handle(problem, files):\n"
        "    if problem['room'] == 3: os.kill(os.getpid(), 9)\n"
        "    yield from answer(problem, files)\n"
        "serve(handle)\n",
    )
    vroom = Children(dies, most=1)
    try:
        planned = solve_routes(days_, vroom=vroom, seconds=30)
    finally:
        vroom.close()
    assert [route.solver for route in planned] == ["vroom", "nearest", "vroom"]
    assert planned[1].note == "child_ended"


def test_killed_vroom_child_is_replaced_for_next_problem():
    vroom, day = Children(PROGRAM, most=1), plain_day()
    try:
        (first,) = solve_routes([day], vroom=vroom)
        was = vroom.idle[0].process
        os.kill(was.pid, signal.SIGKILL)
        was.wait()
        (second,) = solve_routes([day], vroom=vroom)
        assert first == second and first.solver == "vroom"
        assert vroom.idle[0].process.pid != was.pid
        # Asked again, it is the same process: beginning costs more than looking for an order.
        pid = vroom.idle[0].process.pid
        solve_routes([day], vroom=vroom)
        assert vroom.idle[0].process.pid == pid
    finally:
        vroom.close()


def test_vroom_child_killed_during_work_yields_valid_route():
    """By the number of its process, in the middle of a hard problem."""
    vroom = Children(PROGRAM, most=1)
    hard = plain_day(
        end=START + 1440 * MINUTE,
        stops=tuple(
            Stop(f"h{n:03}", Kind.VISIT, n % 6, 60, START + n * 300, START + n * 300 + 20_000)
            for n in range(140)
        ),
        room=140,
    )
    try:
        solve_routes([plain_day()], vroom=vroom)
        pid = vroom.idle[0].process.pid
        killer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
        killer.start()
        (route,) = solve_routes([hard], vroom=vroom, seconds=60)
        killer.join()
        assert faults(hard, route) == []
        assert (route.solver, route.note) in {("nearest", "child_ended"), ("vroom", None)}
        (after,) = solve_routes([plain_day()], vroom=vroom)
        assert after.solver == "vroom"
    finally:
        vroom.close()


def test_busy_vroom_child_makes_others_fall_back_to_nearest():
    vroom = Children(DEAF, most=1)
    big = plain_day(seconds=[list(range(200)) for _ in range(200)], base_s=())
    with vroom.take(1):
        began = time.monotonic()
        (second,) = solve_routes([plain_day()], vroom=vroom, seconds=1)
        assert (second.solver, second.note) == ("nearest", "busy")
        assert time.monotonic() - began < 2.5
    (first,) = solve_routes([big], vroom=vroom, seconds=3)
    assert (first.solver, first.note) == ("nearest", "time_over")
