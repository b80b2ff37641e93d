"""The made-up map of the demo city: streets, blocks, buildings, numbers and areas."""

from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
import shapely
from shapely import STRtree

from app.demo.city import city_map
from app.demo.city.areas import area_km2
from app.demo.city.city_map import in_degrees
from app.demo.divisions import GUDANG
from app.demo.homes import flats, named_premises
from app.demo.people import MAP_SEED, City
from tests.nonempty import nonempty

SEEDS = (MAP_SEED, 8)


@pytest.fixture(scope="module", params=SEEDS)
def town(request):
    return city_map(request.param)


@pytest.fixture(scope="module")
def city():
    return City(datetime(2026, 1, 1, tzinfo=UTC))


def test_areas_tile_each_level_without_gaps_or_overlaps(town):
    children = defaultdict(list)
    for shape in town.shapes:
        assert shape.polygon.is_valid
        children[shape.parent_code].append(shape)
    by_code = {shape.code: shape.polygon for shape in town.shapes}
    for parent, parts in children.items():
        if parent is not None:
            whole = by_code[parent]
            assert abs(sum(part.polygon.area for part in parts) - whole.area) < 1e-12
            assert all(whole.covers(part.polygon.representative_point()) for part in parts)
    assert 4.5 < area_km2(by_code[GUDANG]) < 4.8
    assert sum(shape.level == "grid" for shape in town.shapes) == 40


def test_grids_hold_whole_blocks_and_whole_buildings(town):
    grids = {shape.code: shape.polygon for shape in town.shapes if shape.level == "grid"}
    # Corners were moved to a lattice of a centimetre, edges between them by less than a decimetre.
    grown = {code: polygon.buffer(1e-6) for code, polygon in grids.items()}
    for block in nonempty(town.blocks):
        assert grown[town.grid_of_block[block.number]].covers(in_degrees(block.plot))
    tree = STRtree(list(grids.values()))
    codes = list(grids)
    for building in nonempty(town.buildings):
        shape = in_degrees(building.shape)
        touched = [codes[n] for n in tree.query(shape, predicate="intersects")]
        assert touched == [town.grid_of_block[building.block]]


def test_each_number_occurs_once_on_its_street_odd_and_even_by_side(town):
    counts = Counter((site.street.zh, site.number) for site in town.sites)
    assert max(counts.values()) == 1 and all(number > 0 for _, number in counts)
    names = [street.name.zh for street in town.streets]
    assert len(names) == len(set(names))
    lines = {street.name: street.axis for street in town.streets}
    sides = Counter()
    for site in town.sites:
        axis = lines[site.street]
        if isinstance(axis, shapely.LineString) and 10 < axis.project(site.gate) < axis.length - 10:
            at = axis.project(site.gate)
            start, there = axis.interpolate(at - 1), axis.interpolate(at + 1)
            middle = site.block.middle if site.compound else site.gate
            cross = (there.x - start.x) * (middle.y - start.y) - (there.y - start.y) * (middle.x - start.x)
            sides[(cross > 0) == (site.number % 2 == 1)] += 1
    assert sides[True] > 0.97 * sides.total() > 500


def test_map_has_buildings_landmarks_river_and_railway(town):
    assert len(town.blocks) > 350 and len(town.buildings) > 1_500
    kinds = Counter(landmark.kind for landmark in town.landmarks)
    assert kinds["school"] >= 7 and kinds["kindergarten"] >= 8 and kinds["marketplace"] >= 5
    assert (
        kinds["bus_stop"] >= 30 and kinds["hospital"] == kinds["train_station"] == 1 and kinds["bridge"] >= 3
    )
    assert len({landmark.name.zh for landmark in town.landmarks}) == len(town.landmarks) > 180
    assert not any(building.shape.intersects(town.plan.river) for building in town.buildings)
    by_block = defaultdict(list)
    for building in town.buildings:
        by_block[building.block].append(building.shape)
    assert all(
        shapely.unary_union(those).area > 0.999 * sum(s.area for s in those) for those in by_block.values()
    )


def test_same_seed_makes_the_same_map_and_others_another_river():
    made, again = city_map.__wrapped__(MAP_SEED), city_map.__wrapped__(MAP_SEED)
    assert made.buildings == again.buildings
    assert made.landmarks == again.landmarks
    assert made.shapes == again.shapes
    assert not made.plan.river.equals(city_map(8).plan.river)


def test_homes_stand_in_buildings_with_their_street_and_number(city):
    rows = list(flats(city))
    assert len(rows) == 16_000
    by_address = {}
    for building in city.map.buildings:
        name = f"{building.street.zh}{building.number}号{building.compound.zh if building.compound else ''}"
        by_address[name, f"{building.building}幢"] = in_degrees(building.shape).buffer(1e-7)
    for row in rows:
        assert shapely.contains_xy(by_address[row["compound"], row["building"]], row["lon"], row["lat"])
    assert len({(row["compound"], row["building"], row["unit"], row["room"]) for row in rows}) == 16_000
    names = [row["name"] for row in named_premises(city)]
    assert len(names) == len(set(names)) > 120
