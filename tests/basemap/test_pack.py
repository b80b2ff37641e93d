"""Vector tiles of features: GDAL reads back what was written, in its place, with its properties."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import shapely
from pmtiles.reader import MemorySource, Reader, all_tiles
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box, shape

from app.basemap.rules.schema import MAX_ZOOM, MapFeature, names
from app.basemap.service.pack import write_tiles

# A unit of a tile of the last zoom is a third of a metre here.
UNIT_DEG = 360 / 2**MAX_ZOOM / 4096
WEST, SOUTH, EAST, NORTH = 120.10, 30.27, 120.13, 30.29
COURTYARD = Polygon(
    box(120.111, 30.2801, 120.112, 30.281).exterior, [box(120.1113, 30.2803, 120.1117, 30.2807).exterior]
)
STREET = LineString([(WEST, 30.275), (120.115, 30.276), (EAST, 30.2751)])
FEATURES = [
    MapFeature("roads", "major_road", STREET, 8, names("古荡路", en="Gudang Rd"), {"is_bridge": True}),
    MapFeature("earth", "earth", box(WEST, SOUTH, EAST, NORTH)),
    MapFeature("buildings", "building", COURTYARD, 13, properties={"height": 12.5}),
    MapFeature("buildings", "address", Point(120.1115, 30.2802), 15, properties={"addr_housenumber": "12"}),
    MapFeature(
        "water",
        "lake",
        MultiPolygon([box(120.12, 30.28, 120.121, 30.281), box(120.124, 30.28, 120.125, 30.281)]),
    ),
]


# In a process of its own: the drivers of this one are restricted. GDAL comes with pyogrio, because that of Debian 12 does not
# read PMTiles.
READ = """
import sys, json, pyogrio, shapely
from pyproj import Transformer
path, layer, zoom = sys.argv[1:]
meta, _, geometries, columns = pyogrio.raw.read(path, layer=layer, ZOOM_LEVEL=zoom)
to_degrees = Transformer.from_crs(meta["crs"], 4326, always_xy=True).transform
# Rounded, so that parts of neighbouring tiles meet.
shapes = shapely.transform(
    shapely.from_wkb(geometries), lambda x, y: [values.round(9) for values in to_degrees(x, y)], interleaved=False
)
names, rows = list(meta["fields"]), zip(*(column.tolist() for column in columns))
print(json.dumps([
    {"properties": dict(zip(names, row)), "geometry": shapely.geometry.mapping(shape)} for shape, row in zip(shapes, rows)
]))
"""


def read_layer(path: Path, layer: str, zoom: int = MAX_ZOOM) -> list[dict]:
    """Read a layer as GDAL does: a feature for each tile that it touches."""
    command = [sys.executable, "-c", READ, path, layer, str(zoom)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    features: list[dict] = json.loads(done.stdout)
    return features


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("basemap") / "city.pmtiles"
    write_tiles(FEATURES, path, name="古荡", attribution="© Test")
    return path


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: f"{feature.layer}-{feature.kind}")
def test_feature_read_by_gdal_has_its_place_and_properties(city, feature):
    parts = [part for part in read_layer(city, feature.layer) if part["properties"]["kind"] == feature.kind]
    whole = shapely.unary_union([shape(part["geometry"]) for part in parts])
    assert whole.hausdorff_distance(feature.geometry) < 2 * UNIT_DEG
    if feature.geometry.area:
        assert whole.symmetric_difference(feature.geometry).area < feature.geometry.length * 2 * UNIT_DEG
    for part in parts:
        given = {name: value for name, value in part["properties"].items() if value is not None}
        assert given.items() >= feature.attributes().items()


def test_building_appears_from_its_zoom(city):
    assert [len(read_layer(city, "buildings", zoom)) for zoom in (12, 13, 15)] == [0, 1, 2]


def varints(content: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in content:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0


def member(message: bytes, number: int) -> bytes:
    """The first member of a message of protobuf that has this number and a length."""
    at = 0
    while at < len(message):
        key, at = message[at], at + 1
        end = next(n for n in range(at, len(message)) if message[n] < 0x80) + 1
        (value,) = varints(message[at:end])
        at = end
        if key & 7 == 2:
            if key >> 3 == number:
                return message[at : at + value]
            at += value
    raise AssertionError(f"no member {number}")


def rings_of(tile: bytes) -> list[list[tuple[int, int]]]:
    """The rings of the first feature of the first layer of a tile, read by the book."""
    values = varints(member(member(member(tile, 3), 2), 4))
    rings: list[list[tuple[int, int]]] = []
    x = y = 0
    for command in values:
        if command & 7 == 7:
            continue
        if command & 7 == 1:
            rings.append([])
        for _ in range(command >> 3):
            dx, dy = (
                value >> 1 if value % 2 == 0 else -(value >> 1) - 1 for value in (next(values), next(values))
            )
            x, y = x + dx, y + dy
            rings[-1].append((x, y))
    return rings


def test_outer_rings_turn_clockwise_on_the_screen_and_holes_the_other_way(tmp_path):
    path = tmp_path / "court.pmtiles"
    write_tiles([FEATURES[2]], path, name="", attribution="")
    header = Reader(MemorySource(path.read_bytes())).header()
    tile = next(all_tiles(MemorySource(path.read_bytes())))[1]
    areas = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*ring, ring[0]]))
        for ring in rings_of(gzip.decompress(tile))
    ]
    assert header["min_zoom"] == 13
    # The axis of rows points down, so that clockwise is positive (Mapbox Vector Tile 2.1, 4.3.3.3).
    assert [area > 0 for area in areas] == [True, False]


def test_file_has_attribution_bounds_and_layers(city):
    file = Reader(MemorySource(city.read_bytes()))
    header, metadata = file.header(), file.metadata()
    assert (header["min_lon_e7"], header["max_lat_e7"]) == (round(WEST * 1e7), round(NORTH * 1e7))
    assert header["clustered"] and header["max_zoom"] == MAX_ZOOM
    assert (metadata["name"], metadata["attribution"]) == ("古荡", "© Test")
    assert [layer["id"] for layer in metadata["vector_layers"]] == ["earth", "water", "buildings", "roads"]


def test_same_features_give_the_same_bytes(city, tmp_path):
    again = tmp_path / "again.pmtiles"
    calls: list[tuple[int, int]] = []
    packed = write_tiles(
        iter(FEATURES),
        again,
        name="古荡",
        attribution="© Test",
        progress=lambda *done: calls.append(done),
    )
    assert again.read_bytes() == city.read_bytes()
    assert (packed.bytes, packed.features) == (again.stat().st_size, len(FEATURES))
    assert calls == sorted(calls) and calls[-1][0] == calls[-1][1] > 1
    assert [path.name for path in tmp_path.iterdir()] == ["again.pmtiles"]


def test_writing_is_refused_when_there_are_no_features(tmp_path):
    with pytest.raises(ValueError, match="no features"):
        write_tiles([], tmp_path / "none.pmtiles", name="", attribution="")
    assert list(tmp_path.iterdir()) == []


def test_broken_polygon_is_mended(tmp_path):
    bow_tie = Polygon([(120.11, 30.28), (120.12, 30.29), (120.12, 30.28), (120.11, 30.29)])
    path = tmp_path / "bow.pmtiles"
    write_tiles([MapFeature("landuse", "park", bow_tie)], path, name="", attribution="")
    drawn = shapely.unary_union([shape(part["geometry"]) for part in read_layer(path, "landuse")])
    assert drawn.area == pytest.approx(shapely.make_valid(bow_tie).area, rel=0.01)


def test_names_have_their_script():
    assert names("古荡路", en="Gudang Rd") == {
        "name": "古荡路",
        "script": "Han",
        "name:zh-Hans": "古荡路",
        "name:en": "Gudang Rd",
    }
    assert names("Mannerheimintie") == {"name": "Mannerheimintie"}
    assert names(None) == {}


@pytest.mark.parametrize(("layer", "zoom"), [("streets", 3), ("roads", 16)])
def test_feature_refuses_unknown_layers_and_lost_zooms(layer, zoom):
    with pytest.raises(ValueError):
        MapFeature(layer, "path", STREET, zoom)
