"""A day to be planned, and the route through it. Pure; times are whole seconds since 1970, ways whole metres."""

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
    WINDOW_MISSED = "window_missed"  # it would fit, but not when it may be done
    TOO_FAR = "too_far"  # the way there takes longer than the rules, or the day, allow
    OVER_CAPACITY = "over_capacity"  # a day has so many stops at most
    PIN_CONFLICT = "pin_conflict"  # what was pinned before it, or the shift, leaves no room at that time


@dataclass(frozen=True, slots=True)
class Stop:
    """Something to do at a place (a row of the matrix). It may begin from `earliest` to `latest`.

    `at`: pinned to begin then. `order`: its place in an order made by hand. `priority` 0 to 10, 10 presses most.
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

    `start_place`: the place of the worker's last stop (None: the day may begin anywhere). `room`: how many
    more stops the day may have. `far_s`: a stop farther than so many seconds from `base_s` of it is too far.
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
    """An item with its times. `travel` seconds on the way, `wait` seconds before it may begin."""

    item: Item
    arrive: int
    begin: int
    end: int
    travel: int


@dataclass(frozen=True, slots=True)
class Route:
    """The order of the day with its times, what was left out and why, and how the order was found."""

    timed: tuple[TimedItem, ...]
    left: tuple[tuple[Item, Reason], ...]
    solver: str
    note: str | None = None
