"""Choice of the reason that is shown for a stop without a place in the route. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from app.planning.rules.days import Day, Item, Reason, Stop
from app.planning.rules.timetables import Moment, step, timetable


def reason_left_out(day: Day, stop: Stop, items: Sequence[Item], *, is_full: bool) -> Reason:
    """Return the code of the reason why a stop is not in a route.

    The first reason that applies is returned. They are checked in this order: the stop is not feasible even alone, there
    are too many stops, there is no time within the stop's allowed hours, there is no time left.
    """
    alone = step(day, Moment.first(day), stop)
    if alone is None:
        return _reason_not_feasible_alone(day, stop)
    if is_full:
        return Reason.OVER_CAPACITY
    any_time = replace(stop, earliest=day.start, latest=day.end)
    if (stop.earliest > day.start or stop.latest < day.end - stop.service) and _fits(day, any_time, items):
        return Reason.WINDOW_MISSED
    return Reason.NO_TIME_LEFT


def _reason_not_feasible_alone(day: Day, stop: Stop) -> Reason:
    travel_s = day.seconds[day.start_place][stop.place] if day.start_place is not None else 0
    begin_without_travel = max(day.start, stop.earliest)
    if begin_without_travel > stop.latest:
        return Reason.WINDOW_MISSED
    if begin_without_travel + stop.service > day.end:
        # Its hours begin too late for this shift, or the shift is too short for it.
        return Reason.WINDOW_MISSED if day.start + stop.service <= day.end else Reason.NO_TIME_LEFT
    assert travel_s > 0
    return Reason.TOO_FAR


def _fits(day: Day, stop: Stop, items: Sequence[Item]) -> bool:
    return any(
        timetable(day, [*items[:position], stop, *items[position:]]) is not None
        for position in range(len(items) + 1)
    )
