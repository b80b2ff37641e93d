"""A small map for pages: an SVG drawn by the server, so that nothing is fetched from elsewhere and no script runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from shapely import Point, simplify
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

WIDTH, HEIGHT = 800.0, 480.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """`paths` and `dots` in the units of an SVG of WIDTH x HEIGHT; `rows` are the properties, in the order of the page."""

    paths: list[str]
    dots: list[tuple[float, float]]
    rows: list[tuple[str, dict[str, Any]]]


def drawing(features: Sequence[str]) -> Drawing:
    """Draw features of a page, whatever their reference system: it is a sketch of what lies where."""
    read = [orjson.loads(feature) for feature in features]
    shapes = [shape(one["geometry"]) for one in read if one["geometry"] is not None]
    rows = [(str(one["id"]), dict(one["properties"])) for one in read]
    if not shapes:
        return Drawing([], [], rows)
    west, south = (min(s.bounds[n] for s in shapes) for n in (0, 1))
    east, north = (max(s.bounds[n] for s in shapes) for n in (2, 3))
    scale = min((WIDTH - 20) / max(east - west, 1e-9), (HEIGHT - 20) / max(north - south, 1e-9))

    def at(x: float, y: float) -> tuple[float, float]:
        return round(10 + (x - west) * scale, 1), round(HEIGHT - 10 - (y - south) * scale, 1)

    paths: list[str] = []
    dots: list[tuple[float, float]] = []
    for one in shapes:
        if isinstance(one, Point):
            dots.append(at(one.x, one.y))
        else:
            steps = (
                "M" + "L".join(f"{x},{y}" for x, y in (at(*point[:2]) for point in ring)) + "Z"
                for ring in _rings(simplify(one, 0.5 / scale))
            )
            paths.append("".join(steps))
    return Drawing(paths, dots, rows)


def _rings(one: BaseGeometry) -> Iterator[Sequence[tuple[float, ...]]]:
    for part in getattr(one, "geoms", [one]):
        if part.geom_type == "Polygon" and not part.is_empty:
            yield list(part.exterior.coords)
            yield from (list(ring.coords) for ring in part.interiors)
