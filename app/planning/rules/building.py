"""A route from what people decided and what must be, and from the nearest next thing. Pure.

Gaps between shifts come first, then pinned times, then breaks, then the order made by hand; what is free goes
around them. So what stands in the way of something is always what was decided before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.planning.rules.days import Break, Day, Item, Kind, Reason, Route, Stop
from app.planning.rules.reasons import why_left
from app.planning.rules.timing import Moment, step, timed

# Whoever would have to wait longer than this does something else first.
PATIENCE_S = 15 * 60


@dataclass(slots=True)
class Frame:
    """What is decided: `items` in their order, the first `led` of which nothing may come between; what is left out."""

    items: list[Item] = field(default_factory=list)
    led: int = 0
    left: dict[str, Reason] = field(default_factory=dict)

    @property
    def stops(self) -> int:
        return sum(isinstance(item, Stop) for item in self.items)


def frame(day: Day) -> Frame:
    """Gaps, pinned stops, breaks and the order made by hand; what of them cannot be, with the reason."""
    made = Frame()
    for gap in sorted((b for b in day.breaks if b.kind is Kind.GAP), key=lambda b: b.earliest):
        _insert(day, made, gap)
    pinned = [stop for stop in day.stops if stop.at is not None]
    for stop in sorted(pinned, key=lambda s: (s.at or 0, s.id)):
        if made.stops >= day.room:
            made.left[stop.id] = Reason.OVER_CAPACITY
        elif not _insert(day, made, stop):
            made.left[stop.id] = Reason.PIN_CONFLICT
    for rest in sorted((b for b in day.breaks if b.kind is Kind.BREAK), key=lambda b: (b.earliest, b.id)):
        if not _insert(day, made, rest):
            made.left[rest.id] = Reason.NO_TIME_LEFT
    after = 0
    ordered = [stop for stop in day.stops if stop.at is None and stop.order is not None]
    for stop in sorted(ordered, key=lambda s: (s.order or 0, s.id)):
        place = None
        if made.stops < day.room and not is_too_far(day, stop):
            place = _insert_early(day, made, stop, after)
        if place is None:
            made.left[stop.id] = (
                Reason.OVER_CAPACITY
                if made.stops >= day.room
                else why_left(day, stop, made.items, is_full=False)
            )
        else:
            after = place + 1
    made.led = after
    return made


def free_stops(day: Day) -> list[Stop]:
    """Those that nobody pinned or put in order, and that are not too far."""
    return [s for s in day.stops if s.at is None and s.order is None and not is_too_far(day, s)]


def is_too_far(day: Day, stop: Stop) -> bool:
    return day.far_s is not None and bool(day.base_s) and day.base_s[stop.place] > day.far_s


def route_of(day: Day, items: Sequence[Item], made: Frame, *, solver: str, note: str | None = None) -> Route:
    """The route of an order that can be, with a reason for all that is not in it."""
    times = timed(day, items)
    if times is None:
        raise ValueError("an order that cannot be")
    there = {item.id for item in items}
    is_full = sum(isinstance(item, Stop) for item in items) >= day.room
    left: list[tuple[Item, Reason]] = []
    everything: list[Item] = [*day.stops, *day.breaks]
    for item in everything:
        if item.id in there:
            continue
        reason = made.left.get(item.id)
        if reason is None and isinstance(item, Stop):
            reason = (
                Reason.TOO_FAR
                if item.at is None and is_too_far(day, item)
                else why_left(day, item, items, is_full=is_full)
            )
        left.append((item, reason or Reason.NO_TIME_LEFT))
    return Route(tuple(times), tuple(left), solver, note)


def nearest(day: Day, made: Frame | None = None, *, note: str | None = None) -> Route:
    """The most pressing nearest thing next, again and again, around what is decided. Needs no solver."""
    made = made or frame(day)
    items: list[Item] = list(made.items[: made.led])
    fixed: list[Item] = list(made.items[made.led :])
    here = _after(day, items)
    free = free_stops(day)
    room = day.room - made.stops
    while fixed or free:
        chosen = _best(day, here, free, fixed) if room > 0 else None
        if chosen is None:
            if not fixed:
                break
            following: Item = fixed.pop(0)
        else:
            following, room = chosen, room - 1
            free.remove(chosen)
        done = step(day, here, following)
        if done is None:
            raise ValueError("what is decided cannot be")
        items.append(following)
        here = done[1]
    return route_of(day, items, made, solver="nearest", note=note)


def keeps_frame(day: Day, items: Sequence[Item], made: Frame) -> bool:
    """Whether an order can be, has all that is decided, begins as decided, and has no more stops than may be."""
    there = [item.id for item in items]
    return (
        len(set(there)) == len(there)
        and set(there) >= {item.id for item in made.items}
        and there[: made.led] == [item.id for item in made.items[: made.led]]
        and not set(there) & made.left.keys()
        and sum(isinstance(item, Stop) for item in items) <= day.room
        and timed(day, items) is not None
    )


def _best(day: Day, here: Moment, free: Iterable[Stop], fixed: Sequence[Item]) -> Stop | None:
    best: tuple[tuple[bool, int, int, int, str], Stop] | None = None
    for stop in free:
        done = step(day, here, stop)
        if done is None:
            continue
        takes = done[0].begin - here.time
        is_impatient = done[0].begin - done[0].arrive > PATIENCE_S
        key = (is_impatient, -(stop.priority // 4), takes, stop.latest, stop.id)
        if best is not None and key >= best[0]:
            continue
        if timed(day, fixed, done[1]) is not None:
            best = (key, stop)
    return best[1] if best else None


def _after(day: Day, items: Iterable[Item]) -> Moment:
    here = Moment.first(day)
    for item in items:
        done = step(day, here, item)
        if done is None:
            raise ValueError("what is decided cannot be")
        here = done[1]
    return here


def _insert(day: Day, made: Frame, item: Stop | Break) -> bool:
    """Where the day ends first with it; False if nowhere."""
    best: tuple[int, int] | None = None
    for place in range(len(made.items) + 1):
        times = timed(day, [*made.items[:place], item, *made.items[place:]])
        if times is not None and (best is None or (times[-1].end, place) < best):
            best = (times[-1].end, place)
    if best is None:
        return False
    made.items.insert(best[1], item)
    return True


def _insert_early(day: Day, made: Frame, stop: Stop, after: int) -> int | None:
    """The first place from `after` on where it can be; None if nowhere."""
    for place in range(after, len(made.items) + 1):
        if timed(day, [*made.items[:place], stop, *made.items[place:]]) is not None:
            made.items.insert(place, stop)
            return place
    return None
