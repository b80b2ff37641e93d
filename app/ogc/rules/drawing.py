"""A small map for pages: an SVG drawn by the server, so that nothing is fetched from elsewhere and no script runs."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import shapely
from shapely import Point, simplify
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from app.ogc.rules.crs import Crs

WIDTH, HEIGHT = 800.0, 480.0
_MARGIN = 14.0
_METRES_A_DEGREE = 111_320.0
# A single point is shown with so much around it, in metres.
_AROUND_M = 120.0
# What a feature is called, by the first of these that it has.
_NAMES = ("name_zh", "name", "case_no", "code", "address", "kind")


@dataclass(frozen=True, slots=True)
class Shown:
    """A feature on the map: `d` of a path, or `x` and `y` of a dot, in the units of the SVG."""

    id: str
    label: str
    d: str = ""
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A feature in the table: `label` is what people call it."""

    id: str
    label: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """`paths` and `dots` in the units of an SVG of WIDTH x HEIGHT, north up; `rows` in the order of the page.

    `bar` is how long `bar_metres` are.
    """

    rows: list[Row]
    paths: list[Shown] = field(default_factory=list)
    dots: list[Shown] = field(default_factory=list)
    bar: float = 0.0
    bar_metres: int = 0


def drawing(features: bytes, crs: Crs) -> Drawing:
    """Draw the features of a page (JSON without brackets), whose coordinates stand in the order of the axes of `crs`."""
    read = orjson.loads(b"[" + features + b"]")
    rows = [Row(str(one["id"]), label_of(one), dict(one["properties"])) for one in read]
    shapes = [
        (row, _east_first(shape(one["geometry"]), crs))
        for row, one in zip(rows, read, strict=True)
        if one["geometry"] is not None
    ]
    shapes = [(row, found) for row, found in shapes if not found.is_empty]
    if not shapes:
        return Drawing(rows)
    west, south = (min(s.bounds[n] for _, s in shapes) for n in (0, 1))
    east, north = (max(s.bounds[n] for _, s in shapes) for n in (2, 3))
    # A degree of longitude is shorter than one of latitude, but at the equator.
    squeeze = max(math.cos(math.radians((south + north) / 2)), 0.01) if crs.is_geographic else 1.0
    metres = _METRES_A_DEGREE if crs.is_geographic else 1.0
    across = max((east - west) * squeeze, _AROUND_M / metres)
    up = max(north - south, _AROUND_M / metres)
    scale = min((WIDTH - 2 * _MARGIN) / across, (HEIGHT - 2 * _MARGIN) / up)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            round(WIDTH / 2 + (x - middle_x) * squeeze * scale, 1),
            round(HEIGHT / 2 - (y - middle_y) * scale, 1),
        )

    found = Drawing(rows, *([], []), *_bar(scale / metres))
    for row, one in shapes:
        if isinstance(one, Point):
            x, y = at(one.x, one.y)
            found.dots.append(Shown(row.id, row.label, x=x, y=y))
        else:
            steps = (
                "M" + "L".join(f"{x},{y}" for x, y in (at(*point[:2]) for point in ring)) + "Z"
                for ring in _rings(simplify(one, 0.5 / scale))
            )
            found.paths.append(Shown(row.id, row.label, "".join(steps)))
    return found


def label_of(feature: dict[str, Any]) -> str:
    """What people call a feature; of what has no name, its id."""
    said = feature["properties"]
    return str(next((said[name] for name in _NAMES if said.get(name)), feature["id"]))


def _bar(units_a_metre: float) -> tuple[float, int]:
    """A scale bar of a round number of metres, about a sixth of the map."""
    wanted = WIDTH / 6 / units_a_metre
    power = 10 ** math.floor(math.log10(max(wanted, 1.0)))
    metres = max((n for n in (1, 2, 5) if n * power <= wanted), default=1) * power
    return round(metres * units_a_metre, 1), int(metres)


def _east_first(one: BaseGeometry, crs: Crs) -> BaseGeometry:
    return shapely.transform(one, lambda points: points[:, ::-1]) if crs.is_north_first else one


def _rings(one: BaseGeometry) -> Iterator[Sequence[tuple[float, ...]]]:
    for part in getattr(one, "geoms", [one]):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield list(part.exterior.coords)
            yield from (list(ring.coords) for ring in part.interiors)
