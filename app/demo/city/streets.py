"""Streets, river and railway of the made-up city, and the blocks between them.

Large streets cross the whole city. The land between them is divided again and again across its longer side, until the
pieces are blocks. Each quarter has its own size of blocks and its own unevenness.
"""

import math
from dataclasses import dataclass, field
from random import Random

import shapely
from shapely import unary_union
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from app.demo.city import names
from app.demo.city.names import Names
from app.demo.city.parts import HALF_WIDTHS_M, Street, Text, rectangle_sides

AREA_M2 = 4_640_000.0
RIVER_HALF_WIDTH_M = 22.0
BANK_M = 40.0
# All corners lie on this lattice, so that cells meet without slivers.
LATTICE_M = 0.01
_SMALLEST_BLOCK_M2 = 3_200.0
# The outline of Gudang Street around its middle, drawn by hand.
_OUTLINE = (
    (-1.05, -0.62), (-0.30, -1.02), (0.55, -0.98), (1.02, -0.55), (1.10, 0.10), (0.92, 0.74), (0.30, 0.98),
    (-0.42, 0.90), (-1.00, 0.66), (-1.12, 0.02),
)  # fmt: skip
_RING_CORNERS = (0, 2, 5, 8)


@dataclass(slots=True)
class Network:
    """The streets of a city and the cells between them.

    Attributes:
        cells: Each with the smallest and the largest size of blocks in its quarter; a park and water are not divided.
    """

    outline: Polygon
    river: BaseGeometry
    river_line: LineString
    streets: list[Street] = field(default_factory=list)
    cells: list[tuple[Polygon, str]] = field(default_factory=list)
    railway: LineString | None = None

    @property
    def pavements(self) -> list[shapely.Geometry]:
        """The ground of each street, and of the railway."""
        return [street.axis.buffer(HALF_WIDTHS_M[street.kind], cap_style="flat") for street in self.streets]


def network(random: Random, street_names: Names) -> Network:
    """Return the streets and cells of a city."""
    outline = _outline()
    west, south, east, north = outline.bounds
    flow = _river(random, west, east)
    plan = Network(outline, shapely.intersection(flow.buffer(RIVER_HALF_WIDTH_M), outline), flow)
    for n, name in enumerate(names.RING_STREETS):
        plan.streets.append(Street(name, "primary", _ring_part(outline, n)))
    lines: list[tuple[Text, str, LineString | MultiLineString]] = []
    heights = [south + (north - south) * share + random.uniform(-90, 90) for share in (0.22, 0.44, 0.8)]
    widths = [west + (east - west) * share + random.uniform(-100, 100) for share in (0.22, 0.52, 0.77)]
    for name, at in zip(names.MAIN_STREETS[:3], heights, strict=True):
        lines.append((name, "primary", _wave(random, west, east, at, is_across=True)))
    for name, at in zip(names.MAIN_STREETS[3:], widths, strict=True):
        lines.append((name, "primary", _wave(random, south, north, at, is_across=False)))
    for name, side in zip(names.BANK_STREETS, (BANK_M, -BANK_M), strict=True):
        lines.append((name, "secondary", flow.offset_curve(side)))
    lines.append((names.DIAGONAL, "secondary", _diagonal(random, outline)))
    for k in range(5):
        is_across = k % 2 == 0
        low, high = (west, east) if is_across else (south, north)
        begin = random.uniform(0.0, 0.45)
        reach = (low + (high - low) * begin, low + (high - low) * (begin + random.uniform(0.35, 0.55)))
        at = random.uniform(south * 0.8, north * 0.8) if is_across else random.uniform(west * 0.8, east * 0.8)
        axis = _wave(random, *reach, at, is_across=is_across)
        lines.append((street_names.street(is_large=True), "secondary", axis))
    railway = _railway(random, outline)
    water = flow.buffer(BANK_M).intersection(outline)
    for name, kind, middle_line in lines:
        inside = _lines(middle_line.intersection(outline))
        if inside is not None:
            plan.streets.append(Street(name, kind, inside))
    plan.streets.append(Street(names.RAILWAY, "rail", railway))
    plan.railway = railway
    borders = [outline.exterior, water.boundary, *[street.axis for street in plan.streets]]
    quarters = [
        p
        for p in polygonize(unary_union(borders, grid_size=LATTICE_M))
        if outline.covers(p.representative_point())
    ]
    middle = Point(random.uniform(-250, 250), random.uniform(-250, 250))
    on_land = [quarter for quarter in quarters if not water.covers(quarter.representative_point())]
    park = min(
        (q for q in on_land if 60_000 < q.area < 190_000),
        key=lambda quarter: quarter.centroid.distance(middle),
    )
    plan.streets = [_outside(street, park) for street in plan.streets]
    for quarter in quarters:
        if quarter is park:
            plan.cells.append((quarter, "park"))
        elif water.covers(quarter.representative_point()):
            plan.cells.append((quarter, "water"))
        else:
            _divide_quarter(plan, quarter, random, street_names)
    return plan


