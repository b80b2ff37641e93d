"""Routes of days, computed by the solver VROOM, or else by a simple greedy rule.

VROOM runs in a child process with a time limit.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from app.core.child_processes import ChildFailed, Children, Limits
from app.core.metrics import PLANS
from app.planning.rules.days import Day, Item, Route, Stop
from app.planning.rules.greedy_route import (
    Frame,
    build_frame,
    free_stops,
    keeps_frame,
    nearest_route,
    route_of,
)
from app.planning.rules.timetables import Moment, timetable

log = logging.getLogger("gridward.planning")

# One day takes about 0.1 s; the child starts in about 0.5 s on an idle machine.
START_SECONDS, SECONDS_PER_DAY = 8.0, 2.0
EXPLORATION_LEVEL = 5
CPU_SECONDS_PER_PROBLEM, MEMORY_BYTES = 20, 2 << 30
PINNED_PRIORITY, MAX_FREE_PRIORITY = 100, 10
VROOM = Children("app.planning.rules.vroom_child", most=1)


def solve_routes(
    days: Sequence[Day], *, vroom: Children = VROOM, seconds: float | None = None
) -> list[Route]:
    """Return a route for each day.

    If the child process fails or is busy, a greedy rule makes the route. Then `solver` is `nearest`, and `note` has the
    reason.
    """
    frames = [build_frame(day) for day in days]
    problems = {
        n: problem
        for n, (day, frame) in enumerate(zip(days, frames, strict=True))
        if (problem := _problem(day, frame))["jobs"] and problem["room"] > 0
    }
    limit = seconds if seconds is not None else START_SECONDS + SECONDS_PER_DAY * len(problems)
    answers, fault = _answers(vroom, list(problems.values()), limit)
    answers_by_day = dict(zip(problems, answers, strict=True))
    solved = []
    for n, (day, frame) in enumerate(zip(days, frames, strict=True)):
        route = (
            _route(day, frame, answers_by_day[n], fault) if n in answers_by_day else nearest_route(day, frame)
        )
        PLANS.labels(route.solver, route.note or "").inc()
        solved.append(route)
    return solved


def _answers(
    vroom: Children, problems: Sequence[dict[str, Any]], seconds: float
) -> tuple[list[dict[str, Any] | None], str | None]:
    """Return (answer of the child process to each problem, code of the fault if some failed).

    An answer is None if it is missing. The code is None if there are all answers.
    """
    answers: list[dict[str, Any] | None] = [None] * len(problems)
    fault = None
    if not problems:
        return answers, fault
    until = time.monotonic() + seconds
    try:
        with vroom.take(seconds) as child:
            for number, problem in enumerate(problems):
                limits = Limits(CPU_SECONDS_PER_PROBLEM, until - time.monotonic(), MEMORY_BYTES)
                try:
                    (answers[number],) = child.ask(problem, limits)
                except ChildFailed as failed:
                    # A problem that ended the child does not affect the next one.
                    fault = fault or failed.code
                    log.warning(
                        "no order was found", extra={"fields": {"fault": failed.detail or failed.code}}
                    )
    except ChildFailed as failed:
        fault = failed.code
    return answers, fault


def _route(day: Day, frame: Frame, answer: dict[str, Any] | None, fault: str | None) -> Route:
    if answer is None:
        return nearest_route(day, frame, note=fault or "child_ended")
    items = [*frame.items[: frame.prefix_length], *_items_in_order(day, frame, answer["order"])]
    if not keeps_frame(day, items, frame):
        return nearest_route(day, frame, note="decisions_not_kept")
    return route_of(day, items, frame, solver="vroom")


def _open_items(day: Day, frame: Frame) -> list[Item]:
    """Return the items of a day whose order the solver VROOM must find.

    These are the stops that no person has fixed, and the fixed items after those with which the day must start.
    """
    return [*frame.items[frame.prefix_length :], *free_stops(day)]


def _items_in_order(day: Day, frame: Frame, order: Sequence[Sequence[Any]]) -> list[Item]:
    items = _open_items(day, frame)
    return [items[number] for _, number in order]


def _problem(day: Day, frame: Frame) -> dict[str, Any]:
    times = timetable(day, frame.items[: frame.prefix_length]) or []
    moment = Moment.first(day)
    if times:
        place = next((t.item.place for t in reversed(times) if isinstance(t.item, Stop)), day.start_place)
        moment = Moment(times[-1].end, place)
    items = list(enumerate(_open_items(day, frame)))
    span = day.end - moment.time

    def window(item: Item) -> tuple[int, int]:
        return max(0, item.earliest - moment.time), min(span, item.latest - moment.time)

    return {
        "window": [0, span],
        "start": moment.place,
        "matrix": [list(row) for row in day.seconds],
        "room": day.room - sum(isinstance(item, Stop) for item in frame.items[: frame.prefix_length]),
        "level": EXPLORATION_LEVEL,
        "jobs": [
            [
                n,
                s.place,
                s.service,
                *window(s),
                PINNED_PRIORITY if s.at is not None else min(s.priority, MAX_FREE_PRIORITY),
            ]
            for n, s in items
            if isinstance(s, Stop) and window(s)[0] <= window(s)[1]
        ],
        "breaks": _sequential_breaks(
            [[n, b.service, *window(b)] for n, b in items if not isinstance(b, Stop)]
        ),
    }


def _sequential_breaks(breaks: Sequence[list[int]]) -> list[list[int]]:
    """Return the breaks changed so that they do not overlap. VROOM rejects overlapping breaks.

    A break that may begin before the end of the previous break gets a later begin.

    Args:
        breaks: Lists of number, duration, earliest and latest begin, in seconds, in the order of the day.
    """
    ready = 0
    shifted = []
    for number, service, earliest, latest in breaks:
        begin = max(earliest, ready)
        shifted.append([number, service, begin, latest])
        ready = begin + service
    return shifted
