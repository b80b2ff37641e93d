"""The areas of the demo: district, streets, communities and grids, without gaps or overlaps. Pure.

No border is real. In Gudang Street each grid is a union of whole blocks, so that its border follows streets, and each
community is a union of grids. Outside, where there are no blocks, communities are cells around random points. All
lines are split once where they cross (noding); each area is a union of the resulting faces, so neighbours share
exactly the same corners.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from random import Random

import shapely
from shapely import STRtree
from shapely.geometry import MultiPoint, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from app.demo.city.partition import partition
from app.demo.divisions import GUDANG, District, Street

# About a centimetre: all corners lie on this lattice.
LATTICE = 1e-7
KM_PER_DEGREE = 110.86

# The outline of the district, drawn by hand.
_OUTLINE = [
    (120.022, 30.345), (120.060, 30.356), (120.104, 30.358), (120.121, 30.338), (120.139, 30.309), (120.158, 30.284),
    (120.164, 30.262), (120.157, 30.236), (120.152, 30.212), (120.161, 30.188), (120.148, 30.166), (120.128, 30.141),
    (120.113, 30.104), (120.106, 30.064), (120.071, 30.048), (120.043, 30.071), (120.037, 30.112), (120.021, 30.148),
    (120.004, 30.187), (119.995, 30.229), (120.009, 30.268), (120.016, 30.309),
]  # fmt: skip


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
    return float(shape.area * KM_PER_DEGREE**2 * cos(radians(shape.centroid.y)))


def divide(
    district: District,
    seed: int,
    *,
    outline: Polygon,
    cells: Mapping[int, Polygon],
    weights: Mapping[int, float],
) -> tuple[list[Shape], dict[int, str]]:
    """Return all areas, larger areas before the areas in them, and the code of each block's grid.

    Args:
        outline: Outline of Gudang Street, in degrees as all shapes.
        cells: The blocks of Gudang Street by number; together they are the whole street.
        weights: What is to be about equal in the grids, by number of the block.
    """
    whole = Polygon(_OUTLINE)
    rough_streets = _rough_streets(district, whole, outline)
    lines: list[BaseGeometry] = [whole.exterior, outline.exterior]
    lines += [shape.boundary for shape in rough_streets.values()]
    lines += [cell.boundary for cell in cells.values()]
    community_of: dict[str, list[tuple[str, Polygon]]] = {}
    for street in district.streets:
        if street.code != GUDANG:
            rough = rough_streets[street.code]
            random = Random(f"{seed}:{street.code}")
            spots = [point_in(rough, random) for _ in street.communities]
            community_cells = _cells(rough, spots, relax=4)
            codes = [community.code for community in street.communities]
            community_of[street.code] = list(zip(codes, community_cells, strict=True))
            lines += [cell.boundary for cell in community_cells]
    faces = _faces(lines, whole)
    streets = _assign_faces(faces, list(rough_streets.items()))
    shapes: list[Shape] = []
    grids: list[Shape] = []
    grid_of_block: dict[int, str] = {}
    for street in district.streets:
        if street.code == GUDANG:
            parts, grids, grid_of_block = _of_blocks(street, streets[GUDANG], cells, weights, outline)
        else:
            assigned = _assign_faces(streets[street.code], community_of[street.code])
            parts = {code: _union(those) for code, those in assigned.items()}
        shapes += [Shape(c.code, street.code, "community", c.name, parts[c.code]) for c in street.communities]
    tops = [Shape(s.code, district.code, "street", s.name, _union(streets[s.code])) for s in district.streets]
    top = Shape(district.code, None, "district", district.name, _union(faces))
    return [top, *tops, *shapes, *grids], grid_of_block


def point_in(polygon: Polygon, random: Random) -> Point:
    """Return a random point inside the polygon."""
    west, south, east, north = polygon.bounds
    while True:
        lon, lat = random.uniform(west, east), random.uniform(south, north)
        if shapely.contains_xy(polygon, lon, lat):
            return Point(round(lon, 7), round(lat, 7))


def _of_blocks(
    street: Street,
    faces: Sequence[Polygon],
    cells: Mapping[int, Polygon],
    weights: Mapping[int, float],
    outline: Polygon,
) -> tuple[dict[str, Polygon], list[Shape], dict[int, str]]:
    """Return the communities and grids of a street made of blocks, and the grid of each block."""
    numbers = list(cells)
    tree = STRtree([cells[n] for n in numbers])
    faces_of: dict[int, list[Polygon]] = defaultdict(list)
    for face in faces:
        faces_of[numbers[int(tree.nearest(face.representative_point()))]].append(face)
    shapes = {n: _union(faces_of[n]) for n in numbers if faces_of[n]}
    west, south, east, north = outline.bounds
    wanted = {c.code: c for c in street.communities}
    seeds = {
        code: Point(west + (east - west) * c.near[0], south + (north - south) * c.near[1])
        for code, c in wanted.items()
        if c.near
    }
    of_community = partition(shapes, weights, seeds, {code: c.grids for code, c in wanted.items()})
    communities, grids, grid_of_block = {}, [], {}
    for code, community in wanted.items():
        mine = {n: shapes[n] for n, owner in of_community.items() if owner == code}
        communities[code] = _union(list(mine.values()))
        spots = _spread(mine, community.grids)
        of_grid = partition(mine, weights, spots, dict.fromkeys(spots, 1))
        unions = {key: _union([mine[n] for n, owner in of_grid.items() if owner == key]) for key in spots}
        numbered = _numbered(code, community.name, list(unions.values()))
        code_of = {shape.polygon.wkb: shape.code for shape in numbered}
        grids += numbered
        for n, key in of_grid.items():
            grid_of_block[n] = code_of[unions[key].wkb]
    return communities, grids, grid_of_block


def _spread(shapes: Mapping[int, Polygon], count: int) -> dict[str, Point]:
    """Return `count` points that are far from each other, in the middle of shapes."""
    middles = [shape.representative_point() for shape in shapes.values()]
    centre = shapely.unary_union(list(shapes.values())).centroid
    chosen = [max(middles, key=centre.distance)]
    while len(chosen) < count:
        chosen.append(max(middles, key=lambda point: min(point.distance(other) for other in chosen)))
    return {str(n): point for n, point in enumerate(chosen)}


def _rough_streets(district: District, outline: Polygon, gudang: Polygon) -> dict[str, Polygon]:
    other_streets = [street for street in district.streets if street.code != GUDANG]
    cells = _cells(outline, [Point(street.near) for street in other_streets], relax=0)
    shapes = {
        street.code: _largest(cell.difference(gudang))
        for street, cell in zip(other_streets, cells, strict=True)
    }
    return shapes | {GUDANG: gudang}


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
