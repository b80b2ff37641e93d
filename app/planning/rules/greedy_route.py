"""A greedy route for a day: fixed items first, then always the nearest other stop. Pure.

Fixed items are placed in this order: gaps between shifts, stops with a time fixed by a person, breaks, manual order. Free
stops are placed between them. An item can therefore conflict only with items that were placed before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.planning.rules.days import Break, Day, Item, Kind, Reason, Route, Stop
from app.planning.rules.reasons import reason_left_out
from app.planning.rules.timetables import Moment, step, timetable

# A stop with a longer wait comes after other stops.
MAX_WAIT_S = 15 * 60


@dataclass(slots=True)
class Frame:
    """The fixed items of a day in order: gaps, stops with a fixed time, breaks, manual order.

    Attributes:
        prefix_length: No free stop may come between the first `prefix_length` items.
        left: Fixed items that are not feasible, each with the reason.
    """

    items: list[Item] = field(default_factory=list)
    prefix_length: int = 0
    left: dict[str, Reason] = field(default_factory=dict)

    @property
    def stops(self) -> int:
        """Return the number of items that are stops."""
        return sum(isinstance(item, Stop) for item in self.items)


def build_frame(day: Day) -> Frame:
    """Return the fixed items of a day: gaps between shifts, breaks, stops fixed by persons.

    A person can fix the time of a stop, or its position in a manual order. Items that are not feasible are left out, and
    listed in `left` with the reason.
    """
    frame = Frame()
    for gap in sorted((b for b in day.breaks if b.kind is Kind.GAP), key=lambda b: b.earliest):
        _insert(day, frame, gap)
    _place_pinned(day, frame)
    for pause in sorted((b for b in day.breaks if b.kind is Kind.BREAK), key=lambda b: (b.earliest, b.id)):
        if not _insert(day, frame, pause):
            frame.left[pause.id] = Reason.NO_TIME_LEFT
    _place_ordered(day, frame)
    return frame


def _place_pinned(day: Day, frame: Frame) -> None:
    pinned = [stop for stop in day.stops if stop.at is not None]
    for stop in sorted(pinned, key=lambda s: (s.at or 0, s.id)):
        if frame.stops >= day.room:
            frame.left[stop.id] = Reason.OVER_CAPACITY
        elif not _insert(day, frame, stop):
            frame.left[stop.id] = Reason.PIN_CONFLICT


def _place_ordered(day: Day, frame: Frame) -> None:
    """Add the stops of the manual order to the fixed items of the day, one after another."""
    next_position = 0
    ordered = [stop for stop in day.stops if stop.at is None and stop.order is not None]
    for stop in sorted(ordered, key=lambda s: (s.order or 0, s.id)):
        is_full = frame.stops >= day.room
        position = None
        if not is_full and not is_too_far(day, stop):
            position = _insert_early(day, frame, stop, next_position)
        if position is not None:
            next_position = position + 1
        elif is_full:
            frame.left[stop.id] = Reason.OVER_CAPACITY
        else:
            frame.left[stop.id] = reason_left_out(day, stop, frame.items, is_full=False)
    frame.prefix_length = next_position


def free_stops(day: Day) -> list[Stop]:
    """Return the stops that may be planned at any position.

    A stop is not returned if a person fixed its time or position, or if it is too far away.
    """
    return [s for s in day.stops if s.at is None and s.order is None and not is_too_far(day, s)]


def is_too_far(day: Day, stop: Stop) -> bool:
    """Return True if a stop is farther from the centre of the worker's grids than allowed.

    The travel time from the centre is compared with the maximum `day.far_s`.
    """
    return day.far_s is not None and bool(day.base_s) and day.base_s[stop.place] > day.far_s


def route_of(day: Day, items: Sequence[Item], frame: Frame, *, solver: str, note: str | None = None) -> Route:
    """Return the route for items in a feasible order, with the reason for each item left out."""
    times = timetable(day, items)
    if times is None:
        raise ValueError("the order is not feasible")
    item_ids = {item.id for item in items}
    is_full = sum(isinstance(item, Stop) for item in items) >= day.room
    left_out: list[tuple[Item, Reason]] = []
    all_items: list[Item] = [*day.stops, *day.breaks]
    for item in all_items:
        if item.id in item_ids:
            continue
        reason = frame.left.get(item.id)
        if reason is None and isinstance(item, Stop):
            reason = (
                Reason.TOO_FAR
                if item.at is None and is_too_far(day, item)
                else reason_left_out(day, item, items, is_full=is_full)
            )
        left_out.append((item, reason or Reason.NO_TIME_LEFT))
    return Route(tuple(times), tuple(left_out), solver, note)


def nearest_route(day: Day, frame: Frame | None = None, *, note: str | None = None) -> Route:
    """Return a route made by a simple greedy rule: the nearest and most urgent stop is next.

    Fixed items keep their order and stay within their allowed times. No solver is needed.
    """
    frame = frame or build_frame(day)
    items: list[Item] = list(frame.items[: frame.prefix_length])
    fixed: list[Item] = list(frame.items[frame.prefix_length :])
    moment = _moment_after(day, items)
    free = free_stops(day)
    stops_left = day.room - frame.stops
    while fixed or free:
        next_stop = _most_urgent_stop(day, moment, free, fixed) if stops_left > 0 else None
        if next_stop is None:
            if not fixed:
                break
            next_item: Item = fixed.pop(0)
        else:
            next_item, stops_left = next_stop, stops_left - 1
            free.remove(next_stop)
        result = step(day, moment, next_item)
        if result is None:
            raise ValueError("the fixed items are not feasible")
        items.append(next_item)
        moment = result[1]
    return route_of(day, items, frame, solver="nearest", note=note)


def keeps_frame(day: Day, items: Sequence[Item], frame: Frame) -> bool:
    """Return True if an order of items is feasible and keeps all decisions about the day.

    It has all fixed items (breaks, stops fixed by persons...), starts with the first `prefix_length` of them, has no item
    twice and none of those left out of the frame, and has at most `day.room` stops.
    """
    ids = [item.id for item in items]
    return (
        len(set(ids)) == len(ids)
        and set(ids) >= {item.id for item in frame.items}
        and ids[: frame.prefix_length] == [item.id for item in frame.items[: frame.prefix_length]]
        and not set(ids) & frame.left.keys()
        and sum(isinstance(item, Stop) for item in items) <= day.room
        and timetable(day, items) is not None
    )


def _most_urgent_stop(day: Day, moment: Moment, free: Iterable[Stop], fixed: Sequence[Item]) -> Stop | None:
    best: tuple[tuple[bool, int, int, int, str], Stop] | None = None
    for stop in free:
        result = step(day, moment, stop)
        if result is None:
            continue
        duration_s = result[0].begin - moment.time
        waits_too_long = result[0].begin - result[0].arrive > MAX_WAIT_S
        key = (waits_too_long, -(stop.priority // 4), duration_s, stop.latest, stop.id)
        if best is not None and key >= best[0]:
            continue
        if timetable(day, fixed, result[1]) is not None:
            best = (key, stop)
    return best[1] if best else None


def _moment_after(day: Day, items: Iterable[Item]) -> Moment:
    moment = Moment.first(day)
    for item in items:
        result = step(day, moment, item)
        if result is None:
            raise ValueError("the fixed items are not feasible")
        moment = result[1]
    return moment


def _insert(day: Day, frame: Frame, item: Stop | Break) -> bool:
    """Insert a fixed item into the day at the feasible position where the day ends earliest.

    Returns False if no position is feasible.
    """
    best: tuple[int, int] | None = None
    for position in range(len(frame.items) + 1):
        times = timetable(day, [*frame.items[:position], item, *frame.items[position:]])
        if times is not None and (best is None or (times[-1].end, position) < best):
            best = (times[-1].end, position)
    if best is None:
        return False
    frame.items.insert(best[1], item)
    return True


def _insert_early(day: Day, frame: Frame, stop: Stop, first_position: int) -> int | None:
    """Insert a stop at the first feasible position from `first_position` on.

    Returns the position, or None if there is no feasible one.
    """
    for position in range(first_position, len(frame.items) + 1):
        if timetable(day, [*frame.items[:position], stop, *frame.items[position:]]) is not None:
            frame.items.insert(position, stop)
            return position
    return None
