"""The whole made-up city of one seed: streets, blocks, buildings, landmarks and areas, on the ground and in degrees."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import cos, radians
from random import Random
from typing import TypeVar

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from app.demo.city import addresses, areas
from app.demo.city.addresses import Site
from app.demo.city.areas import Shape
from app.demo.city.blocks import blocks
from app.demo.city.landmarks import landmarks
from app.demo.city.names import Names
from app.demo.city.parts import Block, Building, Landmark, Street
from app.demo.city.streets import Network, network
from app.demo.divisions import GUDANG, district

_Part = TypeVar("_Part", Building, Landmark)
_Geometry = TypeVar("_Geometry", bound=BaseGeometry)
_DEGREES_PER_M = (1 / 111_320, 1 / 110_860)


@dataclass(frozen=True, eq=False)
class CityMap:
    """The made-up city. Shapes of its parts are in metres from its middle; `in_degrees` turns them into WGS 84.

    Attributes:
        shapes: The areas (district, streets, communities, grids), in degrees.
        grid_of_block: Code of the grid that contains a block, by the number of the block.
    """

    seed: int
    plan: Network
    blocks: Sequence[Block]
    sites: Sequence[Site]
    buildings: Sequence[Building]
    landmarks: Sequence[Landmark]
    shapes: Sequence[Shape]
    grid_of_block: Mapping[int, str]

    @property
    def streets(self) -> Sequence[Street]:
        return self.plan.streets

    def grid_of(self, at: Point) -> str:
        """Return the code of the grid that contains a point in metres, or of the nearest one."""
        return self.grid_of_block[int(self._tree.nearest(at))]

    @cached_property
    def buildings_by_grid(self) -> dict[str, list[Building]]:
        return self._by_grid(self.buildings)

    @cached_property
    def landmarks_by_grid(self) -> dict[str, list[Landmark]]:
        return self._by_grid(self.landmarks)

    @cached_property
    def blocks_by_grid(self) -> dict[str, list[Block]]:
        grouped = defaultdict(list)
        for block in self.blocks:
            grouped[self.grid_of_block[block.number]].append(block)
        return dict(grouped)

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree([block.cell for block in self.blocks])

    def _by_grid(self, parts: Sequence[_Part]) -> dict[str, list[_Part]]:
        grouped: dict[str, list[_Part]] = defaultdict(list)
        for part in parts:
            grouped[self.grid_of_block[part.block]].append(part)
        return grouped


@cache
def city_map(seed: int) -> CityMap:
    """Return the city of a seed. The same seed makes the same city."""
    names = Names(Random(f"{seed}:names"))
    plan = network(Random(f"{seed}:streets"), names)
    all_blocks = blocks(plan, Random(f"{seed}:blocks"))
    sites = addresses.sites(all_blocks, plan.streets, names, Random(f"{seed}:sites"))
    buildings = [building for site in sites for building in addresses.buildings_of(site)]
    named = landmarks(plan, all_blocks, sites, names, Random(f"{seed}:landmarks"))
    cells = {block.number: in_degrees(block.cell) for block in all_blocks}
    homes: dict[int, int] = defaultdict(int)
    for building in buildings:
        homes[building.block] += building.floors * building.stairs * 2 * building.is_dwelling
    shapes, grid_of_block = areas.divide(
        district(),
        seed,
        outline=in_degrees(plan.outline),
        cells=cells,
        weights={n: 40 + homes[n] for n in cells},
    )
    return CityMap(seed, plan, all_blocks, sites, buildings, named, shapes, grid_of_block)


def in_degrees(shape: _Geometry) -> _Geometry:
    """Return a shape of the city in degrees (WGS 84, longitude first), rounded to 1e-7."""
    lon, lat = _middle()
    scale = np.array((_DEGREES_PER_M[0] / cos(radians(lat)), _DEGREES_PER_M[1]))
    moved: _Geometry = shapely.transform(shape, lambda at: (at * scale + (lon, lat)).round(7))
    return moved


def lon_lat(at: Point) -> tuple[float, float]:
    """Return longitude and latitude of a point of the city."""
    moved = in_degrees(at)
    return round(moved.x, 7), round(moved.y, 7)


def _middle() -> tuple[float, float]:
    return next(street.near for street in district().streets if street.code == GUDANG)
