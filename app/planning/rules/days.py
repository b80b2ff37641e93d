"""A day to be planned, and the route through it. Pure.

Times are whole seconds since 1970, distances whole metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of an item. A break has no place; a gap is the time between two shifts."""

    VISIT = "visit"
    HANDLE = "handle"
    CHECK = "check"
    VERIFY = "verify"
    PATROL = "patrol"
    BREAK = "break"
    GAP = "gap"


class Reason(StrEnum):
    """The reason why an item is not in the plan."""

    NO_SHIFT = "no_shift"  # no shift is planned for the worker on this day
    ABSENT = "absent"  # the worker has a substitute on this day
    NO_TIME_LEFT = "no_time_left"  # the day is full
    WINDOW_MISSED = "window_missed"  # there is time, but not within the allowed hours
    TOO_FAR = "too_far"  # the way there takes longer than the rules, or the day, allow
    OVER_CAPACITY = "over_capacity"  # the day has the maximum number of stops
    PIN_CONFLICT = "pin_conflict"  # an earlier pinned stop, or the shift, leaves no time


@dataclass(frozen=True, slots=True)
class Stop:
    """Something to do at a place, which may begin from `earliest` to `latest`.

    Attributes:
        place: Row of the travel matrix.
        service: Duration in seconds.
        priority: 0 to 10; 10 is the most urgent.
        at: Pinned begin, or None.
        order: Place in the manual order, or None.
    """

    id: str
    kind: Kind
    place: int
    service: int
    earliest: int
    latest: int
    priority: int = 1
    at: int | None = None
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Time without work that begins from `earliest` to `latest`."""

    id: str
    kind: Kind
    service: int
    earliest: int
    latest: int


Item = Stop | Break


@dataclass(frozen=True, slots=True)
class Day:
    """The part of a day that is still to be planned, from `start` to `end`.

    Attributes:
        start_place: Matrix row of the worker's last stop; None: the day may begin anywhere.
        seconds: Travel times from each place to each other.
        room: Number of stops that the day may still have.
        base_s: Travel time of each place from the centre of the worker's grids; empty without grids.
        far_s: A stop with a longer `base_s` is too far; None: no limit.
    """

    start: int
    end: int
    start_place: int | None
    stops: tuple[Stop, ...]
    breaks: tuple[Break, ...]
    seconds: Sequence[Sequence[int]]
    room: int
    base_s: Sequence[int] = ()
    far_s: int | None = None


@dataclass(frozen=True, slots=True)
class TimedItem:
    """An item with its times. `travel`: seconds on the way from the stop before."""

    item: Item
    arrive: int
    begin: int
    end: int
    travel: int


@dataclass(frozen=True, slots=True)
class Route:
    """The order of the day with its times, the items left out with the reason, and the solver."""

    timed: tuple[TimedItem, ...]
    left: tuple[tuple[Item, Reason], ...]
    solver: str
    note: str | None = None
