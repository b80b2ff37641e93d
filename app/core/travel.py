"""Travel times between places: one interface, and the straight-line estimate that needs no service.

Places are (longitude, latitude) in WGS 84 degrees. Times are whole seconds, distances whole metres.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

from app.core.enumerations import Enumeration
from app.core.geodesic import Floats, metres_between_each

Place = tuple[float, float]


class Mode(StrEnum):
    WALK = "walk"
    BICYCLE = "bicycle"


class Basis(StrEnum):
    """The source of a travel time: the straight line with a factor, or the street network."""

    STRAIGHT = "straight"
    NETWORK = "network"
    MIXED = "mixed"  # some ways of the one, some of the other


TRAVEL_BASES = Enumeration(
    "TravelBasis",
    {
        Basis.STRAIGHT: "straight lines with a factor",
        Basis.NETWORK: "the street network",
        Basis.MIXED: "some ways by the street network, the others by straight lines",
    },
)


@dataclass(frozen=True, slots=True)
class Factor:
    """Factor that converts the straight-line distance of two places to a travel time.

    Attributes:
        seconds_per_m: Seconds for each metre of the straight line, detours included.
        hours: Multipliers of `seconds_per_m` by local hour (0 to 23). The multiplier of a missing hour is 1.
    """

    seconds_per_m: float
    hours: Mapping[int, float] = field(default_factory=dict)

    def during(self, hours: Sequence[int]) -> float:
        """Return the seconds for a metre in the slowest of these hours.

        The slowest hour is used so that plans have enough time.
        """
        return self.seconds_per_m * max((self.hours.get(hour, 1.0) for hour in hours), default=1.0)


# Walking at 5 km/h on a street network took 0.93 s a metre of straight line: 29 % of detour in the middle, 11 % off
# on average. Cycling in the same city took 0.38. Other cities differ: a profile may say so.
FACTORS: Mapping[Mode, Factor] = {Mode.WALK: Factor(0.93), Mode.BICYCLE: Factor(0.38)}


@dataclass(frozen=True, slots=True)
class TravelEstimates:
    """Travel estimates for pairs of places.

    `why` has the reasons why the street network gave no travel time, each with the number of pairs.
    """

    seconds: list[int]
    metres: list[int]
    is_network: list[bool]
    why: Mapping[str, int] = field(default_factory=dict)

    @property
    def basis(self) -> Basis:
        if not any(self.is_network):
            return Basis.STRAIGHT
        return Basis.NETWORK if all(self.is_network) else Basis.MIXED


@dataclass(frozen=True, slots=True)
class Matrix:
    """Travel times between all places.

    Attributes:
        seconds, metres: `seconds[i][j]` and `metres[i][j]` are from place i to place j.
        why: Reasons why the street network gave no travel time, each with the number of pairs.
    """

    seconds: list[list[int]]
    metres: list[list[int]]
    basis: Basis
    why: Mapping[str, int] = field(default_factory=dict)


class TravelTime(Protocol):
    """A source of travel times between places.

    `hours` are local hours of the day. `limit_s` is the time limit in seconds for requests to other servers (0: no requests).
    """

    def matrix(
        self, places: Sequence[Place], *, mode: Mode, hours: Sequence[int] = (), limit_s: float = 0
    ) -> Matrix:
        """Return the travel times between all places."""
        ...

    def ways(
        self,
        pairs: Sequence[tuple[Place, Place]],
        *,
        mode: Mode,
        hours: Sequence[int] = (),
        limit_s: float = 0,
    ) -> TravelEstimates:
        """Return the travel estimates from the first to the second place of each pair."""
        ...


class StraightLine:
    """Travel times by the straight line and a factor by mode and hour.

    It needs no service and never fails.
    """

    def __init__(self, factors: Mapping[Mode, Factor] = FACTORS) -> None:
        self.factors = factors

    def matrix(
        self, places: Sequence[Place], *, mode: Mode, hours: Sequence[int] = (), limit_s: float = 0
    ) -> Matrix:
        factor = self.factor(mode).during(hours)
        points = _as_array(places)
        origins, destinations = np.triu_indices(len(places), k=1)
        metres = np.zeros((len(places), len(places)))
        metres[origins, destinations] = metres_between_each(points[origins], points[destinations])
        metres += metres.T
        return Matrix(seconds=_rounded(metres * factor), metres=_rounded(metres), basis=Basis.STRAIGHT)

    def ways(
        self,
        pairs: Sequence[tuple[Place, Place]],
        *,
        mode: Mode,
        hours: Sequence[int] = (),
        limit_s: float = 0,
    ) -> TravelEstimates:
        factor = self.factor(mode).during(hours)
        metres = metres_between_each(
            _as_array([origin for origin, _ in pairs]), _as_array([destination for _, destination in pairs])
        )
        return TravelEstimates(_rounded(metres * factor), _rounded(metres), [False] * len(pairs))

    def factor(self, mode: Mode) -> Factor:
        return self.factors.get(mode) or FACTORS[mode]


def _as_array(places: Sequence[Place]) -> Floats:
    return np.array(places, dtype=np.float64).reshape(-1, 2)


def _rounded(values: Floats) -> Any:
    """Return the values as Python integers, in lists as deep as the array."""
    return np.rint(values).astype(np.int64).tolist()
