"""Snapping: moves boundaries of new areas to close narrow gaps and overlaps between areas.

All geometries are in a plane in metres (see plane.py). New areas are movable. Siblings that are not redrawn and the parent
are fixed: they never change. The work has two steps:

1. GEOS's coverage cleaner fits the movable geometries to each other.
2. The movable geometries are fitted to the fixed ones. A vertex moves to a fixed vertex within the tolerance, else to the
   nearest point of a fixed edge within the tolerance. Then each fixed vertex that lies within the tolerance of a movable edge
   is inserted into this edge.

A move only depends on the position of the vertex, so movable geometries that shared an edge still share it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon, STRtree

Shape = Polygon | MultiPolygon
_Vertex = tuple[float, float]
_Edge = tuple[_Vertex, _Vertex]
_SAME_PLACE_M = 1e-6
_CRUMB_M2 = 1e-3


def snapped(movable: Sequence[Shape], fixed: Sequence[Shape], tolerance_m: float) -> list[Shape]:
    """Return the movable geometries, fitted to each other and to the fixed ones.

    A geometry of which nothing would remain is returned unchanged.
    """
    if not movable:
        return []
    fitted = _fitted_to_each_other(movable, tolerance_m)
    if fixed:
        fitted = _fitted_to_fixed(fitted, fixed, tolerance_m)
    return [repaired(after, _CRUMB_M2) or before for before, after in zip(movable, fitted, strict=True)]


def repaired(shape: Shape, crumb: float) -> Shape | None:
    """Return a geometry made valid, without spikes and tiny pieces; None if nothing remains.

    Snapping can leave spikes.

    Args:
        crumb: Pieces with at most this area are removed; in the square of the geometry's unit.
    """
    if shape.is_valid and not shape.is_empty:
        return shape
    pieces = shapely.get_parts(shapely.make_valid(shape, method="structure", keep_collapsed=False))
    land = [piece for piece in pieces if isinstance(piece, Polygon) and piece.area > crumb]
    if len(land) > 1:
        return MultiPolygon(land)
    return land[0] if land else None


def _fitted_to_each_other(shapes: Sequence[Shape], tolerance_m: float) -> list[Shape]:
    array = np.array(shapes, dtype=object)
    if len(shapes) < 2 or shapely.coverage_is_valid(array, gap_width=tolerance_m):
        return list(shapes)
    # Not in the stubs for shapely 2.1, which are the newest.
    clean = shapely.coverage_clean  # type: ignore[attr-defined, unused-ignore]
    return list(clean(array, gap_width=tolerance_m, snapping_distance=tolerance_m))


def _fitted_to_fixed(shapes: Sequence[Shape], fixed: Sequence[Shape], tolerance_m: float) -> list[Shape]:
    fixed_edges = sorted({edge for shape in fixed for edge in _edges(shape)})
    fixed_vertices = sorted({vertex for edge in fixed_edges for vertex in edge})
    vertices = sorted({vertex for shape in shapes for edge in _edges(shape) for vertex in edge})
    touched = _nearest(
        STRtree(shapely.points(vertices)), shapely.points(fixed_vertices), _SAME_PLACE_M
    ).keys()
    moves = _moves(vertices, fixed_vertices, fixed_edges, touched, tolerance_m)
    moved = [_rebuilt(shape, lambda ring: [moves[vertex] for vertex in ring]) for shape in shapes]
    additions = _additions(moved, fixed_vertices, tolerance_m)
    return [_rebuilt(shape, lambda ring: _with_additions(ring, additions)) for shape in moved]


def _moves(
    vertices: Sequence[_Vertex],
    fixed_vertices: Sequence[_Vertex],
    fixed_edges: Sequence[_Edge],
    touched: Set[int],
    tolerance_m: float,
) -> dict[_Vertex, _Vertex]:
    """Return the new position of each vertex of the movable geometries.

    A vertex usually moves to the nearest fixed vertex within the tolerance, else to the nearest fixed edge. A vertex that lies
    on a fixed edge stays if a movable geometry already has that nearest fixed vertex, because then there is no gap to close.

    Args:
        touched: Indexes of the fixed vertices that are vertices of a movable geometry.
    """
    points = shapely.points(vertices)
    edges = shapely.linestrings(fixed_edges)
    near_vertex = _nearest(STRtree(shapely.points(fixed_vertices)), points, tolerance_m)
    near_edge = _nearest(STRtree(edges), points, tolerance_m)
    moves = {vertex: vertex for vertex in vertices}
    for index, (edge, edge_distance) in near_edge.items():
        vertex, vertex_distance = near_vertex.get(index, (-1, np.inf))
        if vertex_distance > _SAME_PLACE_M >= edge_distance and (vertex < 0 or vertex in touched):
            continue
        if vertex >= 0:
            moves[vertices[index]] = fixed_vertices[vertex]
        else:
            offset_m = shapely.line_locate_point(edges[edge], points[index])
            foot = shapely.line_interpolate_point(edges[edge], offset_m)
            moves[vertices[index]] = (float(foot.x), float(foot.y))
    return moves


def _additions(
    shapes: Sequence[Shape], fixed_vertices: Sequence[_Vertex], tolerance_m: float
) -> dict[_Edge, list[_Vertex]]:
    """Return the fixed vertices to insert into edges of the geometries, by edge.

    The vertices of an edge are ordered by their distance from its first vertex. A fixed vertex is inserted into one edge only.
    """
    edges = sorted({edge for shape in shapes for edge in _edges(shape)})
    used = {vertex for edge in edges for vertex in edge}
    free = [vertex for vertex in fixed_vertices if vertex not in used]
    if not free or not edges:
        return {}
    lines, points = shapely.linestrings(edges), shapely.points(free)
    offsets: dict[_Edge, list[tuple[float, _Vertex]]] = {}
    for index, (edge, _) in _nearest(STRtree(lines), points, tolerance_m).items():
        offset_m = float(shapely.line_locate_point(lines[edge], points[index]))
        if _SAME_PLACE_M < offset_m < lines[edge].length - _SAME_PLACE_M:
            offsets.setdefault(edges[edge], []).append((offset_m, free[index]))
    return {edge: [vertex for _, vertex in sorted(additions)] for edge, additions in offsets.items()}


def _nearest(tree: STRtree, points: NDArray[np.object_], within_m: float) -> dict[int, tuple[int, float]]:
    """Find the nearest item of a spatial index for each point.

    Return {index of the point: (index of the item, distance)}. Points without an item within `within_m` are left out.
    """
    (point_indexes, tree_indexes), distances = tree.query_nearest(
        points, max_distance=within_m, return_distance=True, all_matches=False
    )
    return {
        int(point_index): (int(tree_index), float(distance))
        for point_index, tree_index, distance in zip(point_indexes, tree_indexes, distances, strict=True)
    }


def _with_additions(ring: Sequence[_Vertex], additions: dict[_Edge, list[_Vertex]]) -> list[_Vertex]:
    result = [ring[0]]
    for start, end in pairwise(ring):
        inserted = additions.get((min(start, end), max(start, end)), [])
        result += [*(inserted if start < end else reversed(inserted)), end]
    return result


def _edges(shape: Shape) -> Iterator[_Edge]:
    for polygon in _polygons(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            for start, end in pairwise(_vertices(ring)):
                if start != end:
                    yield min(start, end), max(start, end)


def _rebuilt(shape: Shape, change: Callable[[Sequence[_Vertex]], Iterable[_Vertex]]) -> Shape:
    """Return a copy of a polygon in which `change` has replaced the vertices of each ring.

    Rings (outlines and holes) with too few vertices are removed.
    """
    polygons = []
    for polygon in _polygons(shape):
        shell, *holes = [
            _without_repeats(change(_vertices(ring))) for ring in (polygon.exterior, *polygon.interiors)
        ]
        if len(shell) >= 4:
            polygons.append(Polygon(shell, [hole for hole in holes if len(hole) >= 4]))
    return polygons[0] if len(polygons) == 1 and isinstance(shape, Polygon) else MultiPolygon(polygons)


def _polygons(shape: Shape) -> Sequence[Polygon]:
    return [shape] if isinstance(shape, Polygon) else list(shape.geoms)


def _vertices(ring: LineString) -> list[_Vertex]:
    return [(x, y) for x, y, *_ in ring.coords]


def _without_repeats(ring: Iterable[_Vertex]) -> list[_Vertex]:
    result: list[_Vertex] = []
    for vertex in ring:
        if not result or vertex != result[-1]:
            result.append(vertex)
    return result
