"""Coordinate reference systems: supported systems, axis order, area of use."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
# CGCS2000 in zones of three degrees: with the number of the zone before the easting, and by central meridian.
_ZONES = (*range(4513, 4534), *range(4534, 4555))
URIS: tuple[str, ...] = (CRS84, *(f"{_EPSG}{code}" for code in (4326, 3857, 4490, *_ZONES)))
# Metres in plane systems: zones put their number before an easting, so that 45 thousand kilometres are possible.
_FARTHEST_M = 1e8


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate reference system.

    Attributes:
        is_north_first: Latitude or northing is the first axis.
        digits: Decimals of a coordinate for a precision of about a centimetre.
        area: The area of use in degrees: west, south, east, north.
    """

    uri: str
    srid: int
    is_north_first: bool
    is_geographic: bool
    digits: int
    area: tuple[float, float, float, float]


STORED = Crs(CRS84, 4326, False, True, 7, (-180.0, -90.0, 180.0, 90.0))


@lru_cache(maxsize=100)
def crs_of(uri: str) -> Crs | None:
    """Return the system that a URI names, or None if it is not supported."""
    if uri == CRS84:
        return STORED
    if uri not in URIS:
        return None
    srid = int(uri.removeprefix(_EPSG))
    definition = pyproj.CRS.from_epsg(srid)
    area = definition.area_of_use
    return Crs(
        uri,
        srid,
        definition.axis_info[0].direction == "north",
        definition.is_geographic,
        7 if definition.is_geographic else 3,
        area.bounds if area is not None else STORED.area,
    )


def to_lon_lat_order(crs: Crs, box: Sequence[float]) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a box that is in the axis order of its CRS."""
    first, second, third, fourth = box
    return (second, first, fourth, third) if crs.is_north_first else (first, second, third, fourth)


def is_usable(crs: Crs, box: Sequence[float]) -> bool:
    """Return True if a box (west, south, east, north, in units of the CRS) can be transformed to degrees."""
    if crs.srid == STORED.srid:
        return True
    west, south, east, north = box
    if max(map(abs, box)) > _FARTHEST_M:
        return False
    bounds = _to_degrees(crs.srid).transform_bounds(west, south, east, north, densify_pts=5)
    return all(math.isfinite(value) for value in bounds)


def to_degrees(geometry: BaseGeometry, crs: Crs) -> BaseGeometry:
    """Transform a geometry in the CRS and its axis order to degrees, longitude first."""
    if crs.is_north_first:
        geometry = shapely.transform(geometry, lambda points: points[:, ::-1])
    if crs.srid == STORED.srid:
        return geometry
    transformer = _to_degrees(crs.srid)
    return shapely.transform(
        geometry, lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
    )


@lru_cache(maxsize=100)
def _to_degrees(srid: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(srid, STORED.srid, always_xy=True)
