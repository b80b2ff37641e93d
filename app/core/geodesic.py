"""Distances on the ground, on the spheroid of WGS 84, as PostGIS computes them between values of type geography.

SQL uses `ST_Distance` and `ST_DWithin` of geography. Both use the algorithm of Karney (2013), so a distance in Python and
the same distance in SQL differ by less than a micrometre. `docs/decisions/0040-measure-on-the-spheroid.md` has the uses.
"""

from math import cos, pi, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

Floats = NDArray[np.float64]
_WGS84 = Geod(ellps="WGS84")
_SEMI_MAJOR_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.69437999014e-3
_METRES_PER_DEGREE = 110_500.0  # at the least, so that a box is never too small


def metres_between(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the distance of two points in metres.

    The points are in degrees (EPSG:4326), and may be on both sides of the antimeridian.
    """
    metres: float = _WGS84.inv(lon_a, lat_a, lon_b, lat_b)[2]
    return metres


def metres_between_each(origins: Floats, destinations: Floats) -> Floats:
    """Return the distances of n pairs of points, in metres.

    Each argument is an (n, 2) array of longitudes and latitudes. NaN stays NaN.
    """
    (lon_a, lat_a), (lon_b, lat_b) = origins.T, destinations.T
    metres: Floats = _WGS84.inv(lon_a, lat_a, lon_b, lat_b, return_back_azimuth=False)[2]
    return metres


def geocentric(places: Floats) -> Floats:
    """Convert (n, 2) longitudes and latitudes in degrees to (n, 3) points in metres from the centre of the earth.

    The nearest of these points is also the nearest on the ground within a city, even across the antimeridian: the straight
    line between two places 10 km apart is a millimetre shorter than the way on the ground.
    """
    lon, lat = np.radians(places).T
    to_axis_m = _SEMI_MAJOR_M / np.sqrt(1 - _ECCENTRICITY_SQUARED * np.sin(lat) ** 2)
    return np.stack(
        [
            to_axis_m * np.cos(lat) * np.cos(lon),
            to_axis_m * np.cos(lat) * np.sin(lon),
            to_axis_m * (1 - _ECCENTRICITY_SQUARED) * np.sin(lat),
        ],
        axis=1,
    )


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Return the length of a degree of longitude and of a degree of latitude at a latitude, in metres.

    With these factors places become points in a local plane.
    """
    w_squared = 1 - _ECCENTRICITY_SQUARED * sin(radians(lat)) ** 2
    east_m = _SEMI_MAJOR_M / sqrt(w_squared) * cos(radians(lat))
    north_m = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / w_squared**1.5
    return east_m * pi / 180, north_m * pi / 180


def metres_per_degree_each(lats: Floats) -> tuple[Floats, Floats]:
    """Return the lengths of `metres_per_degree` at each of n latitudes."""
    radians_north = np.radians(lats)
    w_squared = 1 - _ECCENTRICITY_SQUARED * np.sin(radians_north) ** 2
    east_m: Floats = _SEMI_MAJOR_M / np.sqrt(w_squared) * np.cos(radians_north)
    north_m: Floats = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / w_squared**1.5
    return east_m * pi / 180, north_m * pi / 180


def degrees_around(lat: float, within_m: float) -> tuple[float, float]:
    """Return the degrees of longitude and latitude that cover `within_m` metres at a latitude.

    The result is rather a little too large than too small.
    """
    lat_degrees = within_m / _METRES_PER_DEGREE
    lon_degrees = lat_degrees / max(cos(radians(min(abs(lat) + lat_degrees, 90.0))), 1e-6)
    return min(lon_degrees, 360.0), lat_degrees
