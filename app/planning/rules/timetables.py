"""Computation of begin and end of each item of a day, for items in a given order. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.planning.rules.days import Break, Day, Item, TimedItem


@dataclass(frozen=True, slots=True)
class Moment:
    """Time and place that the worker has reached while a timetable is computed.

    Attributes:
        place: Matrix row of the last place. None: anywhere.
        walked_s: Seconds of the way to the next place that the worker has walked already, while waiting for a break.
    """

    time: int
    place: int | None
    walked_s: int = 0

    @classmethod
    def first(cls, day: Day) -> "Moment":
        """Return the moment at which a day begins."""
        return cls(day.start, day.start_place)


def step(day: Day, moment: Moment, item: Item) -> tuple[TimedItem, Moment] | None:
    """Return (times of the next item, each as early as possible, and the moment after it).

    Returns None if the item is not feasible at this moment.
    """
    if isinstance(item, Break):
        begin = max(moment.time, item.earliest)
        end = begin + item.service
        if begin > item.latest or end > day.end:
            return None
        # The worker walks on while waiting for a break.
        walked_s = moment.walked_s + begin - moment.time
        return TimedItem(item, moment.time, begin, end, 0), Moment(end, moment.place, walked_s)
    travel_s = day.seconds[moment.place][item.place] if moment.place is not None else 0
    arrive = moment.time + max(0, travel_s - moment.walked_s)
    begin = max(arrive, item.earliest)
    end = begin + item.service
    if begin > item.latest or end > day.end:
        return None
    return TimedItem(item, arrive, begin, end, travel_s), Moment(end, item.place)


def timetable(day: Day, items: Iterable[Item], moment: Moment | None = None) -> list[TimedItem] | None:
    """Return the items with begin and end, each as early as possible.

    Returns None if one of the items is not feasible.
    """
    moment = moment or Moment.first(day)
    timed_items = []
    for item in items:
        result = step(day, moment, item)
        if result is None:
            return None
        timed_items.append(result[0])
        moment = result[1]
    return timed_items
