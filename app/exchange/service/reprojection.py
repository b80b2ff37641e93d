"""Transformation of a file's coordinates to WGS 84 (longitude, latitude)."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from app.core.coordinates import to_wgs84
from app.exchange.queries import coordinates as queries
from app.exchange.rules.faults import FileRefused
from app.exchange.service.options import SHIFTED

Point = tuple[float, float]


def require_crs(session: Session, crs: str | None) -> None:
    """Refuse a coordinate system that cannot be transformed to WGS 84.

    Raises:
        FileRefused: `crs_unknown`.
    """
    if crs is None or crs in SHIFTED:
        return
    try:
        with session.begin_nested():
            queries.to_wgs84(session, [(0.0, 0.0)], crs)
    except OperationalError:  # the database is away, or took too long
        raise
    except DBAPIError as error:
        if "invalid coordinate" not in str(error.orig).lower():
            raise FileRefused("crs_unknown", crs=crs[:60]) from None


def points_to_degrees(session: Session, points: Sequence[Point], crs: str | None) -> list[Point | None]:
    """Transform points to longitude and latitude (WGS 84).

    A point that cannot be transformed becomes None.
    """
    if crs is None:
        return list(points)
    if crs in SHIFTED:
        return [to_wgs84(x, y, crs) for x, y in points]
    return [_on_globe(point) for point in _transformed(session, points, crs)]


def shapes_to_degrees(
    session: Session, shapes: Sequence[BaseGeometry], crs: str | None
) -> list[BaseGeometry]:
    """Transform geometries to longitude and latitude (WGS 84)."""
    if crs is None:
        return list(shapes)
    if crs in SHIFTED:
        return [
            shapely.transform(shape, lambda xy: np.array([to_wgs84(x, y, crs) for x, y in xy.tolist()]))
            for shape in shapes
        ]
    return [
        shapely.from_wkb(wkb)
        for wkb in queries.shapes_to_wgs84(session, [shapely.to_wkb(shape) for shape in shapes], crs)
    ]


def _transformed(session: Session, points: Sequence[Point], crs: str) -> list[Point | None]:
    """Transform points to WGS 84. A point that cannot be transformed becomes None.

    One bad point makes the whole SQL statement fail. So the list is halved again and again until the bad point is alone.
    """
    try:
        with session.begin_nested():
            return queries.to_wgs84(session, points, crs)
    except DBAPIError:
        if len(points) == 1:
            return [None]
        half = len(points) // 2
        return _transformed(session, points[:half], crs) + _transformed(session, points[half:], crs)


def _on_globe(point: Point | None) -> Point | None:
    if point is None or not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90):
        return None
    return point
