"""Generated borders: each area is divided into sub-areas without gaps or overlaps. Pure.

No border is real. All lines are split once where they cross (noding). Each area is a union of the resulting faces, so
neighbours share exactly the same corners.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from random import Random

import shapely
from shapely.geometry import MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from app.demo.divisions import GUDANG, District, Street

GUDANG_KM2 = 4.64
# About a centimetre: all corners lie on this lattice.
LATTICE = 1e-7
KM_PER_DEGREE = 110.86

# The outline of the district and of Gudang Street (around its middle), drawn by hand.
_OUTLINE = [
    (120.022, 30.345),
    (120.060, 30.356),
    (120.104, 30.358),
    (120.121, 30.338),
    (120.139, 30.309),
    (120.158, 30.284),
    (120.164, 30.262),
    (120.157, 30.236),
    (120.152, 30.212),
    (120.161, 30.188),
    (120.148, 30.166),
    (120.128, 30.141),
    (120.113, 30.104),
    (120.106, 30.064),
    (120.071, 30.048),
    (120.043, 30.071),
    (120.037, 30.112),
    (120.021, 30.148),
    (120.004, 30.187),
    (119.995, 30.229),
    (120.009, 30.268),
    (120.016, 30.309),
]
_GUDANG = [
    (-1.05, -0.62),
    (-0.30, -1.02),
    (0.55, -0.98),
    (1.02, -0.55),
    (1.10, 0.10),
    (0.92, 0.74),
    (0.30, 0.98),
    (-0.42, 0.90),
    (-1.00, 0.66),
    (-1.12, 0.02),
]


@dataclass(frozen=True, slots=True)
class Shape:
    """An area (district, street, community or grid) with its generated polygon."""

    code: str
    parent_code: str | None
    level: str
    name: dict[str, str]
    polygon: Polygon


def area_km2(shape: BaseGeometry) -> float:
    """Return the area on the ground in square kilometres, by a formula for small regions."""
    lat = shape.centroid.y
    return float(shape.area * KM_PER_DEGREE**2 * cos(radians(lat)))


def tile(district: District, seed: int) -> list[Shape]:
    """Return all areas of the demo with their polygons, larger areas before the areas in them.

    These are the district, its streets and communities, and the grids of Gudang Street.
    """
    outline = Polygon(_OUTLINE)
    gudang = _gudang_outline(district.gudang.near)
    rough_streets = _rough_streets(district, outline, gudang)
    lines: list[BaseGeometry] = [outline.exterior, gudang.exterior]
    lines += [shape.boundary for shape in rough_streets.values()]

    community_of: dict[str, list[tuple[str, Polygon]]] = {}
    grid_of: dict[str, list[tuple[str, Polygon]]] = {}
    for street in district.streets:
        rough = rough_streets[street.code]
        seeds = _community_seeds(street, rough, Random(f"{seed}:{street.code}"))
        cells = _cells(rough, seeds, relax=1 if street.code == GUDANG else 4)
        community_of[street.code] = list(zip([c.code for c in street.communities], cells, strict=True))
        lines += [cell.boundary for cell in cells]
        for community, cell in zip(street.communities, cells, strict=True):
            if community.grids:
                spots = _random_points(cell, community.grids, Random(f"{seed}:{community.code}"))
                grids = _cells(cell, spots, relax=12)
                grid_of[community.code] = [(str(i), grid) for i, grid in enumerate(grids)]
                lines += [grid.boundary for grid in grids]

    faces = _faces(lines, outline)
    streets = _assign_faces(faces, list(rough_streets.items()))
    shapes: list[Shape] = []
    leaves: list[Shape] = []
    for street in district.streets:
        names = {community.code: community.name for community in street.communities}
        communities = _assign_faces(streets[street.code], community_of[street.code])
        for code, parts in communities.items():
            if code in grid_of:
                grids_of_it = _assign_faces(parts, grid_of[code])
                leaves += _numbered(
                    code, names[code], [_union(faces_of_grid) for faces_of_grid in grids_of_it.values()]
                )
            shapes.append(Shape(code, street.code, "community", names[code], _union(parts)))
    tops = [Shape(s.code, district.code, "street", s.name, _union(streets[s.code])) for s in district.streets]
    top = Shape(district.code, None, "district", district.name, _union(faces))
    return [top, *tops, *shapes, *leaves]


def point_in(polygon: Polygon, random: Random) -> Point:
    """Return a random point inside the polygon."""
    west, south, east, north = polygon.bounds
    while True:
        lon, lat = random.uniform(west, east), random.uniform(south, north)
        if shapely.contains_xy(polygon, lon, lat):
            return Point(round(lon, 7), round(lat, 7))


def _gudang_outline(middle: tuple[float, float]) -> Polygon:
    squeeze = cos(radians(middle[1]))
    outline = Polygon([(x / squeeze, y) for x, y in _GUDANG])
    scale = (GUDANG_KM2 / (outline.area * squeeze * KM_PER_DEGREE**2)) ** 0.5
    return Polygon([(middle[0] + x * scale, middle[1] + y * scale) for x, y in outline.exterior.coords])


def _rough_streets(district: District, outline: Polygon, gudang: Polygon) -> dict[str, Polygon]:
    other_streets = [street for street in district.streets if street.code != GUDANG]
    cells = _cells(outline, [Point(street.near) for street in other_streets], relax=0)
    shapes = {
        street.code: _largest(cell.difference(gudang))
        for street, cell in zip(other_streets, cells, strict=True)
    }
    return shapes | {GUDANG: gudang}


def _community_seeds(street: Street, rough: Polygon, random: Random) -> list[Point]:
    west, south, east, north = rough.bounds
    seeds = [
        Point(west + (east - west) * c.near[0], south + (north - south) * c.near[1])
        for c in street.communities
        if c.near
    ]
    return seeds or _random_points(rough, len(street.communities), random)


def _random_points(polygon: Polygon, count: int, random: Random) -> list[Point]:
    return [point_in(polygon, random) for _ in range(count)]


def _cells(within: Polygon, seeds: Sequence[Point], *, relax: int) -> list[Polygon]:
    """Return for each seed point the part of `within` that is nearest to it (Voronoi cells).

    Args:
        relax: Number of times that the seeds are moved to the centroids of their cells (Lloyd's algorithm).
    """
    for iteration in range(relax + 1):
        diagram = shapely.voronoi_polygons(MultiPoint(list(seeds)), extend_to=within, ordered=True)
        cells = [_largest(cell.intersection(within)) for cell in diagram.geoms]
        if iteration < relax:
            seeds = [cell.centroid for cell in cells]
    return cells


def _faces(lines: Sequence[BaseGeometry], outline: Polygon) -> list[Polygon]:
    noded = shapely.unary_union(list(lines), grid_size=LATTICE)
    polygons = shapely.polygonize([noded])
    faces = (face for face in polygons.geoms if isinstance(face, Polygon))
    return [face for face in faces if outline.covers(face.representative_point())]


def _assign_faces(faces: Sequence[Polygon], rough: Sequence[tuple[str, Polygon]]) -> dict[str, list[Polygon]]:
    """Assign each face to the area whose rough outline contains it, or else to the nearest area.

    A face that is not connected to the rest of its area is assigned to a neighbour. Every area is then in one piece.
    """
    assigned: dict[str, list[Polygon]] = defaultdict(list)
    for face in faces:
        point = face.representative_point()
        code = min(rough, key=lambda candidate: (candidate[1].distance(point), candidate[0]))[0]
        assigned[code].append(face)
    detached: list[Polygon] = []
    for code, parts in assigned.items():
        union = shapely.unary_union(parts)
        if isinstance(union, MultiPolygon):
            largest = _largest(union)
            detached += [part for part in parts if not largest.covers(part.representative_point())]
            assigned[code] = [part for part in parts if largest.covers(part.representative_point())]
    while detached:
        part = max(detached, key=lambda candidate: _longest_border(candidate, assigned)[0])
        assigned[_longest_border(part, assigned)[1]].append(part)
        detached.remove(part)
    return {code: assigned[code] for code, _ in rough}


def _longest_border(part: Polygon, assigned: dict[str, list[Polygon]]) -> tuple[float, str]:
    """Return (length, code) of the area that shares the longest border with a face."""
    return max(
        (sum(part.boundary.intersection(face.boundary).length for face in parts), code)
        for code, parts in assigned.items()
    )


def _numbered(community: str, name: dict[str, str], polygons: Sequence[Polygon]) -> list[Shape]:
    """Return the grids of a community, numbered in rows from north to south and west to east."""
    per_row = max(1, round(len(polygons) ** 0.5))
    north_to_south = sorted(polygons, key=lambda polygon: -polygon.centroid.y)
    rows = [north_to_south[i : i + per_row] for i in range(0, len(north_to_south), per_row)]
    ordered = [polygon for row in rows for polygon in sorted(row, key=lambda polygon: polygon.centroid.x)]
    return [
        Shape(
            f"{community}{number:03d}",
            community,
            "grid",
            {
                "zh": f"{name['zh'].removesuffix('社区')}第{number}网格",
                "en": f"{name['en'].removesuffix(' Community')} Grid {number}",
            },
            polygon,
        )
        for number, polygon in enumerate(ordered, start=1)
    ]


def _union(parts: Sequence[Polygon]) -> Polygon:
    union = shapely.unary_union(list(parts))
    if not isinstance(union, Polygon):
        raise ValueError("an area in more than one piece")
    return union


def _largest(shape: BaseGeometry) -> Polygon:
    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)
