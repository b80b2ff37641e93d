"""Distances on the ground, on a sphere with the earth's mean radius.

They differ from distances on the ellipsoid by at most half a percent.
"""

from math import asin, cos, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EARTH_RADIUS_M = 6_371_008.8
_METRES_PER_DEGREE = 110_500.0  # at the least, so that a box is never too small


def degrees_around(lat: float, within_m: float) -> tuple[float, float]:
    """Return the degrees of longitude and latitude that cover `within_m` metres at a latitude.

    The result is rather a little too large than too small.
    """
    lat_degrees = within_m / _METRES_PER_DEGREE
    lon_degrees = lat_degrees / max(cos(radians(min(abs(lat) + lat_degrees, 90.0))), 1e-6)
    return min(lon_degrees, 360.0), lat_degrees


def metres_between(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the great-circle distance of two points in metres.

    The points are in degrees (EPSG:4326), and may be on both sides of the antimeridian.
    """
    phi_a, phi_b = radians(lat_a), radians(lat_b)
    haversine = sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(haversine)))


def metres_between_each(origins: Floats, destinations: Floats) -> Floats:
    """Return the great-circle distances of n pairs of points, in metres.

    Each argument is an (n, 2) array of longitudes and latitudes. NaN stays NaN.
    """
    lon_a, phi_a = np.radians(origins).T
    lon_b, phi_b = np.radians(destinations).T
    haversine = (
        np.sin((phi_b - phi_a) / 2) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin((lon_b - lon_a) / 2) ** 2
    )
    metres: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(haversine, 1)))
    return metres


def on_unit_sphere(places: Floats) -> Floats:
    """Convert (n, 2) longitudes and latitudes in degrees to (n, 3) points on the unit sphere.

    The nearest of these points is also the nearest on the ground, even across the antimeridian.
    """
    lon, lat = np.radians(places).T
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
