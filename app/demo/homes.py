"""Homes and other premises of the demo, in the buildings of its map. Pure.

Buildings are registered as a whole until their grid has enough homes, so that the register is complete for some
buildings and empty for others. Landmarks with an address are registered by their names.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from shapely.geometry import Point, Polygon

from app.demo.city.city_map import lon_lat
from app.demo.city.parts import Building, Landmark, rectangle_sides
from app.demo.people import GIVEN_NAMES, SURNAMES, City
from app.demo.residents import FLATS_PER_OCCUPIED_ONE, residents_of

HOUSEHOLDS = 16_000
_SHOPS = (
    "convenience",
    "restaurant",
    "greengrocer",
    "pharmacy",
    "hairdresser",
    "hardware",
    "cafe",
    "laundry",
    "books",
)
_NO_PART = "无"


def flats(city: City) -> Iterator[dict[str, Any]]:
    """Yield a row of the register for each home."""
    sizes = home_counts(city)
    for code in city.grids:
        random = Random(f"{city.seed}:households:{code}")
        for number, (building, unit, room, at) in enumerate(_homes(city, code, sizes[code], random)):
            household_id = city.id_of(f"household:{code}:{number}")
            lon, lat = lon_lat(at)
            yield {
                "id": household_id,
                "household_id": household_id,
                "kind": "rental" if code == city.quiet_grid else "dwelling",
                **_address(city, code, building.street.zh, building.number),
                "compound": _compound(building),
                "building": f"{building.building}幢",
                "unit": f"{unit}单元",
                "room": room,
                "lon": lon,
                "lat": lat,
                "residents": []
                if number % FLATS_PER_OCCUPIED_ONE
                else residents_of(Random(f"{city.seed}:residents:{household_id}"), SURNAMES, GIVEN_NAMES),
            }


def named_premises(city: City) -> Iterator[dict[str, Any]]:
    """Yield a row of the register for each landmark that has an address."""
    for landmark in city.map.landmarks:
        if landmark.street is None:
            continue
        code = city.map.grid_of_block[landmark.block]
        lon, lat = lon_lat(landmark.gate)
        yield {
            "id": city.id_of(f"premises:{landmark.name.zh}"),
            "kind": _kind(landmark),
            "name": landmark.name.zh,
            **_address(city, code, landmark.street.zh, landmark.number),
            "lon": lon,
            "lat": lat,
        }


def _kind(landmark: Landmark) -> str:
    if landmark.kind in _SHOPS:
        return "shop"
    return "enterprise" if landmark.kind in ("commercial", "marketplace", "parking") else "institution"


def _address(city: City, grid: str, street: str, number: int) -> dict[str, Any]:
    return {
        "jurisdiction_id": city.jurisdiction_id,
        "province": "浙江省",
        "city": "杭州市",
        "county": "西湖区",
        "town": "古荡街道",
        "community": city.community_names[grid[:12]],
        "grid": grid,
        "compound": f"{street}{number}号",
        "building": _NO_PART,
        "unit": _NO_PART,
        "room": _NO_PART,
        "is_generated": True,
    }


def _compound(building: Building) -> str:
    name = building.compound.zh if building.compound else ""
    return f"{building.street.zh}{building.number}号{name}"


def home_counts(city: City) -> dict[str, int]:
    """Return the number of homes for each grid.

    Each grid has 300 to 500 homes. Their sum is HOUSEHOLDS.
    """
    grids, random = list(city.grids), Random(f"{city.seed}:households")
    mean = HOUSEHOLDS // len(grids)
    sizes = []
    for _ in range(len(grids) // 2):
        difference = random.randint(0, 70)
        sizes += [mean + difference, mean - difference]
    if len(grids) % 2:
        sizes.append(mean)
    sizes[0] += HOUSEHOLDS - sum(sizes)
    random.shuffle(sizes)
    return dict(zip(grids, sizes, strict=True))


def _homes(city: City, code: str, count: int, random: Random) -> Iterator[tuple[Building, int, str, Point]]:
    """Yield building, staircase, room and position of `count` homes of a grid."""
    dwellings = [building for building in city.map.buildings_by_grid[code] if building.is_dwelling]
    random.shuffle(dwellings)
    made = 0
    for building in dwellings:
        doors = _doors(building.shape, building.stairs)
        for stair in range(1, building.stairs + 1):
            for floor in range(1, building.floors + 1):
                for side in (1, 2):
                    if made == count:
                        return
                    made += 1
                    yield building, stair, f"{floor}0{side}", doors[stair, side]
    raise ValueError(f"{code}: fewer than {count} homes")


def _doors(shape: Polygon, stairs: int) -> dict[tuple[int, int], Point]:
    """Return the positions of the homes of a building, by staircase and side, inside its ground plan."""
    middle = shape.representative_point()
    _, ((ax, ay), (bx, by)) = rectangle_sides(shape)
    share = 1 / (2 * stairs + 1)
    results = {}
    for n, key in enumerate((stair, side) for stair in range(1, stairs + 1) for side in (1, 2)):
        along = (n + 1) * share - 0.5
        at = Point(middle.x + (bx - ax) * along * 0.9, middle.y + (by - ay) * along * 0.9)
        results[key] = at if shape.contains(at) else middle
    return results
