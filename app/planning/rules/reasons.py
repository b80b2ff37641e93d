"""Why a stop is not in a route: the rule that kept it out. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from app.planning.rules.days import Day, Item, Reason, Stop
from app.planning.rules.timing import Moment, step, timed


def why_left(day: Day, stop: Stop, items: Sequence[Item], *, is_full: bool) -> Reason:
    """The first of these that holds: alone it cannot be; so many stops at most; without its hours it could be."""
    alone = step(day, Moment.first(day), stop)
    if alone is None:
        return _why_not_alone(day, stop)
    if is_full:
        return Reason.OVER_CAPACITY
    any_time = replace(stop, earliest=day.start, latest=day.end)
    if (stop.earliest > day.start or stop.latest < day.end - stop.service) and _fits(day, any_time, items):
        return Reason.WINDOW_MISSED
    return Reason.NO_TIME_LEFT


def _why_not_alone(day: Day, stop: Stop) -> Reason:
    way = day.seconds[day.start_place][stop.place] if day.start_place is not None else 0
    without_way = max(day.start, stop.earliest)
    if without_way > stop.latest:
        return Reason.WINDOW_MISSED
    if without_way + stop.service > day.end:
        # Its hours begin too late for this shift, or the shift is too short for it.
        return Reason.WINDOW_MISSED if day.start + stop.service <= day.end else Reason.NO_TIME_LEFT
    assert way > 0
    return Reason.TOO_FAR


def _fits(day: Day, stop: Stop, items: Sequence[Item]) -> bool:
    return any(
        timed(day, [*items[:place], stop, *items[place:]]) is not None for place in range(len(items) + 1)
    )
