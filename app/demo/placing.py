"""Places of the demo where things happen: points of the map and words for them. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from app.demo.city import CityMap
from app.demo.city.addresses import Site
from app.demo.city.parts import HALF_WIDTHS_M, Building, Landmark, Street, Text
from app.demo.matters import Finding

# Kinds of landmarks of the places that are named after one.
_LANDMARKS = {
    "market": ("marketplace",),
    "school": ("school", "kindergarten"),
    "stop": ("bus_stop", "subway_station"),
    "park": ("park",),
    "shop": ("convenience", "restaurant", "greengrocer", "pharmacy", "hairdresser", "hardware", "cafe", "laundry", "books"),
}  # fmt: skip
_WORDS = {
    "market": (
        ("门口", "东侧", "卸货口"),
        ("at the entrance of {}", "beside {}", "at the loading bay of {}"),
    ),
    "school": (("门口", "围墙外", "东侧"), ("at the gate of {}", "outside the wall of {}", "beside {}")),
    "stop": (("公交站旁", "公交站后"), ("beside the bus stop {}", "behind the bus stop {}")),
    "park": (("内", "入口处", "草坪"), ("in {}", "at the entrance of {}", "on the lawn of {}")),
    "shop": (("门前", "旁"), ("in front of {}", "beside {}")),
}
_LARGE = ("primary", "secondary")


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the map, in metres, and the words for it."""

    at: Point
    words: Text


