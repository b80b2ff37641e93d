"""Files that can be the base map, and those that cannot: what `gridward config check` says of them."""

import gzip
import json
from pathlib import Path

import pytest
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from app.basemap.rules.attribution import credits_of
from app.basemap.service.map_file import MapUnusable, configuration_fault, open_map
from app.basemap.service.pack import write_tiles
from tests.basemap.test_pack import FEATURES


def write_map(
    path: Path, tiles: dict[tuple[int, int, int], bytes], layers: list[str], **header: object
) -> Path:
    """A PMTiles file with these tiles, written without the product's code."""
    facts = {"tile_compression": Compression.GZIP, "tile_type": TileType.MVT, **header}
    with path.open("wb") as file:
        writer = Writer(file)
        for place, body in sorted(tiles.items(), key=lambda pair: zxy_to_tileid(*pair[0])):
            writer.write_tile(zxy_to_tileid(*place), body)
        writer.finalize(facts, {"vector_layers": [{"id": layer} for layer in layers]})
    return path


PROTOMAPS, OPENMAPTILES = ["earth", "water", "roads"], ["water", "transportation", "building"]
ONE_TILE = {(0, 0, 0): gzip.compress(b"tile")}


def test_tiles_of_a_large_map_are_found_by_its_leaf_directories(tmp_path):
    tiles = {(8, x, y): gzip.compress(f"{x} {y}".encode()) for x in range(0, 256, 2) for y in range(256)}
    base_map = open_map(write_map(tmp_path / "large.pmtiles", tiles, PROTOMAPS))
    for x, y in ((0, 0), (254, 255), (128, 77)):
        assert base_map.tile(8, x, y) == f"{x} {y}".encode()
    assert [base_map.tile(8, 1, 1), base_map.tile(9, 0, 0), base_map.tile(7, 0, 0)] == [None, None, None]


def test_map_is_read_anew_when_its_file_changes(tmp_path):
    path = write_map(tmp_path / "city.pmtiles", ONE_TILE, PROTOMAPS)
    before = open_map(path)
    write_map(path, {(0, 0, 0): gzip.compress(b"another tile")}, PROTOMAPS)
    after = open_map(path)
    assert (before.tag != after.tag, after.tile(0, 0, 0)) == (True, b"another tile")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file"),
        (b"", "not a PMTiles file"),
        (b"GIF89a" + bytes(200), "not a PMTiles file"),
        (b"PMTiles\2" + bytes(200), "another version than 3"),
        (b"PMTiles\3", "not a PMTiles file"),
    ],
    ids=["missing", "empty", "other format", "version 2", "cut"],
)
def test_config_check_says_why_a_file_is_no_base_map(tmp_path, content, words):
    path = tmp_path / "city.pmtiles"
    if content is not None:
        path.write_bytes(content)
    fault = configuration_fault(path, "")
    assert fault is not None and words in fault and str(path) in fault


def test_config_check_says_that_a_map_is_in_another_schema_or_of_pictures(tmp_path):
    other = write_map(tmp_path / "other.pmtiles", ONE_TILE, OPENMAPTILES)
    assert "not in the Protomaps schema: it has no layer earth, roads" in str(configuration_fault(other, ""))
    pictures = write_map(tmp_path / "pictures.pmtiles", ONE_TILE, [], tile_type=TileType.PNG)
    assert "does not have vector tiles" in str(configuration_fault(pictures, ""))


def test_config_check_says_that_the_end_of_a_map_is_missing(tmp_path):
    path = tmp_path / "city.pmtiles"
    write_tiles(FEATURES, path, name="", attribution="")
    assert configuration_fault(path, "") is None
    path.write_bytes(path.read_bytes()[:-10])
    assert "its end is missing" in str(configuration_fault(path, ""))


def test_config_check_says_that_two_base_maps_are_set(tmp_path):
    path = write_map(tmp_path / "city.pmtiles", ONE_TILE, PROTOMAPS)
    assert configuration_fault(path, "") is None
    assert configuration_fault(None, "https://tiles.example/{z}/{x}/{y}") is None
    assert "both set" in str(configuration_fault(path, "https://tiles.example/{z}/{x}/{y}"))


def test_metadata_is_refused_when_it_cannot_be_read(tmp_path):
    path = write_map(tmp_path / "city.pmtiles", ONE_TILE, PROTOMAPS)
    whole = path.read_bytes()
    metadata = gzip.compress(
        json.dumps({"vector_layers": [{"id": layer} for layer in PROTOMAPS]}).encode(), mtime=0
    )
    assert whole.count(metadata) == 1
    path.write_bytes(whole.replace(metadata, bytes(len(metadata))))
    with pytest.raises(MapUnusable, match="metadata"):
        open_map(path)


@pytest.mark.parametrize(
    ("html", "pieces"),
    [
        ("© Town &amp; Co", [("© Town & Co", None)]),
        (
            '<a href="https://osm.org/c" onclick="x()">© OSM</a> &copy; <b>City</b>',
            [("© OSM", "https://osm.org/c"), (" © ", None), ("City", None)],
        ),
        ('<a href="javascript:alert(1)">x</a>', [("x", None)]),
        ("<script>alert(1)</script>ok", [("ok", None)]),
        ("", []),
    ],
)
def test_attribution_keeps_its_text_and_https_links_only(html, pieces):
    assert [(credit.text, credit.href) for credit in credits_of(html)] == pieces
