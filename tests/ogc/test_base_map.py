"""The base map as tiles of /ogc: its descriptions, its tiles as GDAL reads them, and its connection for QGIS."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from openapi_spec_validator import validate
from shapely.geometry import Point, shape

from app.basemap.rules.schema import LAYERS
from tests.basemap.drawn_city import write_city
from tests.ogc.conftest import Map, link
from tests.ogc.test_tiles import SET, read, tile_over

__all__ = ["read"]

REL = "http://www.opengis.net/def/rel/ogc/1.0/"


@pytest.fixture
def city_map(app, city, tmp_path, monkeypatch) -> Path:
    place = city.in_grid("g1")
    path = write_city(tmp_path / "city.pmtiles", place["lon"], place["lat"])
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], base_map=path))
    return path


@pytest.fixture
def tileset(gis: Map, city_map) -> dict:
    """As a program finds it: from the landing page by links."""
    listed = gis.follow(link(gis.get("/").json, f"{REL}tilesets-vector")).json["tilesets"]
    assert [item["title"] for item in listed] == ["Gridward", "Base map"]
    answer = gis.follow(link(listed[1], "self"))
    assert answer.status_code == 200
    described: dict = answer.json
    return described


def test_tileset_says_what_its_tiles_have(gis, tileset):
    assert tileset["dataType"] == "vector" and tileset["attribution"] == "© OpenStreetMap contributors"
    assert tileset["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    roads = next(layer for layer in tileset["layers"] if layer["id"] == "roads")
    assert (roads["minTileMatrix"], roads["maxTileMatrix"], roads["geometryDimension"]) == ("8", "15", 1)
    assert roads["propertiesSchema"]["properties"]["name:en"] == {"type": "string"}
    assert gis.follow(link(tileset, f"{REL}tiling-scheme")).json["id"] == SET
    tilejson = gis.follow(link(tileset, "describedby")).json
    assert tilejson["tilejson"] == "3.0.0" and (tilejson["minzoom"], tilejson["maxzoom"]) == (6, 15)
    assert "roads" in {layer["id"] for layer in tilejson["vector_layers"]}
    assert gis.get("/base-map/tiles").json["tilesets"][0]["links"][0]["href"] == link(tileset, "self")


def test_tile_has_the_streets_at_its_place(gis, city, tileset, read):
    place = city.in_grid("g1")
    tile = tile_over(place, 15)
    template = next(item["href"] for item in tileset["links"] if item["rel"] == "item")
    address = template.format(tileMatrix=tile.z, tileRow=tile.y, tileCol=tile.x)
    answer = gis.follow(address)
    assert (answer.status_code, answer.content_type) == (200, "application/vnd.mapbox-vector-tile")
    roads = read(answer.data, tile, "roads")
    # Streets cross at the middle of the made-up city.
    near = [
        road for road in roads if shape(road["geometry"]).distance(Point(place["lon"], place["lat"])) < 1e-5
    ]
    assert {road["properties"]["name:en"] for road in near} == {"East-West Rd 10", "North-South Rd 10"}
    again = gis.follow(address)
    path = address.partition("/ogc")[2]
    assert gis.get(path, headers={"If-None-Match": again.headers["ETag"]}).status_code == 304
    part = gis.get(path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, answer.data[:10])


def test_tile_is_empty_outside_of_the_base_map_and_404_outside_of_the_scheme(gis, city_map):
    assert gis.get(f"/base-map/tiles/{SET}/15/0/0").status_code == 204
    assert gis.get(f"/base-map/tiles/{SET}/16/0/0").status_code == 204
    assert gis.get(f"/base-map/tiles/{SET}/2/9/0").status_code == 404
    assert gis.get("/base-map/tiles/WorldCRS84Quad").status_code == 404


def test_base_map_is_404_and_unlisted_when_none_is_configured(gis):
    assert len(gis.get("/tiles").json["tilesets"]) == 1
    for path in ("", f"/{SET}", f"/{SET}/tilejson", f"/{SET}/15/0/0"):
        assert gis.get(f"/base-map/tiles{path}").status_code == 404
    assert not [path for path in gis.get("/api").json["paths"] if path.startswith("/base-map")]


def test_api_document_and_qgis_connection_have_the_base_map(gis, city_map):
    document = gis.get("/api").json
    validate(document)
    assert f"/base-map/tiles/{SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}" in document["paths"]
    root = ElementTree.fromstring(gis.get("/qgis/vector-tiles.xml").text.partition("\n")[2])
    own, base = root.findall("vectortile")
    assert base.get("url") == own.get("url").replace("/ogc/tiles/", "/ogc/base-map/tiles/")
    assert base.get("zmax") == "15"


def test_qgis_project_draws_the_base_map_below_all_layers(gis, city_map):
    root = ElementTree.fromstring(gis.get("/qgis/project.qgs?authcfg=abc1234").text.partition("\n")[2])
    tree = [node.get("id") for node in root.iter("layer-tree-layer")]
    assert tree[-1] == "gridward_base_map" and tree.index("gridward_incidents") < len(tree) - 1
    layer = next(each for each in root.iter("maplayer") if each.findtext("id") == "gridward_base_map")
    facts = dict(part.partition("=")[::2] for part in str(layer.findtext("datasource")).split("&"))
    assert (facts["zmax"], facts["authcfg"]) == ("15", "abc1234")
    assert gis.follow(unquote(facts["url"]).format(z=0, y=0, x=0)).status_code in (200, 204)
    drawn = {style.get("layer") for style in layer.iter("style")}
    assert drawn <= set(LAYERS) and {"earth", "water", "buildings", "roads", "places"} <= drawn


def test_qgis_project_names_streets_in_the_language_of_its_reader(city, city_map, gis):
    for lang, name in (("zh-CN", "name:zh-Hans"), ("en", "name:en")):
        text = gis.get("/qgis/project.qgs", headers={"Accept-Language": lang}).text
        root = ElementTree.fromstring(text.partition("\n")[2])
        layer = next(each for each in root.iter("maplayer") if each.findtext("id") == "gridward_base_map")
        shown = {style.get("fieldName") for style in layer.iter("text-style")}
        assert shown == {f'coalesce("{name}", "name")'}


def test_gdal_opens_the_file_as_qgis_does(city_map):
    # GDAL of pyogrio: that of Debian 12 does not read PMTiles.
    command = [
        sys.executable,
        "-c",
        "import sys, pyogrio; print(*(n for n, _ in pyogrio.list_layers(sys.argv[1])))",
    ]
    done = subprocess.run([*command, city_map], capture_output=True, check=True, timeout=60, text=True)
    assert {"earth", "roads", "buildings"} <= set(done.stdout.split())
