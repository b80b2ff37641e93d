"""What it costs to go from here to there: the one place where a street network would come in."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EARTH_M = 6_371_008.8


class Travel(Protocol):
    """Seconds from each of n origins to its destination.

    `origins`, `destinations`: (n, 2) of longitude and latitude in degrees, EPSG:4326. `metres` are the straight lines
    between them, which the caller has measured. NaN where there is no way.
    """

    def seconds(self, metres: Floats, origins: Floats | None, destinations: Floats | None) -> Floats: ...


@dataclass(frozen=True, slots=True)
class StraightLine:
    """The straight line, so many seconds a metre, times what the way of going and the hour of day make of it."""

    seconds_per_metre: float
    mode_factor: float = 1.0
    hour_factor: float = 1.0

    def seconds(
        self, metres: Floats, origins: Floats | None = None, destinations: Floats | None = None
    ) -> Floats:
        return metres * (self.seconds_per_metre * self.mode_factor * self.hour_factor)


def straight_metres(origins: Floats, destinations: Floats) -> Floats:
    """Great-circle metres between n pairs of (longitude, latitude); within 0.6 % of the ellipsoid."""
    lon1, lat1 = np.radians(origins).T
    lon2, lat2 = np.radians(destinations).T
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    metres: Floats = 2 * EARTH_M * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return metres


def on_sphere(places: Floats) -> Floats:
    """(n, 2) degrees as (n, 3) points of the unit sphere: nearer there is nearer on the ground, at any meridian."""
    lon, lat = np.radians(places).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
