"""A small map for HTML pages.

The map is an SVG that the server makes, without scripts or external resources.
"""

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
_METRES_PER_DEGREE = 111_320.0
# The margin around a single point, in metres.
_AROUND_M = 120.0
# The label of a feature is the first of these properties that it has.
_NAMES = ("name_zh", "name", "case_no", "code", "address", "kind")


@dataclass(frozen=True, slots=True)
class MapFeature:
    """A feature as SVG: the path data `d` of a line or polygon, or the centre `x`, `y` of a dot."""

    id: str
    label: str
    d: str = ""
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A feature in the HTML table, with its label and property values."""

    id: str
    label: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The map and the table of an HTML page.

    Attributes:
        rows: Features in the order of the page.
        paths: Lines and polygons in units of an SVG of WIDTH x HEIGHT, north up.
        dots: Points in the same units.
        bar: Length of the scale bar in SVG units.
        bar_metres: Length of the scale bar on the ground.
    """

    rows: list[Row]
    paths: list[MapFeature] = field(default_factory=list)
    dots: list[MapFeature] = field(default_factory=list)
    bar: float = 0.0
    bar_metres: int = 0


def drawing(features: bytes, crs: Crs) -> Drawing:
    """Return the SVG map and the table rows of a page of features.

    Args:
        features: GeoJSON features without brackets, with coordinates in the axis order of `crs`.
    """
    parsed = orjson.loads(b"[" + features + b"]")
    rows = [Row(str(feature["id"]), label_of(feature), dict(feature["properties"])) for feature in parsed]
    shapes = [
        (row, _east_first(shape(feature["geometry"]), crs))
        for row, feature in zip(rows, parsed, strict=True)
        if feature["geometry"] is not None
    ]
    shapes = [(row, geometry) for row, geometry in shapes if not geometry.is_empty]
    if not shapes:
        return Drawing(rows)
    west, south = (min(s.bounds[n] for _, s in shapes) for n in (0, 1))
    east, north = (max(s.bounds[n] for _, s in shapes) for n in (2, 3))
    # A degree of longitude is shorter than one of latitude, but at the equator.
    lon_factor = max(math.cos(math.radians((south + north) / 2)), 0.01) if crs.is_geographic else 1.0
    metres = _METRES_PER_DEGREE if crs.is_geographic else 1.0
    across = max((east - west) * lon_factor, _AROUND_M / metres)
    up = max(north - south, _AROUND_M / metres)
    scale = min((WIDTH - 2 * _MARGIN) / across, (HEIGHT - 2 * _MARGIN) / up)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def project(x: float, y: float) -> tuple[float, float]:
        return (
            round(WIDTH / 2 + (x - middle_x) * lon_factor * scale, 1),
            round(HEIGHT / 2 - (y - middle_y) * scale, 1),
        )

    page_map = Drawing(rows, *([], []), *_bar(scale / metres))
    for row, geometry in shapes:
        if isinstance(geometry, Point):
            x, y = project(geometry.x, geometry.y)
            page_map.dots.append(MapFeature(row.id, row.label, x=x, y=y))
        else:
            steps = (
                "M" + "L".join(f"{x},{y}" for x, y in (project(*point[:2]) for point in ring)) + "Z"
                for ring in _rings(simplify(geometry, 0.5 / scale))
            )
            page_map.paths.append(MapFeature(row.id, row.label, "".join(steps)))
    return page_map


def label_of(feature: dict[str, Any]) -> str:
    """Return the label of a feature: its name, number or code, else its id."""
    properties = feature["properties"]
    return str(next((properties[name] for name in _NAMES if properties.get(name)), feature["id"]))


def _bar(units_per_metre: float) -> tuple[float, int]:
    """Return the length of the scale bar in SVG units, and in metres on the ground.

    The number of metres is round. The bar is about a sixth as long as the map is wide.
    """
    target_m = WIDTH / 6 / units_per_metre
    power = 10 ** math.floor(math.log10(max(target_m, 1.0)))
    metres = max((n for n in (1, 2, 5) if n * power <= target_m), default=1) * power
    return round(metres * units_per_metre, 1), int(metres)


def _east_first(geometry: BaseGeometry, crs: Crs) -> BaseGeometry:
    return shapely.transform(geometry, lambda points: points[:, ::-1]) if crs.is_north_first else geometry


def _rings(geometry: BaseGeometry) -> Iterator[Sequence[tuple[float, ...]]]:
    for part in getattr(geometry, "geoms", [geometry]):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield list(part.exterior.coords)
            yield from (list(ring.coords) for ring in part.interiors)
