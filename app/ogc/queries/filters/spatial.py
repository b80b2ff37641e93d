"""Geometries of a filter: checked before PostgreSQL sees them, and turned to where the columns are, never the other way."""

import math
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, box, shape
from shapely.geometry.base import BaseGeometry

from app.core.db import SRID
from app.core.errors import Invalid
from app.ogc.queries.filters.terms import Binds, Term, Type
from app.ogc.rules.cql2 import Fault
from app.ogc.rules.crs import Crs, in_order, is_usable
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
    """A geometry of the tree, GeoJSON or a box, in the CRS of the filter."""
    found = _boxed(node["bbox"], crs) if "bbox" in node else _read(node, crs)
    if not crs.is_geographic:
        # An edge that is straight in one system is bent in another; the parameter bbox is cut alike.
        west, south, east, north = found.bounds
        found = shapely.segmentize(found, max(east - west, north - south) / 16 or 1.0)
    name = f"cql_{len(binds.values)}"
    binds.values[name] = shapely.to_wkb(found)
    sql = f"ST_GeomFromWKB(cast(:{name} as bytea), {crs.srid})"
    if crs.srid != SRID:
        sql = f"ST_Transform({sql}, {SRID})"
    return Term(Type.GEOMETRY, sql)


def predicate(op: str, left: Term, right: Term) -> str:
    for term in (left, right):
        if term.type is not Type.GEOMETRY:
            raise Fault("filter_type", wanted="a geometry", found=term.type)
    sql = f"{FUNCTIONS[op]}({left.sql}, {right.sql})"
    # The boxes meet first: that is what the index knows. Nothing that is disjoint can be found so.
    return sql if op == "s_disjoint" else f"({left.sql} && {right.sql} and {sql})"


def _boxed(numbers: Any, crs: Crs) -> BaseGeometry:
    if (
        not isinstance(numbers, list)
        or len(numbers) not in (4, 6)
        or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers)
    ):
        raise Fault("filter_geometry")
    flat = numbers if len(numbers) == 4 else [*numbers[:2], *numbers[3:5]]
    west, south, east, north = in_order(crs, [float(n) for n in flat])
    if south > north or (crs.is_geographic and not _is_on_earth(west, south, east, north)):
        raise Fault("filter_geometry")
    try:
        parts = [box(*found) for found in boxes_of(crs, (west, south, east, north), "filter")]
    except Invalid:
        raise Fault("filter_geometry") from None
    found = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    # A box without area is a line or a point.
    return shapely.envelope(shapely.MultiPoint([(west, south), (east, north)])) if found.area == 0 else found


def _read(node: Any, crs: Crs) -> BaseGeometry:
    try:
        found: BaseGeometry = shapely.force_2d(shape(node))
    except Exception:  # shapely raises many kinds for many kinds of broken input
        raise Fault("filter_geometry") from None
    if crs.is_north_first:
        found = shapely.transform(found, lambda points: points[:, ::-1])
    if found.is_empty or not all(map(math.isfinite, found.bounds)) or not found.is_valid:
        raise Fault("filter_geometry")
    west, south, east, north = found.bounds
    bounds = (west, south, east, north)
    if not (_is_on_earth(*bounds) if crs.is_geographic else is_usable(crs, bounds)):
        raise Fault("filter_geometry")
    return found


def _is_on_earth(west: float, south: float, east: float, north: float) -> bool:
    """In degrees; a box may go over the antimeridian. Nothing is clipped: what is outside was meant for another CRS."""
    return all(-180 <= lon <= 180 for lon in (west, east)) and south >= -90 and north <= 90
