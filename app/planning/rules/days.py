"""Data classes for a day that is to be planned, and for the planned route. Pure.

Times are whole seconds since 1970, distances are whole metres.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of an item of a day. All kinds except `break` and `gap` are stops at a place.

    A gap is the time between two shifts.
    """

    VISIT = "visit"
    HANDLE = "handle"
    CHECK = "check"
    VERIFY = "verify"
    PATROL = "patrol"
    BREAK = "break"
    GAP = "gap"


class Reason(StrEnum):
    """The code of the reason why an item is not in the plan."""

    NO_SHIFT = "no_shift"  # no shift is planned for the worker on this day
    ABSENT = "absent"  # the worker has a substitute on this day
    NO_TIME_LEFT = "no_time_left"  # the day is full
    WINDOW_MISSED = "window_missed"  # there is time, but not within the allowed hours
    TOO_FAR = "too_far"  # the way there takes longer than the rules, or the day, allow
    OVER_CAPACITY = "over_capacity"  # the day has the maximum number of stops
    PIN_CONFLICT = "pin_conflict"  # an earlier pinned stop, or the shift, leaves no time


@dataclass(frozen=True, slots=True)
class Stop:
    """A task at a place, which must begin between `earliest` and `latest`.

    Attributes:
        place: Row of the place in the travel matrix.
        service: Duration in seconds.
        priority: 0 to 10; 10 is the most urgent.
        at: Begin fixed by a person, or None.
        order: Position in the manual order, or None.
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
    """A period without work, which must begin between `earliest` and `latest`."""

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
        start_place: Matrix row of the place from which the worker starts. None: the day may begin anywhere.
        seconds: Matrix of travel times between all places.
        room: Maximum number of further stops.
        base_s: Travel time to each place from the centre of the worker's grids; empty without grids.
        far_s: A stop is too far if its travel time in `base_s` is longer. None: no limit.
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
    """An item of a day (stop, break or gap) with its planned times.

    Attributes:
        travel: Travel time from the previous stop in seconds.
    """

    item: Item
    arrive: int
    begin: int
    end: int
    travel: int


@dataclass(frozen=True, slots=True)
class Route:
    """The planned order of a day with its times.

    Attributes:
        timed: The items in order.
        left: The items left out, each with the reason.
        solver: The program that computed the order.
        note: Why the main solver did not compute it, or None.
    """

    timed: tuple[TimedItem, ...]
    left: tuple[tuple[Item, Reason], ...]
    solver: str
    note: str | None = None
