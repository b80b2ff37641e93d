"""Routes of days: VROOM in a child process, under a limit of time; the nearest next thing where it does not answer."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from app.core.metrics import PLANS
from app.planning.rules.building import Frame, frame, free_stops, keeps_frame, nearest, route_of
from app.planning.rules.days import Day, Item, Route, Stop
from app.planning.rules.timing import Moment, timed

log = logging.getLogger("gridward.planning")

CHILD = (sys.executable, "-m", "app.planning.rules.vroom_child")
# For one day a tenth of a second is enough; the child begins in about half a second.
BEGIN_SECONDS, SECONDS_A_DAY = 5.0, 2.0
LEVEL = 5
# Children of one process at once: each takes a core and some 150 MB.
AT_ONCE = threading.BoundedSemaphore(2)
PINNED, FREE_MOST = 100, 10


def routes(days: Sequence[Day], *, child: Sequence[str] = CHILD, seconds: float | None = None) -> list[Route]:
    """A route for each day, always. Where the child dies, takes too long or is busy, `solver` is `nearest` and says why."""
    frames = [frame(day) for day in days]
    asked = {
        n: problem
        for n, (day, made) in enumerate(zip(days, frames, strict=True))
        if (problem := _problem(day, made))["jobs"] and problem["room"] > 0
    }
    limit = seconds if seconds is not None else BEGIN_SECONDS + SECONDS_A_DAY * len(asked)
    answers, fault = _ask(list(asked.values()), child, limit)
    found = dict(zip(asked, answers, strict=True))
    made = []
    for n, (day, decided) in enumerate(zip(days, frames, strict=True)):
        route = _route(day, decided, found[n], fault) if n in found else nearest(day, decided)
        PLANS.labels(route.solver, route.note or "").inc()
        made.append(route)
    return made


def _route(day: Day, made: Frame, answer: dict[str, Any] | None, fault: str | None) -> Route:
    if answer is None:
        return nearest(day, made, note=fault or "child_ended")
    if "fault" in answer:
        log.warning("no order was found", extra={"fields": {"fault": answer["fault"]}})
        return nearest(day, made, note="child_refused")
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
        "breaks": [[n, b.service, *hours(b)] for n, b in items if not isinstance(b, Stop)],
    }


def _ask(
    problems: Sequence[dict[str, Any]], child: Sequence[str], limit: float
) -> tuple[list[dict[str, Any] | None], str | None]:
    """The child's answer to each problem (None: none came), and why answers are missing."""
    answers: list[dict[str, Any] | None] = [None] * len(problems)
    if not problems:
        return answers, None
    if not AT_ONCE.acquire(timeout=limit):
        return answers, "busy"
    try:
        lines, fault = _run(child, "".join(json.dumps(problem) + "\n" for problem in problems), limit)
    finally:
        AT_ONCE.release()
    for line in lines:
        try:
            answer = json.loads(line)
            answers[answer["number"] - 1] = answer
        except (ValueError, KeyError, IndexError, TypeError):
            fault = fault or "child_ended"  # cut off in the middle of a line
    return answers, fault


def _run(child: Sequence[str], asked: str, limit: float) -> tuple[list[str], str | None]:
    try:
        process = subprocess.Popen(
            child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    except OSError as error:
        log.warning("no child process", extra={"fields": {"fault": type(error).__name__}})
        return [], "child_missing"
    with process:
        try:
            said, _ = process.communicate(asked, timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            return said.splitlines(), "time_over"
    return said.splitlines(), None if process.returncode == 0 else "child_ended"
