"""`gridward basemap import`: a real city becomes a base map; other files and too large ones are refused."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner, Result
from shapely.geometry import LineString, Point, Polygon, shape

from app.basemap.rules import osm_child
from app.basemap.rules.coast import land_and_sea
from app.basemap.rules.osm import features_of
from app.basemap.service.map_file import open_map
from app.basemap.service.osm_import import ExtractRefused, ReadLimits, import_extract
from app.cli import main
from tests.basemap.extracts import extract
from tests.basemap.test_pack import read_layer

# Of the wheel that requirements-extract.lock pins.
HELSINKI_SHA256 = "b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee"
CENTRE = (24.9352, 60.1642, 24.9534, 60.1791)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["basemap", "import", *map(str, arguments)])


@pytest.fixture(scope="module")
def helsinki(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("helsinki") / "city.pmtiles"
    assert hashlib.sha256(extract().read_bytes()).hexdigest() == HELSINKI_SHA256
    done = run(extract(), "--output", path)
    assert done.exit_code == 0, done.output
    assert "ODbL" in done.output and "city.pmtiles" in done.output
    return path


def drawn(path: Path, layer: str, **properties: str) -> list[dict]:
    features = read_layer(path, layer)
    return [
        f for f in features if all(f["properties"].get(name) == value for name, value in properties.items())
    ]


def covers(features: list[dict], lon: float, lat: float) -> bool:
    return any(shape(feature["geometry"]).covers(Point(lon, lat)) for feature in features)


def test_real_city_has_its_streets_in_three_languages_and_house_numbers(helsinki):
    base_map = open_map(helsinki)
    assert base_map.bounds == pytest.approx(CENTRE, abs=1e-4)
    assert {layer.id for layer in base_map.layers} == {
        "earth", "landuse", "water", "buildings", "roads", "pois", "places",
    }  # fmt: skip
    assert [(credit.text, credit.href) for credit in base_map.credits] == [
        ("© OpenStreetMap contributors", "https://www.openstreetmap.org/copyright")
    ]
    street = drawn(helsinki, "roads", name="Mannerheimintie", kind="major_road")
    assert len(street) > 5
    station = drawn(helsinki, "pois", kind="station")[0]["properties"]
    assert station["name:en"]
    numbers = drawn(helsinki, "buildings", kind="address")
    assert len(numbers) > 1_000 and all(n["properties"]["addr_housenumber"] for n in numbers)
    assert len(drawn(helsinki, "buildings", kind="building")) > 300
    assert 150_000 < helsinki.stat().st_size < 400_000


def test_bay_is_sea_and_square_is_land(helsinki):
    """The extract cuts the coastline short of its edge."""
    sea, land = drawn(helsinki, "water", kind="ocean"), read_layer(helsinki, "earth")
    elaintarha_bay, senate_square = (24.9441, 60.1775), (24.9522, 60.1695)
    assert covers(sea, *elaintarha_bay) and not covers(land, *elaintarha_bay)
    assert covers(land, *senate_square) and not covers(sea, *senate_square)


def test_map_is_limited_to_the_box(tmp_path):
    path = tmp_path / "part.pmtiles"
    done = run(extract(), "--bbox", "24.94,60.168,24.945,60.172", "--output", path)
    assert done.exit_code == 0, done.output
    assert open_map(path).bounds == (24.94, 60.168, 24.945, 60.172)
    assert path.stat().st_size < 150_000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PMTiles\3 and so on", "no extract of OpenStreetMap"),
        (b'<?xml version="1.0"?><osm version="0.6"></osm>', "--bbox"),
        # GDAL would read the file of the server that it names.
        (
            b'<OGRVRTDataSource><OGRVRTLayer name="points"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
            b"</OGRVRTDataSource>",
            "no extract of OpenStreetMap",
        ),
    ],
    ids=["other format", "no area", "virtual layer"],
)
def test_other_file_is_refused_when_it_is_imported(tmp_path, content, words):
    path = tmp_path / "x.osm.pbf"
    path.write_bytes(content)
    done = run(path, "--output", tmp_path / "x.pmtiles")
    assert done.exit_code == 2 and words in done.output
    assert [left.name for left in tmp_path.iterdir()] == ["x.osm.pbf"]


def test_extract_is_refused_when_reading_exceeds_its_memory(tmp_path):
    limits = ReadLimits(memory_bytes=150_000_000, memory_per_byte=0)
    with pytest.raises(ExtractRefused):
        import_extract(extract(), tmp_path / "x.pmtiles", name="x", limits=limits)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bbox", ["1,2,3", "3,2,1,4", "a,b,c,d", "0,-90,1,1"])
def test_box_is_refused_when_it_has_no_area(tmp_path, bbox):
    done = run(extract(), "--bbox", bbox, "--output", tmp_path / "x.pmtiles")
    assert done.exit_code == 2 and "--bbox" in done.output


def test_reader_process_has_the_driver_of_openstreetmap_only():
    code = (
        "from app.basemap.rules.osm_child import *; print(sorted(restricted_pyogrio(DRIVERS).list_drivers()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['OSM']\n"
    assert {"OSM"} == osm_child.DRIVERS


SQUARE = Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])


@pytest.mark.parametrize(
    ("layer", "tags", "drawn_as"),
    [
        ("lines", {"highway": "primary_link", "oneway": "yes"}, [("roads", "major_road")]),
        ("lines", {"highway": "footway"}, [("roads", "path")]),
        ("lines", {"highway": "proposed"}, []),
        ("lines", {"railway": "subway", "tunnel": "yes"}, []),
        ("lines", {"railway": "tram"}, [("roads", "rail")]),
        ("lines", {"waterway": "canal", "name": "京杭大运河"}, [("water", "river")]),
        ("multipolygons", {"building": "no"}, []),
        ("multipolygons", {"building": "yes", "addr:housenumber": "12"}, [("buildings", "building"), ("buildings", "address")]),
        ("multipolygons", {"amenity": "school", "name": "学校"}, [("landuse", "school"), ("pois", "school")]),
        ("multipolygons", {"natural": "water", "water": "river"}, [("water", "river")]),
        ("points", {"place": "suburb", "name": "古荡"}, [("places", "neighbourhood")]),
        ("points", {"place": "suburb"}, []),
        ("points", {"amenity": "bench", "name": "x"}, []),
    ],
)  # fmt: skip
def test_tags_become_kinds_of_the_schema(layer, tags, drawn_as):
    shapes = {"lines": LineString([(0, 0), (1, 1)]), "multipolygons": SQUARE, "points": Point(0, 0)}
    assert [(f.layer, f.kind) for f in features_of(layer, tags, shapes[layer])] == drawn_as


def test_road_that_is_no_bridge_lacks_the_property():
    (road,) = features_of(
        "lines", {"highway": "primary", "bridge": "no", "name": "天目山路"}, LineString([(0, 0), (1, 1)])
    )
    assert road.attributes() == {
        "kind": "major_road", "kind_detail": "primary", "name": "天目山路", "script": "Han", "name:zh-Hans": "天目山路",
    }  # fmt: skip


BOX = (0.0, 0.0, 10.0, 10.0)


@pytest.mark.parametrize(
    ("coast", "sea", "land"),
    [
        ([], [], [(5, 5)]),
        # Northward: land in the west.
        ([[(5, -1), (5, 11)]], [(8, 5)], [(2, 5)]),
        ([[(5, 11), (5, -1)]], [(2, 5)], [(8, 5)]),
        # In two pieces, each of which an extract cut near the edge.
        ([[(5, 0.3), (5, 5)], [(5, 5), (5, 9.7)]], [(8, 5)], [(2, 5)]),
        # An island: land on the left of a ring that turns counter-clockwise.
        ([[(4, 4), (6, 4), (6, 6), (4, 6), (4, 4)]], [(1, 1), (9, 9)], [(5, 5)]),
        # An island before a coast.
        ([[(8, -1), (8, 11)], [(9, 4), (9.5, 4), (9.5, 6), (9, 6), (9, 4)]], [(8.5, 5)], [(2, 2), (9.2, 5)]),
    ],
    ids=["none", "north", "south", "cut", "island", "island before a coast"],
)
def test_land_is_on_the_left_of_a_coastline(coast, sea, land):
    on_land, at_sea = land_and_sea([LineString(path) for path in coast], BOX)
    assert sum(polygon.area for polygon in [*on_land, *at_sea]) == pytest.approx(100)
    for points, polygons in ((sea, at_sea), (land, on_land)):
        area = shapely.unary_union(polygons)
        assert all(area.covers(Point(point)) for point in points)
