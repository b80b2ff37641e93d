"""Abstract tests of OGC API Features Part 1 and Tiles that the other files of this folder do not have, by their ids."""

import http.client
import re
from dataclasses import replace

import pytest
import schemathesis
from shapely.geometry import shape

from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.feature_edits import ACTS
from app.ogc.rules.tiling import LAYERS
from tests.basemap.drawn_city import write_city
from tests.live.processes import Server, environment
from tests.ogc.conftest import LOOKED_AT, Map, box, link


def test_http(settings, tmp_path):
    """A real server speaks HTTP/1.1: HEAD has no body, an unknown path is 404, another method 405."""
    server = Server(tmp_path / "server.log", environment(settings, tmp_path)).wait_ready()
    try:
        seen = []
        for method, path in (("GET", "/ogc/"), ("HEAD", "/ogc/"), ("GET", "/ogc/nothing"), ("POST", "/ogc/")):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            assert answer.version == 11
            assert bool(body) is (method != "HEAD")
            seen.append(answer.status)
        assert seen == [200, 200, 404, 405]
    finally:
        server.kill()


def test_crs84(city, gis, put, house, report):
    """Longitude before latitude, everywhere where nothing else was asked for."""
    put(city.in_grid("g1"))
    house(city.in_grid("g1"))
    report(city.worker("g1"), city.in_grid("g1"))
    seen = set()
    for name in COLLECTIONS:
        for feature in gis.items(name, bbox=box(city, 0.1, 1.1, 0.9, 1.9))["features"]:
            seen.add(name)
            place = shape(feature["geometry"]).centroid
            assert abs(place.x - city.lon) < 0.1 and abs(place.y - city.lat) < 0.1, name
    assert seen == set(LOOKED_AT) - {"grid-findings"}  # which an audit fills


def test_api_definition_op_and_success(app):
    """The link `service-desc` leads to a document of OpenAPI 3.0 that is one."""
    client = app.test_client()
    landing = client.get("/ogc/").json
    [desc] = [entry for entry in landing["links"] if entry["rel"] == "service-desc"]
    assert desc["type"] == "application/vnd.oai.openapi+json;version=3.0"
    answer = client.get(desc["href"])
    assert (answer.status_code, answer.content_type) == (200, desc["type"])
    schema = schemathesis.openapi.from_wsgi("/ogc/api", app)
    schema.validate()
    ids = [operation.ok().definition.raw["operationId"] for operation in schema.get_all_operations()]
    assert len(ids) == len(set(ids)) > 50


def documented(app) -> set[tuple[str, str]]:
    """Methods and paths of the document, with every parameter by one name."""
    paths = app.test_client().get("/ogc/api").json["paths"]
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, operations in paths.items()
        for method in operations
    }


def test_oas30_completeness(app, tmp_path, monkeypatch):
    """Every door stands in the document for every collection that has it, and nothing else does."""
    base_map = write_city(tmp_path / "city.pmtiles", 120.1, 30.2)
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], base_map=base_map))
    documented_operations = documented(app)
    expected = set()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/ogc"):
            continue
        path = rule.rule.removeprefix("/ogc")
        path = path.replace("<matrix_set>", "WebMercatorQuad")
        names = COLLECTIONS if "<collection_id>" in path else [""]
        for name in names:
            if "/tiles" in path and name and name not in LAYERS:
                continue
            acts = ACTS[COLLECTIONS[name].edits] if name else None
            allowed = {"GET"} | (
                {
                    *(["POST"] if acts.create and path.endswith("/items") else []),
                    *(["PUT", "PATCH"] if acts.change else []),
                    *(["DELETE"] if acts.remove else []),
                }
                if acts
                else set()
            )
            plain = re.sub(r"<(?:\w+:)?\w+>", "{}", path.replace("<collection_id>", name))
            # OPTIONS are told of by Allow, and HEAD follows from GET.
            expected |= {(method, plain) for method in rule.methods & allowed}
    assert documented_operations == expected


def test_oas30_security(app):
    """Both ways to sign in are told, and each of them opens what is closed without."""
    document = app.test_client().get("/ogc/api").json
    schemes = document["components"]["securitySchemes"]
    assert {scheme["scheme"] for scheme in schemes.values()} == {"basic", "bearer"}
    assert document["security"] == [{"bearer": []}, {"basic": []}]
    closed = app.test_client().get("/ogc/collections")
    challenged = {challenge.split()[0].lower() for challenge in closed.headers.getlist("WWW-Authenticate")}
    assert closed.status_code == 401 and challenged == {"basic", "bearer"}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_geojson_definition_and_content(city, gis, put, house, report, name):
    """RFC 7946: types, rings that turn left, ids on top, links beside, nothing but what is declared."""
    put(city.in_grid("g1"))
    house(city.in_grid("g1"))
    report(city.worker("g1"), city.in_grid("g1"))
    for way in ({}, {"Accept": "application/geo+json"}, {"Accept": "application/json"}):
        answer = gis.get(f"/collections/{name}/items", way, bbox=box(city, 0, 0, 2, 2))
        assert answer.content_type == "application/geo+json"
    body = answer.json
    assert body["type"] == "FeatureCollection" and "crs" not in body and body["features"]
    for feature in body["features"]:
        assert feature["type"] == "Feature" and isinstance(feature["id"], str)
        assert set(feature) == {"type", "id", "geometry", "properties"}
        geometry = shape(feature["geometry"])
        assert geometry.is_valid and feature["geometry"]["type"] in COLLECTIONS[name].geometry_kind
        for part in getattr(geometry, "geoms", []):
            assert part.exterior.is_ccw
    alone = gis.get(f"/collections/{name}/items/{feature['id']}").json
    assert {entry["rel"] for entry in alone["links"]} >= {"self", "collection"}


def test_tiles_path_parameters_definition(app):
    """The three parts of a tile's address: required whole numbers in the path."""
    paths = app.test_client().get("/ogc/api").json["paths"]
    tiles = [path for path in paths if path.endswith("/{tileMatrix}/{tileRow}/{tileCol}")]
    assert len(tiles) >= 11
    for path in tiles:
        parts = [p for p in paths[path]["get"]["parameters"] if p["in"] == "path"]
        assert [p["name"] for p in parts] == ["tileMatrix", "tileRow", "tileCol"]
        assert all(p["required"] and p["schema"]["type"] == "integer" for p in parts)


def test_tiles_query_collections(gis: Map):
    """Layers of the set, alone and some together; the set itself takes the same parameter."""
    home = gis.get("/tiles/WebMercatorQuad").json
    names = [layer["id"] for layer in home["layers"]]
    for some in (names[:1], names[:3], names):
        collections = ",".join(some)
        assert gis.get("/tiles/WebMercatorQuad/0/0/0", collections=collections).status_code in (200, 204)
        tileset = gis.get("/tiles/WebMercatorQuad", collections=collections)
        assert tileset.status_code == 200, tileset.text
        assert [layer["id"] for layer in tileset.json["layers"]] == some
        tilejson = gis.get("/tiles/WebMercatorQuad/tilejson", collections=collections).json
        assert [layer["id"] for layer in tilejson["vector_layers"]] == some
        assert collections in tilejson["tiles"][0]
        assert collections in link(tileset.json, "item")
    for wrong in ("nothing", "grid-versions", ""):
        assert gis.get("/tiles/WebMercatorQuad", collections=wrong).status_code == 400
