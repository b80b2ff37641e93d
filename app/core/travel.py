"""How long it takes to get from one place to another: one small interface, and the estimate that is always there.

Places are (longitude, latitude) in WGS 84 degrees. Times are whole seconds, ways whole metres.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from app.core.sphere import metres_between

Place = tuple[float, float]


class Mode(StrEnum):
    WALK = "walk"
    BICYCLE = "bicycle"


class Basis(StrEnum):
    """What a time was made of: a straight line and a factor, or the street network."""

    STRAIGHT = "straight"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Factor:
    """Seconds for a metre of straight line; `hours` (0 to 23, local) makes some hours slower or faster."""

    seconds_per_m: float
    hours: Mapping[int, float] = field(default_factory=dict)

    def during(self, hours: Sequence[int]) -> float:
        """The slowest of these hours: nothing that is planned with it is too tight."""
        return self.seconds_per_m * max((self.hours.get(hour, 1.0) for hour in hours), default=1.0)


# Walking at 5 km/h on a street network took 0.93 s a metre of straight line: 29 % of detour in the middle, 11 % off
# on average. Cycling in the same city took 0.38. Other cities differ: a profile may say so.
FACTORS: Mapping[Mode, Factor] = {Mode.WALK: Factor(0.93), Mode.BICYCLE: Factor(0.38)}


@dataclass(frozen=True, slots=True)
class Matrix:
    """`seconds[i][j]` and `metres[i][j]` from place i to place j."""

    seconds: list[list[int]]
    metres: list[list[int]]
    basis: Basis


class TravelTime(Protocol):
    """Who can say how long it takes between any two of some places."""

    def matrix(self, places: Sequence[Place], *, mode: Mode, hours: Sequence[int] = ()) -> Matrix:
        """Between all of them, at these local hours of the day."""
        ...


class StraightLine:
    """Straight line times a factor by mode and hour. Needs nothing and never fails."""

    def __init__(self, factors: Mapping[Mode, Factor] = FACTORS) -> None:
        self.factors = factors

    def matrix(self, places: Sequence[Place], *, mode: Mode, hours: Sequence[int] = ()) -> Matrix:
        factor = (self.factors.get(mode) or FACTORS[mode]).during(hours)
        metres = [[metres_between(*here, *there) for there in places] for here in places]
        return Matrix(
            seconds=[[round(way * factor) for way in row] for row in metres],
            metres=[[round(way) for way in row] for row in metres],
            basis=Basis.STRAIGHT,
        )
