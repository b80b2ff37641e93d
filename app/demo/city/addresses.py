"""Streets and numbers of buildings and compounds. Each number occurs once on its street."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random

import shapely
from shapely import STRtree
from shapely.geometry import Point, Polygon
from shapely.ops import nearest_points

from app.demo.city import buildings
from app.demo.city.buildings import GroundPlan
from app.demo.city.names import Names
from app.demo.city.parts import Block, Building, Street, Text

# Blocks that are one compound with a gate and one number.
_COMPOUNDS = (
    "slabs", "towers", "courtyard", "school", "kindergarten", "hospital", "market", "station", "office", "park", "plaza",
    "parking",
)  # fmt: skip
_STYLES = {"kindergarten": "school", "station": "market"}


@dataclass(slots=True)
class Site:
    """Land with one house number: a house on a street, or a compound.

    Attributes:
        gate: Where people enter.
        number: 0 until the site is numbered.
    """

    block: Block
    plans: list[GroundPlan]
    gate: Point
    street: Text
    compound: Text | None
    number: int = 0


def sites(blocks: list[Block], streets: list[Street], names: Names, random: Random) -> list[Site]:
    """Return all houses and compounds with their streets and numbers."""
    named = [street for street in streets if street.kind not in ("path", "rail")]
    tree = STRtree([street.axis for street in named])
    results = [site for block in blocks for site in _of_block(block, named, tree, names, random)]
    by_side: dict[tuple[int, bool], list[tuple[float, Site]]] = defaultdict(list)
    index = {street.name: n for n, street in enumerate(named)}
    for site in results:
        n = index[site.street]
        along, is_left = _position(named[n], site.gate, site.block.middle if site.compound else None)
        by_side[n, is_left].append((along, site))
    for (_, is_left), row in sorted(by_side.items(), key=lambda item: item[0]):
        number = 1 if is_left else 2
        for _, site in sorted(row, key=lambda item: item[0]):
            site.number = number
            # Some numbers are missing, as in any city.
            number += 2 if random.random() < 0.85 else 4
    return results


def buildings_of(site: Site) -> list[Building]:
    """Return the buildings of a site with their address."""
    return [
        Building(
            shape=plan.shape,
            block=site.block.number,
            street=site.street,
            number=site.number,
            compound=site.compound if site.block.style in buildings.HOUSING else None,
            building=n,
            floors=plan.floors,
            stairs=plan.stairs,
            is_dwelling=site.block.style in buildings.HOUSING,
        )
        for n, plan in enumerate(site.plans, start=1)
    ]


def _of_block(block: Block, streets: list[Street], tree: STRtree, names: Names, random: Random) -> list[Site]:
    plans = buildings.ground_plans(_STYLES.get(block.style, block.style), block.plot, random)
    if block.style in _COMPOUNDS:
        street = streets[int(tree.nearest(block.middle))]
        gate = _gate(block.plot, street)
        is_housing = block.style in buildings.HOUSING
        if is_housing and not plans:
            return []
        ordered = sorted(plans, key=lambda plan: (-round(plan.shape.centroid.y / 30), plan.shape.centroid.x))
        return [Site(block, ordered, gate, street.name, names.compound() if is_housing else None)]
    results = []
    for plan in plans:
        street = streets[int(tree.nearest(plan.shape.centroid))]
        results.append(Site(block, [plan], _gate(plan.shape, street), street.name, None))
    return results


def _gate(shape: Polygon, street: Street) -> Point:
    """Return the point of the edge that is nearest to the street, near the middle of that side."""
    edge = nearest_points(shape.exterior, nearest_points(street.axis, shape.centroid)[0])[0]
    return Point(round(edge.x, 2), round(edge.y, 2))


def _position(street: Street, gate: Point, inside: Point | None) -> tuple[float, bool]:
    """Return the distance along the street, and whether the site is on its left side."""
    axis = street.axis
    parts = list(getattr(axis, "geoms", [axis]))
    n = min(range(len(parts)), key=lambda k: parts[k].distance(gate))
    part = parts[n]
    along = part.project(gate)
    start = part.interpolate(min(max(along, 0.5), part.length - 0.5) - 0.5)
    there = part.interpolate(min(max(along, 0.5), part.length - 0.5) + 0.5)
    aim = gate if inside is None or shapely.distance(gate, part) > 1 else inside
    cross = (there.x - start.x) * (aim.y - start.y) - (there.y - start.y) * (aim.x - start.x)
    return along + sum(p.length for p in parts[:n]), cross > 0
