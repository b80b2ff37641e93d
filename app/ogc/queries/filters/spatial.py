"""SQL of geometries in a filter.

Literals are validated and transformed to the CRS of the columns, so that indexes apply.
"""

import math
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, box, shape
from shapely.geometry.base import BaseGeometry

from app.core.db import SRID
from app.core.errors import Invalid
from app.ogc.queries.filters.terms import Binds, Term, Type
from app.ogc.rules.cql2 import Fault, wrong_type
from app.ogc.rules.crs import Crs, is_usable, to_lon_lat_order
from app.ogc.rules.parameters import boxes_of

FUNCTIONS = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}


def literal(binds: Binds, node: Any, crs: Crs) -> Term:
    """Return the SQL term, transformed to EPSG:4326, of a GeoJSON geometry or box in `crs`."""
    geometry = _boxed(node["bbox"], crs) if "bbox" in node else _read(node, crs)
    if not crs.is_geographic:
        # An edge that is straight in one system is bent in another; the parameter bbox is cut alike.
        west, south, east, north = geometry.bounds
        geometry = shapely.segmentize(geometry, max(east - west, north - south) / 16 or 1.0)
    name = f"cql_{len(binds.values)}"
    binds.values[name] = shapely.to_wkb(geometry)
    sql = f"ST_GeomFromWKB(cast(:{name} as bytea), {crs.srid})"
    if crs.srid != SRID:
        sql = f"ST_Transform({sql}, {SRID})"
    return Term(Type.GEOMETRY, sql)


def predicate(op: str, left: Term, right: Term) -> str:
    """Return the SQL of a spatial predicate.

    Raises:
        Fault: An operand is no geometry.
    """
    for term in (left, right):
        if term.type is not Type.GEOMETRY:
            raise wrong_type("geometry", term.type)
    sql = f"{FUNCTIONS[op]}({left.sql}, {right.sql})"
    # `&&` uses the index. It cannot find disjoint geometries.
    return sql if op == "s_disjoint" else f"({left.sql} && {right.sql} and {sql})"


def _boxed(numbers: Any, crs: Crs) -> BaseGeometry:
    if (
        not isinstance(numbers, list)
        or len(numbers) not in (4, 6)
        or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
    ):
        raise Fault("filter_geometry")
    flat = numbers if len(numbers) == 4 else [*numbers[:2], *numbers[3:5]]
    west, south, east, north = to_lon_lat_order(crs, [float(n) for n in flat])
    if south > north or (crs.is_geographic and not _is_on_earth(west, south, east, north)):
        raise Fault("filter_geometry")
    try:
        parts = [box(*sides) for sides in boxes_of(crs, (west, south, east, north), "filter")]
    except Invalid:
        raise Fault("filter_geometry") from None
    geometry = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    # A box without area is a line or a point.
    return (
        shapely.envelope(shapely.MultiPoint([(west, south), (east, north)]))
        if geometry.area == 0
        else geometry
    )


def _read(node: Any, crs: Crs) -> BaseGeometry:
    try:
        geometry: BaseGeometry = shapely.force_2d(shape(node))
    except Exception:  # shapely raises many kinds for many kinds of broken input
        raise Fault("filter_geometry") from None
    if crs.is_north_first:
        geometry = shapely.transform(geometry, lambda points: points[:, ::-1])
    if geometry.is_empty or not all(map(math.isfinite, geometry.bounds)) or not geometry.is_valid:
        raise Fault("filter_geometry")
    west, south, east, north = geometry.bounds
    bounds = (west, south, east, north)
    if not (_is_on_earth(*bounds) if crs.is_geographic else is_usable(crs, bounds)):
        raise Fault("filter_geometry")
    return geometry


def _is_on_earth(west: float, south: float, east: float, north: float) -> bool:
    """Return True if a box in degrees is on the globe; it may cross the antimeridian."""
    return all(-180 <= lon <= 180 for lon in (west, east)) and south >= -90 and north <= 90
