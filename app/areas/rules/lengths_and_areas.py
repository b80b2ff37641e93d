"""Size and width of polygons in a plane in metres."""

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry


def land_pieces(shape: BaseGeometry) -> list[Polygon]:
    """Return the polygons of a geometry; its points and lines are left out."""
    pieces = shapely.get_parts(shapely.get_parts(shape))
    return [piece for piece in pieces if isinstance(piece, Polygon) and not piece.is_empty]


def wide_pieces(shape: BaseGeometry, width_m: float) -> list[Polygon]:
    """Return the polygons of a geometry into which a disk of this width fits."""
    return [piece for piece in land_pieces(shape) if not piece.buffer(-width_m / 2).is_empty]


def disk_width_m(piece: Polygon) -> float:
    """Return the diameter of the largest disk inside a polygon.

    The result is accurate to a hundredth of the square root of the polygon's area.
    """
    finest = max(float(np.sqrt(piece.area)) / 100, 1e-3)
    return 2 * float(shapely.maximum_inscribed_circle(piece, finest).length)


def sliver_width_m(piece: Polygon) -> float:
    """Return an estimate of the mean width of a long, narrow polygon."""
    return 2 * float(piece.area) / float(piece.length)
