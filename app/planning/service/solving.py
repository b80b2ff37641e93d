"""Routes of days: VROOM in a child process, under a limit of time; the nearest next thing where it does not answer."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from app.core.children import ChildFailed, Children, Limits
from app.core.metrics import PLANS
from app.planning.rules.building import Frame, frame, free_stops, keeps_frame, nearest, route_of
from app.planning.rules.days import Day, Item, Route, Stop
from app.planning.rules.timing import Moment, timed

log = logging.getLogger("gridward.planning")

# For one day a tenth of a second is enough; the child begins in about half a second on a quiet machine.
BEGIN_SECONDS, SECONDS_A_DAY = 8.0, 2.0
LEVEL = 5
CPU_SECONDS_A_PROBLEM, MEMORY = 20, 2 << 30
PINNED, FREE_MOST = 100, 10
VROOM = Children("app.planning.rules.vroom_child", most=1)


def routes(days: Sequence[Day], *, vroom: Children = VROOM, seconds: float | None = None) -> list[Route]:
    """A route for each day, always. Where the child dies, takes too long or is busy, `solver` is `nearest` and says why."""
    frames = [frame(day) for day in days]
    asked = {
        n: problem
        for n, (day, made) in enumerate(zip(days, frames, strict=True))
        if (problem := _problem(day, made))["jobs"] and problem["room"] > 0
    }
    limit = seconds if seconds is not None else BEGIN_SECONDS + SECONDS_A_DAY * len(asked)
    answers, fault = _answers(vroom, list(asked.values()), limit)
    found = dict(zip(asked, answers, strict=True))
    made = []
    for n, (day, decided) in enumerate(zip(days, frames, strict=True)):
        route = _route(day, decided, found[n], fault) if n in found else nearest(day, decided)
        PLANS.labels(route.solver, route.note or "").inc()
        made.append(route)
    return made


def _answers(
    vroom: Children, problems: Sequence[dict[str, Any]], seconds: float
) -> tuple[list[dict[str, Any] | None], str | None]:
    """Return the answer to each problem (None: there is none) and the first reason why one is missing."""
    answers: list[dict[str, Any] | None] = [None] * len(problems)
    fault = None
    if not problems:
        return answers, fault
    until = time.monotonic() + seconds
    try:
        with vroom.take(seconds) as child:
            for number, problem in enumerate(problems):
                limits = Limits(CPU_SECONDS_A_PROBLEM, until - time.monotonic(), MEMORY)
                try:
                    (answers[number],) = child.ask(problem, limits)
                except ChildFailed as failed:
                    # Whatever ended the child, the next problem is another one.
                    fault = fault or failed.code
                    log.warning(
                        "no order was found", extra={"fields": {"fault": failed.detail or failed.code}}
                    )
    except ChildFailed as failed:
        fault = failed.code
    return answers, fault


def _route(day: Day, made: Frame, answer: dict[str, Any] | None, fault: str | None) -> Route:
    if answer is None:
        return nearest(day, made, note=fault or "child_ended")
    items = [*made.items[: made.led], *_named(day, made, answer["order"])]
    if not keeps_frame(day, items, made):
        return nearest(day, made, note="decisions_not_kept")
    return route_of(day, items, made, solver="vroom")


def _asked(day: Day, made: Frame) -> list[Item]:
    """What the child is asked about: all that is decided but not led, and all that is free."""
    return [*made.items[made.led :], *free_stops(day)]


def _named(day: Day, made: Frame, order: Sequence[Sequence[Any]]) -> list[Item]:
    items = _asked(day, made)
    return [items[number] for _, number in order]


def _problem(day: Day, made: Frame) -> dict[str, Any]:
    times = timed(day, made.items[: made.led]) or []
    here = Moment.first(day)
    if times:
        place = next((t.item.place for t in reversed(times) if isinstance(t.item, Stop)), day.start_place)
        here = Moment(times[-1].end, place)
    items = list(enumerate(_asked(day, made)))
    span = day.end - here.time

    def hours(item: Item) -> tuple[int, int]:
        return max(0, item.earliest - here.time), min(span, item.latest - here.time)

    return {
        "window": [0, span],
        "start": here.place,
        "matrix": [list(row) for row in day.seconds],
        "room": day.room - sum(isinstance(item, Stop) for item in made.items[: made.led]),
        "level": LEVEL,
        "jobs": [
            [n, s.place, s.service, *hours(s), PINNED if s.at is not None else min(s.priority, FREE_MOST)]
            for n, s in items
            if isinstance(s, Stop) and hours(s)[0] <= hours(s)[1]
        ],
        "breaks": _in_order([[n, b.service, *hours(b)] for n, b in items if not isinstance(b, Stop)]),
    }


def _in_order(breaks: Sequence[list[int]]) -> list[list[int]]:
    """Each from when the one before it may be over. VROOM takes them by when they may begin, and refuses what cannot follow."""
    ready = 0
    told = []
    for number, service, earliest, latest in breaks:
        begin = max(earliest, ready)
        told.append([number, service, begin, latest])
        ready = begin + service
    return told
