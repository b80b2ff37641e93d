"""A local plane in metres, to measure and repair geometries that are stored in degrees.

Degrees are EPSG:4326 in the order longitude, latitude. The projection is equirectangular about the centre of the plane,
with the radii of curvature of WGS 84 there. At 30 degrees of latitude, areas and lengths are accurate to 0.1 % up
to 10 km north or south of the centre, and to 0.25 % up to 25 km.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from app.core.geodesic import metres_per_degree

_Coordinates = NDArray[np.float64]
_Shape = TypeVar("_Shape", bound=BaseGeometry)


class Plane:
    """A local plane in metres about the centre of some geometries.

    The plane remembers the degrees of every point that it has transformed. A point that was not moved is therefore
    transformed back to exactly the same degrees.
    """

    def __init__(self, shapes: Sequence[BaseGeometry]) -> None:
        west, south, east, north = (
            float(edge) for edge in shapely.total_bounds(np.array(shapes, dtype=object))
        )
        self._middle = np.array([(west + east) / 2, (south + north) / 2])
        self._metres_per_degree = np.array(metres_per_degree((south + north) / 2))
        self._degrees: dict[tuple[float, float], tuple[float, float]] = {}

    def flat(self, shape: _Shape) -> _Shape:
        """Transform a geometry from degrees (EPSG:4326) to metres in the plane."""
        return shapely.transform(shape, self._to_metres)

    def round(self, shape: _Shape) -> _Shape:
        """Transform a geometry from metres in the plane back to degrees (EPSG:4326)."""
        return shapely.transform(shape, self._to_degrees)

    def _to_metres(self, degrees: _Coordinates) -> _Coordinates:
        metres: _Coordinates = (degrees - self._middle) * self._metres_per_degree
        for point_m, point_deg in zip(metres.tolist(), degrees.tolist(), strict=True):
            self._degrees.setdefault((point_m[0], point_m[1]), (point_deg[0], point_deg[1]))
        return metres

    def _to_degrees(self, metres: _Coordinates) -> _Coordinates:
        computed: _Coordinates = metres / self._metres_per_degree + self._middle
        points_deg = [
            self._degrees.get((point_m[0], point_m[1]), (computed_deg[0], computed_deg[1]))
            for point_m, computed_deg in zip(metres.tolist(), computed.tolist(), strict=True)
        ]
        return np.array(points_deg, dtype=np.float64).reshape(-1, 2)
