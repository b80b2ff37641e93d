"""Land and sea from the coastlines of OpenStreetMap, which have land on their left and water on their right."""

from collections.abc import Sequence
from itertools import pairwise

from shapely import LineString, MultiLineString, Point, Polygon, box, clip_by_rect, get_parts, line_merge
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient
from shapely.ops import polygonize

from app.basemap.rules.schema import Bounds

Position = tuple[float, float]
# An extract cuts a coastline at its last node inside. An end so near to the edge, as a part of the diagonal, is led there.
_REACH = 0.05


def land_and_sea(coastlines: Sequence[LineString], bounds: Bounds) -> tuple[list[Polygon], list[Polygon]]:
    """Return the polygons of land and of sea that fill the bounds. Without coastlines everything is land.

    Args:
        bounds: West, south, east, north, in the units of the coastlines.
    """
    area = box(*bounds)
    # Clipping by a rectangle keeps the direction of lines. An intersection does not promise that.
    clipped = [part for path in coastlines for part in get_parts(clip_by_rect(path, *bounds)) if part.length]
    lines = get_parts(line_merge(MultiLineString(clipped), directed=True))
    coast = [_to_edge(path, area) for path in lines]
    if not coast:
        return [area], []
    steps = {step for path in coast for step in pairwise(path.coords)}
    land: list[Polygon] = []
    sea: list[Polygon] = []
    for face in polygonize([*coast, *_edge(coast, area)]):
        # Rings are turned so that the face is on their left: a step of the coast in that direction has it as land.
        votes = sum(
            (step in steps) - (step[::-1] in steps)
            for ring in (orient(face).exterior, *orient(face).interiors)
            for step in pairwise(ring.coords)
        )
        (sea if votes < 0 else land).append(face)
    return land, sea


def _to_edge(path: LineString, area: Polygon) -> LineString:
    """Return a line whose ends are led to the edge of the area if they are near; a closed one as it is."""
    coordinates = list(path.coords)
    if coordinates[0] == coordinates[-1]:
        return path
    west, south, east, north = area.bounds
    reach = _REACH * Point(west, south).distance(Point(east, north))
    edge = area.boundary
    for place in (0, len(coordinates)):
        end = Point(coordinates[0 if place == 0 else -1])
        near = edge.interpolate(edge.project(end))
        if 0 < end.distance(near) < reach:
            coordinates.insert(place if place == 0 else len(coordinates), near.coords[0])
    return LineString(coordinates)


def _edge(coast: Sequence[LineString], area: Polygon) -> list[LineString]:
    """Return the edge of the area, divided exactly at the ends of the coast."""
    edge = area.boundary
    corners = _positions(edge)[:-1]
    places = {edge.project(Point(corner)): corner for corner in corners}
    for path in coast:
        for end in (_positions(path)[0], _positions(path)[-1]):
            if edge.distance(Point(end)) < 1e-9:
                places[edge.project(Point(end))] = end
    around = [places[at] for at in sorted(places)]
    return [LineString(step) for step in pairwise([*around, around[0]]) if step[0] != step[1]]


def _positions(path: BaseGeometry) -> list[Position]:
    return [(float(x), float(y)) for x, y in path.coords]