def _divide_quarter(plan: Network, quarter: Polygon, random: Random, street_names: Names) -> None:
    is_old = random.random() < 0.4
    sizes = (6_000.0, 14_000.0) if is_old else (11_000.0, 28_000.0)
    unevenness = 0.09 if is_old else 0.025

    def divide(cell: Polygon, depth: int) -> None:
        if cell.area < random.uniform(*sizes):
            plan.cells.append((cell, "old" if is_old else "new"))
            return
        axis = _dividing_line(cell, random, unevenness)
        parts = _cut(cell, axis)
        street_line = _lines(axis.intersection(cell))
        if len(parts) < 2 or street_line is None or min(p.area for p in parts) < _SMALLEST_BLOCK_M2:
            plan.cells.append((cell, "old" if is_old else "new"))
            return
        is_large = depth == 0 and cell.area > 140_000
        kind = "secondary" if is_large else "residential"
        plan.streets.append(Street(street_names.street(is_large=is_large), kind, street_line))
        for part in parts:
            divide(part, depth + 1)

    divide(quarter, 0)


def _dividing_line(cell: Polygon, random: Random, unevenness: float) -> LineString:
    """Return a line, bent a little, across the longer side of a cell."""
    ((ax, ay), (bx, by)), ((cx, cy), (dx, dy)) = rectangle_sides(cell)
    shift = random.uniform(-0.16, 0.16)
    lean = math.atan2(by - ay, bx - ax) + random.gauss(0, unevenness)
    middle = cell.minimum_rotated_rectangle.centroid
    x, y = middle.x + (dx - cx) * shift, middle.y + (dy - cy) * shift
    bend = random.gauss(0, 9 + 110 * unevenness) if cell.area > 30_000 else 0.0
    reach = math.dist((ax, ay), (bx, by))
    points = []
    for n in range(-6, 7):
        along, aside = n / 6 * reach, bend * math.cos(n / 6 * math.pi / 2)
        points.append(
            (
                x + along * math.cos(lean) - aside * math.sin(lean),
                y + along * math.sin(lean) + aside * math.cos(lean),
            )
        )
    return LineString(points)


def _cut(cell: Polygon, axis: LineString) -> list[Polygon]:
    faces = polygonize(unary_union([cell.boundary, axis], grid_size=LATTICE_M))
    return [face for face in faces if cell.covers(face.representative_point())]


def _lines(shape: shapely.Geometry) -> LineString | MultiLineString | None:
    """Return the lines of a shape, longer than a metre, or None."""
    parts = [p for p in getattr(shape, "geoms", [shape]) if isinstance(p, LineString) and p.length > 1]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else MultiLineString(parts)


