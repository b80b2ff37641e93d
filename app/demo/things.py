"""The components of the demo city in each grid: covers, lamps, hydrants, bins, trees. Pure.

Each stands where such a thing stands: covers in the street, lamps and trees at its edge, bins before houses.
"""

import math
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from shapely.geometry import Point

from app.demo.city.city_map import lon_lat
from app.demo.people import ROADS, SANITATION, City

FIRE = "330106007-xf"
GREENERY = "330106007-cg"
SOURCE = "demo: generated"
# category, name, how many in each grid, owning unit, managing unit, kinds of places
_KINDS = (
    ("0101", {"zh": "上水井盖", "en": "Water supply cover"}, 3, ROADS, None, ("road", "lane")),
    ("0102", {"zh": "污水井盖", "en": "Sewer cover"}, 2, ROADS, None, ("road", "lane")),
    ("0106", {"zh": "路灯", "en": "Street lamp"}, 6, ROADS, None, ("road", "lane")),
    ("0107", {"zh": "消火栓", "en": "Fire hydrant"}, 1, FIRE, None, ("road", "lane")),
    ("0302", {"zh": "垃圾箱", "en": "Litter bin"}, 3, SANITATION, None, ("road", "lane", "market", "park")),
    ("0303", {"zh": "垃圾分类投放点", "en": "Waste sorting point"}, 2, SANITATION, None, ("court",)),
    # Nobody is entered as the owner of trees; whoever manages them answers for them.
    ("0401", {"zh": "行道树", "en": "Street tree"}, 5, None, GREENERY, ("road", "lane")),
)
PER_GRID = sum(kind[2] for kind in _KINDS)


def components(city: City) -> list[dict[str, Any]]:
    """Return the rows of the register of components. The rows are the same in each load."""
    return [row for rows in _by_grid(city).values() for row, _ in rows]


def point_near_component(city: City, grid: str, category: str, random: Random) -> Point | None:
    """Return a point, in metres of the map, beside a component of the category in the grid.

    Return None if the grid has no such component.
    """
    matching = [at for row, at in _by_grid(city)[grid] if row["category"] == category]
    if not matching:
        return None
    at, distance_m, bearing = random.choice(matching), random.uniform(0.5, 5), random.uniform(0, 2 * math.pi)
    return Point(
        round(at.x + distance_m * math.sin(bearing), 2), round(at.y + distance_m * math.cos(bearing), 2)
    )


@cache
def _by_grid(city: City) -> dict[str, list[tuple[dict[str, Any], Point]]]:
    serials = dict.fromkeys((kind[0] for kind in _KINDS), 0)
    return {grid: list(_of_grid(city, grid, serials)) for grid in city.grids}


def _of_grid(city: City, grid: str, serials: dict[str, int]) -> Iterator[tuple[dict[str, Any], Point]]:
    random = Random(f"{city.seed}:components:{grid}")
    for category, name, count, owner, manager, kinds in _KINDS:
        for _ in range(count):
            serials[category] += 1
            at = _place(city, grid, kinds, random)
            lon, lat = lon_lat(at)
            code = f"330106{category}{serials[category]:06d}"
            row = {
                "id": city.id_of(f"component:{code}"),
                "jurisdiction_id": city.jurisdiction_id,
                "code": code,
                "category": category,
                "name": name,
                "lon": lon,
                "lat": lat,
                "owning_unit_id": city.units[owner].id if owner else None,
                "managing_unit_id": city.units[manager].id if manager else None,
                "source": SOURCE,
            }
            yield row, at


def _place(city: City, grid: str, kinds: tuple[str, ...], random: Random) -> Point:
    for where in random.sample(kinds, len(kinds)):
        place = city.placing.place(where, grid, random)
        if place is not None:
            return place.at
    return random.choice(city.map.blocks_by_grid[grid]).middle
