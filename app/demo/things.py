"""The components of the demo city in each grid: covers, lamps, hydrants, bins, trees. Pure."""

import math
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from shapely.geometry import Point

from app.demo.people import ROADS, SANITATION, City
from app.demo.shapes import point_in

FIRE = "330106007-xf"
GREENERY = "330106007-cg"
SOURCE = "demo: generated"
# category, name, how many in each grid, owning unit, managing unit
_KINDS = (
    ("0101", {"zh": "上水井盖", "en": "Water supply cover"}, 3, ROADS, None),
    ("0102", {"zh": "污水井盖", "en": "Sewer cover"}, 2, ROADS, None),
    ("0106", {"zh": "路灯", "en": "Street lamp"}, 3, ROADS, None),
    ("0107", {"zh": "消火栓", "en": "Fire hydrant"}, 1, FIRE, None),
    ("0302", {"zh": "垃圾箱", "en": "Litter bin"}, 2, SANITATION, None),
    # Nobody is entered as the owner of trees; whoever manages them answers for them.
    ("0401", {"zh": "行道树", "en": "Street tree"}, 3, None, GREENERY),
)


def components(city: City) -> list[dict[str, Any]]:
    """Return the rows of the register of components. The rows are the same in each load."""
    return [row for rows in _by_grid(city).values() for row in rows]


def point_near_component(city: City, grid: str, category: str, random: Random) -> Point | None:
    """Return a point a few metres from a component of the category in the grid.

    Return None if the grid has no such component.
    """
    matching = [row for row in _by_grid(city)[grid] if row["category"] == category]
    if not matching:
        return None
    row, distance_m, bearing = random.choice(matching), random.uniform(1, 9), random.uniform(0, 2 * math.pi)
    north, east = distance_m * math.cos(bearing) / 111_000, distance_m * math.sin(bearing) / 111_000
    return Point(row["lon"] + east / math.cos(math.radians(row["lat"])), row["lat"] + north)


@cache
def _by_grid(city: City) -> dict[str, list[dict[str, Any]]]:
    serials = dict.fromkeys((kind[0] for kind in _KINDS), 0)
    return {grid: list(_of_grid(city, grid, serials)) for grid in city.grids}


def _of_grid(city: City, grid: str, serials: dict[str, int]) -> Iterator[dict[str, Any]]:
    random = Random(f"{city.seed}:components:{grid}")
    for category, name, count, owner, manager in _KINDS:
        for _ in range(count):
            serials[category] += 1
            point = point_in(city.grids[grid], random)
            code = f"330106{category}{serials[category]:06d}"
            yield {
                "id": city.id_of(f"component:{code}"),
                "jurisdiction_id": city.jurisdiction_id,
                "code": code,
                "category": category,
                "name": name,
                "lon": round(point.x, 7),
                "lat": round(point.y, 7),
                "owning_unit_id": city.units[owner].id if owner else None,
                "managing_unit_id": city.units[manager].id if manager else None,
                "source": SOURCE,
            }