def _outside(street: Street, park: Polygon) -> Street:
    """Return the street without what lies inside the park."""
    rest = _lines(street.axis.difference(park.buffer(-1)))
    return street if rest is None else Street(street.name, street.kind, rest)


def _outline() -> Polygon:
    scale = (AREA_M2 / Polygon(_OUTLINE).area) ** 0.5
    return shapely.set_precision(Polygon([(x * scale, y * scale) for x, y in _OUTLINE]), LATTICE_M)


def _ring_part(outline: Polygon, number: int) -> LineString:
    """Return a part of the outline, from one corner of `_RING_CORNERS` to the next."""
    scale = (AREA_M2 / Polygon(_OUTLINE).area) ** 0.5
    first, last = _RING_CORNERS[number], _RING_CORNERS[(number + 1) % 4]
    count = (last - first) % len(_OUTLINE)
    corners = [_OUTLINE[(first + n) % len(_OUTLINE)] for n in range(count + 1)]
    axis = LineString([(x * scale, y * scale) for x, y in corners])
    return shapely.set_precision(axis, LATTICE_M)


def _wave(random: Random, low: float, high: float, at: float, *, is_across: bool) -> LineString:
    """Return a long street with gentle bends, from `low` to `high` along one axis, near `at` on the other."""
    bend, turns, phase = random.uniform(20, 60), random.uniform(0.7, 1.7), random.uniform(0, math.pi)
    lean = random.uniform(-0.05, 0.05)
    span = high - low
    points = []
    for n in range(41):
        along = low + span * n / 40
        points.append(
            (
                along,
                at + lean * (along - (low + high) / 2) + bend * math.sin(phase + n / 40 * math.pi * turns),
            )
        )
    return LineString(points if is_across else [(b, a) for a, b in points])


def _river(random: Random, west: float, east: float) -> LineString:
    """Return the middle line of the river, from the west to the east. Each seed has its own."""
    height, swing = random.uniform(180, 420), random.uniform(70, 150)
    turns, phase = random.uniform(1.0, 1.9), random.uniform(0, 2 * math.pi)
    ripple, ripple_phase = random.uniform(12, 30), random.uniform(0, 2 * math.pi)
    lean = random.uniform(-0.12, 0.12)
    points = []
    for x in range(int(west) - 300, int(east) + 301, 30):
        t = (x - west) / (east - west)
        y = height + lean * x + swing * math.sin(phase + t * math.pi * turns)
        points.append((x, y + ripple * math.sin(ripple_phase + x / 260)))
    return LineString(points)


def _diagonal(random: Random, outline: Polygon) -> LineString:
    west, south, east, north = outline.bounds
    begin = (west + random.uniform(0, 300), south + random.uniform(100, 350))
    end = (east - random.uniform(0, 300), north - random.uniform(500, 900))
    middle = (
        (begin[0] + end[0]) / 2 + random.uniform(-80, 80),
        (begin[1] + end[1]) / 2 + random.uniform(-80, 80),
    )
    return LineString(
        [
            tuple(
                (1 - t) ** 2 * a + 2 * t * (1 - t) * m + t * t * b
                for a, m, b in zip(begin, middle, end, strict=True)
            )
            for t in (n / 20 for n in range(21))
        ]
    )


def _railway(random: Random, outline: Polygon) -> LineString:
    """Return the railway across the south-west of the city, in a wide curve."""
    west, south, east, _ = outline.bounds
    begin, end = (west - 200, random.uniform(-100, 150)), (random.uniform(0.0, 0.35) * east, south - 200)
    middle = (west * 0.25, -120.0)
    curve = LineString(
        [
            tuple(
                (1 - t) ** 2 * a + 2 * t * (1 - t) * m + t * t * b
                for a, m, b in zip(begin, middle, end, strict=True)
            )
            for t in (n / 30 for n in range(31))
        ]
    )
    inside = curve.intersection(outline)
    return max(getattr(inside, "geoms", [inside]), key=lambda part: part.length)
