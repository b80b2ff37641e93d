"""The times of an order of items, or that it cannot be. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.planning.rules.days import Break, Day, Item, Timed


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a day stands: when, at which place, and how much of the next way was walked before a break."""

    time: int
    place: int | None
    walked: int = 0

    @classmethod
    def first(cls, day: Day) -> "Moment":
        return cls(day.start, day.start_place)


def step(day: Day, here: Moment, item: Item) -> tuple[Timed, Moment] | None:
    """Do one more item as early as it can be; None if it cannot be."""
    if isinstance(item, Break):
        begin = max(here.time, item.earliest)
        end = begin + item.service
        if begin > item.latest or end > day.end:
            return None
        # Who waits for a break walks on meanwhile.
        walked = here.walked + begin - here.time
        return Timed(item, here.time, begin, end, 0), Moment(end, here.place, walked)
    way = day.seconds[here.place][item.place] if here.place is not None else 0
    arrive = here.time + max(0, way - here.walked)
    begin = max(arrive, item.earliest)
    end = begin + item.service
    if begin > item.latest or end > day.end:
        return None
    return Timed(item, arrive, begin, end, way), Moment(end, item.place)


def timed(day: Day, items: Iterable[Item], here: Moment | None = None) -> list[Timed] | None:
    """The items in this order, each as early as it can be; None if one of them cannot be."""
    here = here or Moment.first(day)
    found = []
    for item in items:
        done = step(day, here, item)
        if done is None:
            return None
        found.append(done[0])
        here = done[1]
    return found