class Placing:
    """Finder of places in the grids of a map."""

    def __init__(self, town: CityMap) -> None:
        self._town = town
        self._streets = {street.name: street for street in town.streets}
        self._finders: dict[str, Callable[[str, Random], Place | None]] = {
            "road": lambda grid, random: self._before_house(grid, random, is_large=True),
            "lane": lambda grid, random: self._before_house(grid, random, is_large=False),
            "crossing": self._crossing,
            "court": self._court,
            "stair": self._stair,
            "river": self._river,
            "rail": self._rail,
            "site": self._site,
        }

    def place(self, where: str, grid: str, random: Random) -> Place | None:
        """Return a place of a kind in a grid, or None if the grid has no such place."""
        if where in _LANDMARKS:
            return self._landmark(where, grid, random)
        return self._finders[where](grid, random)

    def find(self, findings: tuple[Finding, ...], grid: str, random: Random) -> tuple[Finding, Place] | None:
        """Return a finding and a place for it in a grid; None if the grid has no place for any of them."""
        rest = list(findings)
        while rest:
            finding = random.choices(rest, [candidate.weight for candidate in rest])[0]
            for where in random.sample(finding.where, len(finding.where)):
                place = self.place(where, grid, random)
                if place is not None:
                    return finding, place
            rest.remove(finding)
        return None

    def words_near(self, at: Point, grid: str) -> Text:
        """Return words for a point of a grid: the house before which it lies."""
        site = min(self._sites[grid], key=lambda candidate: candidate.gate.distance(at))
        return _before(site)

    def sites_of(self, grid: str) -> list[Site]:
        """Return the houses and compounds of a grid."""
        return self._sites[grid]

    @cached_property
    def _sites(self) -> dict[str, list[Site]]:
        grouped: dict[str, list[Site]] = {}
        for site in self._town.sites:
            grouped.setdefault(self._town.grid_of_block[site.block.number], []).append(site)
        return grouped

    def _landmark(self, where: str, grid: str, random: Random) -> Place | None:
        fitting = [
            landmark
            for landmark in self._town.landmarks_by_grid.get(grid, ())
            if landmark.kind in _LANDMARKS[where]
        ]
        if not fitting:
            return None
        landmark = random.choice(fitting)
        endings, phrases = _WORDS[where]
        n = random.randrange(len(endings))
        text = Text(landmark.name.zh + endings[n], phrases[n].format(landmark.name.en))
        if where == "park" and n != 1:
            return Place(self._inside(landmark, random), text)
        return Place(self._near(landmark.gate, grid, random, 6), text)

    def _before_house(self, grid: str, random: Random, *, is_large: bool) -> Place | None:
        fitting = [
            site
            for site in self._sites.get(grid, ())
            if (self._streets[site.street].kind in _LARGE) == is_large
        ]
        if not fitting:
            return None
        site = random.choice(fitting)
        street = self._streets[site.street]
        return Place(self._at_kerb(street, site.gate, grid, random), _before(site))

    def _at_kerb(self, street: Street, gate: Point, grid: str, random: Random) -> Point:
        """Return a point at the edge of a street before a gate, within the grid."""
        axis = nearest_points(street.axis, gate)[0]
        reach = axis.distance(gate) or 1.0
        share = min(1.0, max(0.3, (HALF_WIDTHS_M[street.kind] - random.uniform(0.5, 3.0)) / reach))
        at = Point(axis.x + (gate.x - axis.x) * share, axis.y + (gate.y - axis.y) * share)
        return self._near(at, grid, random, 2)

    def _crossing(self, grid: str, random: Random) -> Place | None:
        sites = [s for s in self._sites.get(grid, ()) if self._streets[s.street].kind in _LARGE]
        random.shuffle(sites)
        for site in sites[:6]:
            street = self._streets[site.street]
            for other in self._town.streets:
                if other.kind in ("rail", "path") or other.name == street.name:
                    continue
                crossing = street.axis.intersection(other.axis)
                if isinstance(crossing, Point) and crossing.distance(site.gate) < 160:
                    at = self._pulled_in(crossing, grid)
                    if at is not None:
                        words = Text(
                            f"{street.name.zh}与{other.name.zh}路口",
                            f"where {street.name.en} meets {other.name.en}",
                        )
                        return Place(at, words)
        return None

    def _court(self, grid: str, random: Random) -> Place | None:
        building = self._compound_building(grid, random)
        if building is None or building.compound is None:
            return None
        plot = self._town.blocks[building.block].plot
        for _ in range(12):
            ring = building.shape.buffer(random.uniform(3, 9)).exterior
            at = ring.interpolate(random.random(), normalized=True)
            if plot.contains(at):
                words = Text(
                    f"{building.compound.zh}{building.building}幢楼下",
                    f"before building {building.building} of {building.compound.en}",
                )
                return Place(_rounded(at), words)
        return None

    def _stair(self, grid: str, random: Random) -> Place | None:
        building = self._compound_building(grid, random)
        if building is None or building.compound is None:
            return None
        stair = random.randint(1, building.stairs)
        words = Text(
            f"{building.compound.zh}{building.building}幢{stair}单元楼道",
            f"in staircase {stair} of building {building.building}, {building.compound.en}",
        )
        return Place(_rounded(building.shape.representative_point()), words)

    def _compound_building(self, grid: str, random: Random) -> Building | None:
        fitting = [b for b in self._town.buildings_by_grid.get(grid, ()) if b.compound is not None]
        return random.choice(fitting) if fitting else None

    def _river(self, grid: str, random: Random) -> Place | None:
        water = [block for block in self._town.blocks_by_grid[grid] if block.style == "water"]
        if not water:
            return None
        block = random.choice(water)
        bank = block.cell.intersection(self._town.plan.river.buffer(5)).difference(self._town.plan.river)
        if bank.is_empty:
            return None
        at = _random_point(bank, random)
        bridge = min(
            (m for m in self._town.landmarks if m.kind == "bridge"), key=lambda m: m.gate.distance(at)
        )
        side_zh, side_en = ("东侧", "east") if at.x > bridge.gate.x else ("西侧", "west")
        words = Text(f"{bridge.name.zh}{side_zh}河边步道", f"on the river walk {side_en} of {bridge.name.en}")
        return Place(at, words)

    def _rail(self, grid: str, random: Random) -> Place | None:
        railway = self._town.plan.railway
        if railway is None:
            return None
        for street in self._town.streets:
            if street.kind in ("rail", "path"):
                continue
            crossing = street.axis.intersection(railway)
            if isinstance(crossing, Point) and self._town.grid_of(crossing) == grid:
                words = Text(f"{street.name.zh}铁路桥下", f"below the railway in {street.name.en}")
                return Place(self._near(crossing, grid, random, 5), words)
        return None

    def _site(self, grid: str, random: Random) -> Place | None:
        fitting = [s for s in self._sites.get(grid, ()) if s.block.style in ("office", "parking", "plaza")]
        if not fitting:
            return None
        # A grid has one building site.
        site = min(fitting, key=lambda candidate: candidate.block.number)
        words = Text(
            f"{site.street.zh}{site.number}号工地旁",
            f"beside the building site at {site.number} {site.street.en}",
        )
        return Place(self._near(site.gate, grid, random, 25), words)

    def _inside(self, landmark: Landmark, random: Random) -> Point:
        return _random_point(self._town.blocks[landmark.block].plot.buffer(-3), random)

    def _near(self, at: Point, grid: str, random: Random, reach_m: float) -> Point:
        """Return a point within `reach_m` of a point, in the grid if that is possible."""
        for _ in range(8):
            angle, distance = random.uniform(0, 2 * math.pi), random.uniform(0, reach_m)
            moved = Point(at.x + distance * math.cos(angle), at.y + distance * math.sin(angle))
            if self._town.grid_of(moved) == grid:
                return _rounded(moved)
        return self._pulled_in(at, grid) or _rounded(at)

    def _pulled_in(self, at: Point, grid: str) -> Point | None:
        """Return the point of the grid nearest to a point within 40 m, a little inside; None if there is none."""
        near = [b for b in self._town.blocks_by_grid[grid] if b.cell.distance(at) < 40]
        if not near:
            return None
        block = min(near, key=lambda candidate: candidate.cell.distance(at))
        inner = block.cell.buffer(-1.0)
        if inner.is_empty or inner.contains(at):
            return _rounded(at)
        return _rounded(nearest_points(inner, at)[0])


def _before(site: Site) -> Text:
    return Text(f"{site.street.zh}{site.number}号门前", f"in front of {site.number} {site.street.en}")


def _random_point(shape: BaseGeometry, random: Random) -> Point:
    west, south, east, north = shape.bounds
    for _ in range(60):
        x, y = random.uniform(west, east), random.uniform(south, north)
        if shapely.contains_xy(shape, x, y):
            return _rounded(Point(x, y))
    return _rounded(shape.representative_point())


def _rounded(at: Point) -> Point:
    return Point(round(at.x, 2), round(at.y, 2))
