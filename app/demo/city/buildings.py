"""Ground plans of the buildings in a block, by the style of the block. Pure geometry in metres.

Styles: `terraced` (houses along the streets), `slabs` and `towers` (housing estates), `courtyard` (wings around a yard),
`school`, `hospital`, `market`, `office`, and those without buildings: `park`, `plaza`, `parking`, `water`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from shapely import affinity
from shapely.geometry import LineString, Polygon, box

from app.demo.city.parts import rectangle_sides

HOUSING = ("terraced", "slabs", "towers", "courtyard")
# One staircase for so many metres of a slab.
STAIR_M = 18.0


@dataclass(frozen=True, slots=True)
class GroundPlan:
    shape: Polygon
    floors: int
    stairs: int


def ground_plans(style: str, plot: Polygon, random: Random) -> list[GroundPlan]:
    """Return the buildings of a block."""
    if style == "terraced":
        houses = [GroundPlan(shape, random.randint(2, 4), 1) for shape in _terraced(plot, random)]
        taken = [house.shape for house in houses]
        inner = [p for p in _rows(plot.buffer(-26), 12, 26, (22, 40), random) if not _meets(p, taken, 4)]
        return houses + [GroundPlan(shape, random.randint(3, 6), _stairs(shape)) for shape in inner]
    if style == "slabs":
        floors = random.choice((5, 6, 6, 7, 11))
        shapes = _rows(plot.buffer(-7), 13, 13 + 2.4 * floors, (34, 62), random)
        return [GroundPlan(shape, floors, _stairs(shape)) for shape in shapes]
    if style == "towers":
        shapes = _rows(plot.buffer(-9), 24, 48, (25, 31), random)
        return [GroundPlan(shape, random.randint(15, 26), 1) for shape in shapes]
    if style == "courtyard":
        return [GroundPlan(shape, random.randint(3, 5), _stairs(shape)) for shape in _wings(plot, random)]
    if style in ("school", "hospital"):
        floors = 4 if style == "school" else 9
        return [GroundPlan(shape, floors, 1) for shape in _rows(plot.buffer(-14), 18, 46, (40, 62), random)]
    if style == "market":
        return [GroundPlan(shape, 2, 1) for shape in _rows(plot.buffer(-8), 34, 46, (45, 75), random)[:2]]
    if style == "office":
        return [
            GroundPlan(shape, random.randint(6, 22), 1)
            for shape in _rows(plot.buffer(-10), 28, 44, (30, 52), random)
        ]
    return []


def _stairs(shape: Polygon) -> int:
    _, long_side = rectangle_sides(shape)
    length = math.dist(*long_side)
    return max(1, min(4, round(length / STAIR_M)))


def _meets(shape: Polygon, others: list[Polygon], gap_m: float) -> bool:
    grown = shape.buffer(gap_m)
    return any(grown.intersects(other) for other in others)


def _parts(shape: Polygon, least_m2: float) -> Iterator[Polygon]:
    for part in getattr(shape, "geoms", [shape]):
        if isinstance(part, Polygon) and part.area > least_m2:
            yield part


def _terraced(plot: Polygon, random: Random) -> list[Polygon]:
    """Return houses in rows along the streets, with a gap now and then."""
    corners = list(plot.simplify(2).boundary.coords)
    made: list[Polygon] = []
    for (ax, ay), (bx, by) in pairwise(corners):
        length, lean = math.dist((ax, ay), (bx, by)), math.atan2(by - ay, bx - ax)
        at = random.uniform(4, 8)
        while at < length - 10:
            width, depth = random.uniform(9, 24), random.uniform(9, 14)
            setback = random.choice((3.0, 3.0, 3.0, 5.5))
            for side in (1, -1):
                house = affinity.translate(
                    affinity.rotate(
                        box(at, side * setback, at + width, side * (setback + depth)),
                        lean,
                        (0, 0),
                        use_radians=True,
                    ),
                    ax,
                    ay,
                )
                if plot.contains(house) and not any(house.intersects(other) for other in made):
                    made.append(house)
                    break
            at += width + (0.8 if random.random() < 0.7 else random.uniform(5, 14))
    return made


def _rows(
    ground: Polygon, depth_m: float, step_m: float, widths_m: tuple[float, float], random: Random
) -> list[Polygon]:
    """Return slabs in parallel rows, whose long side looks to the south as far as the block lets it."""
    made: list[Polygon] = []
    for part in _parts(ground, 250):
        _, ((ax, ay), (bx, by)) = rectangle_sides(part)
        angle = math.degrees(math.atan2(by - ay, bx - ax))
        lean = (angle + 45) % 90 - 45
        flat = affinity.rotate(part, -lean, part.centroid)
        west, south, east, north = flat.bounds
        count = int((north - south - depth_m) // step_m) + 1
        for n in range(count):
            y = south + (n + 0.5) * (north - south) / count - depth_m / 2
            cuts = [LineString([(west, h), (east, h)]).intersection(flat) for h in (y, y + depth_m)]
            if any(cut.is_empty for cut in cuts):
                continue
            left, right = max(cut.bounds[0] for cut in cuts), min(cut.bounds[2] for cut in cuts)
            if right - left < widths_m[0] * 0.7:
                continue
            pieces = max(1, round((right - left) / (random.uniform(*widths_m) + 10)))
            length = (right - left + 10) / pieces
            for k in range(pieces):
                if random.random() < 0.04:
                    continue
                shift = random.uniform(-1.5, 1.5)
                slab = box(left + k * length, y + shift, left + (k + 1) * length - 10, y + depth_m + shift)
                if flat.buffer(1.6).contains(slab):
                    made.append(affinity.rotate(slab, lean, part.centroid))
    return made


def _wings(plot: Polygon, random: Random) -> list[Polygon]:
    """Return the wings of a closed block: a ring of buildings around a yard, with one or two passages."""
    ring = plot.buffer(-6, join_style="mitre").difference(plot.buffer(-19, join_style="mitre"))
    boundary = plot.buffer(-12, join_style="mitre")
    if boundary.is_empty or not isinstance(boundary, Polygon):
        return _terraced(plot, random)
    axis = boundary.exterior
    count = random.choice((2, 2, 3, 4))
    begin = random.random()
    for n in range(count):
        at = (begin + (n + random.uniform(-0.1, 0.1)) / count) % 1
        ring = ring.difference(axis.interpolate(at, normalized=True).buffer(random.choice((9.0, 9.0, 14.0))))
    return [part for part in _parts(ring.buffer(-0.5, join_style="mitre"), 120) if not part.interiors]
