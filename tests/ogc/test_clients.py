"""GDAL and OWSLib, unmodified, against the real server."""

import base64
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from owslib.ogcapi.features import Features
from shapely.geometry import shape

from app.components import service as components
from app.core import db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.settings import Settings
from tests.endpoints import component_number
from tests.factories import PASSWORD, City, Person, make_city
from tests.live.databases import own_database
from tests.live.processes import Server, app_on, environment
from tests.ogc.test_tiles import tile_over

# More than two pages of GDAL's.
MANY = 2_300


@dataclass
class Site:
    url: str
    city: City
    reader: str  # tokens
    editor: str
    ids: list[str]


@pytest.fixture(scope="module")
def site(app: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # The ordinary app first: made while this one is connected, it would be set aside with it.
    folder = tmp_path_factory.mktemp("clients")
    with own_database(os.environ["GRIDWARD_TEST_DATABASE_URL"]) as url:
        settings = Settings(
            database_url=url,
            signing_key_file=folder / "signing-key.pem",
            argon2_memory_kib=64,
            argon2_time_cost=1,
            # 2,300 things at once took more than five seconds on a busy machine.
            statement_timeout_ms=60_000,
        )
        with app_on(settings) as alone:
            city = make_city(alone, settings)
            ids = _things(city)
            server = Server(folder / "server.log", environment(settings, folder)).wait_ready()
            try:
                reader = _token(city.person(Role.GIS, area="s"))
                editor = _token(city.supervisor(), may_edit=True)
                yield Site(f"http://127.0.0.1:{server.port}/ogc", city, reader, editor, ids)
            finally:
                server.kill()


def _things(city: City) -> list[str]:
    place = city.in_grid("g1")
    rows = [
        {
            "id": uuid7(),
            "jurisdiction_id": city.jurisdiction_id,
            "code": f"3301060101{n + 1:06d}",
            "name": {"zh": "井盖", "en": "Cover"},
            "lon": place["lon"] + (n % 50) / 10_000,
            "lat": place["lat"] + (n // 50) / 10_000,
            "state": "damaged" if n % 10 == 0 else "in_use",
            "note": "街边" if n % 3 else None,
            "installed_on": f"2020-01-{n % 28 + 1:02d}",
        }
        for n in range(MANY)
    ]
    with db.transaction(SYSTEM) as session:
        components.register_many(session, SYSTEM, rows=rows)
    return sorted(str(row["id"]) for row in rows)


def _token(person: Person, **options: Any) -> str:
    made: str = person.post("/tokens", {"label": "client", "password": PASSWORD, **options}).json["token"]
    return made


def gdal(site: Site, program: str, *arguments: str) -> str:
    command = [program, *(arguments[:-1]), "-oo", f"USERPWD=me:{site.reader}", arguments[-1]]
    if program == "ogrinfo":
        command = [program, "-oo", f"USERPWD=me:{site.reader}", *arguments]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "ERROR" not in outcome.stderr, outcome.stderr
    return outcome.stdout


def test_gdal_lists_every_layer(site):
    output = gdal(site, "ogrinfo", f"OAPIF:{site.url}")
    for name in ("areas", "grids", "grid-versions", "components", "premises", "households", "incidents"):
        assert f" {name} " in output or f": {name}" in output, output


def test_gdal_reads_fields_count_and_extent(site):
    output = gdal(site, "ogrinfo", "-so", f"OAPIF:{site.url}", "components")
    assert f"Feature Count: {MANY}" in output
    assert "installed_on: Date" in output and "state: String" in output
    grids = gdal(site, "ogrinfo", "-so", f"OAPIF:{site.url}", "grids")
    assert "Feature Count: 4" in grids and "valid_from: DateTime" in grids


def test_gdal_filters_by_attribute_and_place(site):
    output = gdal(site, "ogrinfo", "-so", "-where", "state = 'damaged'", f"OAPIF:{site.url}", "components")
    assert f"Feature Count: {MANY // 10}" in output
    place = site.city.in_grid("g1")
    box = [
        str(v) for v in (place["lon"] - 5e-5, place["lat"] - 5e-5, place["lon"] + 5e-5, place["lat"] + 5e-5)
    ]
    output = gdal(site, "ogrinfo", "-al", "-spat", *box, f"OAPIF:{site.url}", "components")
    assert output.count("OGRFeature(components)") == 1


def test_gdal_downloads_every_feature_once(site, tmp_path: Path):
    target = tmp_path / "things.geojsonl"
    gdal(site, "ogr2ogr", "-f", "GeoJSONSeq", str(target), f"OAPIF:{site.url}", "components")
    lines = [json.loads(text.strip("\x1e")) for text in target.read_text().splitlines()]
    assert len(lines) == MANY
    assert len({record["properties"]["code"] for record in lines}) == MANY


def test_gdal_reads_features_in_epsg_4326(site, tmp_path: Path):
    """EPSG:4326 comes latitude first over the wire, and GDAL turns it the right way."""
    target = tmp_path / "grids.geojson"
    outcome = subprocess.run(
        [
            *("ogr2ogr", "-f", "GeoJSON", str(target), "-oo", f"USERPWD=me:{site.reader}"),
            *("-oo", "CRS=EPSG:4326", f"OAPIF:{site.url}", "grids"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome.returncode == 0, outcome.stderr
    place = shape(json.loads(target.read_text())["features"][0]["geometry"]).centroid
    assert abs(place.x - site.city.lon) < 0.1 and abs(place.y - site.city.lat) < 0.1


def test_gdal_reads_vector_tile_by_url(site):
    """Its driver of vector tiles, over HTTP with the token: all points of one tile, where they stand."""
    # In the midst of the things.
    place = {name: value + 0.0023 for name, value in site.city.in_grid("g1").items()}
    tile = tile_over(place, 16)
    # A name that is a number it takes for a folder.
    address = f"{site.url}/collections/components/tiles/WebMercatorQuad/16/{tile.y}/{tile.x}?f=mvt"
    where = [part for name in "XYZ" for part in ("-oo", f"{name}={getattr(tile, name.lower())}")]
    command = ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", "-t_srs", "EPSG:4326", *where, "-oo", "CLIP=NO"]
    outcome = subprocess.run(
        [*command, f"MVT:/vsicurl/{address}", "components"],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"GDAL_HTTP_USERPWD": f"me:{site.reader}", "GDAL_HTTP_AUTH": "BASIC"},
    )
    assert outcome.returncode == 0, outcome.stderr
    features = json.loads(outcome.stdout)["features"]
    west, south, east, north = tile.box()
    # Well inside, since a tile has a margin, in which floats decide.
    x, y = (east - west) / 10, (north - south) / 10
    inner = f"{west + x},{south + y},{east - x},{north - y}"
    expected = {feature["id"] for feature in _all(site, f"components/items?bbox={inner}&limit=1000")}
    ids = [feature["properties"]["id"] for feature in features]
    assert expected <= set(ids) <= set(site.ids)
    assert len(ids) == len(set(ids)) > 100
    point = shape(features[0]["geometry"])
    assert abs(point.x - place["lon"]) < 0.01 and abs(point.y - place["lat"]) < 0.01


def _all(site: Site, path: str) -> list[Any]:
    """Every feature of every page, with a client that knows nothing."""
    features: list[Any] = []
    href: str | None = f"{site.url}/collections/{path}"
    while href:
        request = urllib.request.Request(href, headers={"Authorization": f"Bearer {site.reader}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = json.load(answer)
        features += body["features"]
        href = next((entry["href"] for entry in body["links"] if entry["rel"] == "next"), None)
    return features


def test_gdal_is_refused_without_token(site):
    outcome = subprocess.run(["ogrinfo", f"OAPIF:{site.url}"], capture_output=True, text=True, timeout=60)
    assert "401" in outcome.stdout + outcome.stderr


@pytest.fixture
def ows(site) -> Any:
    def features(token: str) -> Features:
        credentials = base64.b64encode(f"me:{token}".encode()).decode()
        return Features(
            f"{site.url}/",
            headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/geo+json"},
        )

    return features


def test_owslib_pages_collections_by_offset(site, ows):
    client = ows(site.reader)
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in client.conformance()["conformsTo"]
    assert "components" in client.feature_collections()
    assert client.api()["openapi"].startswith("3.0")
    seen: list[str] = []
    for offset in range(0, MANY, 1000):
        body = client.collection_items("components", limit=1000, offset=offset)
        assert body["numberMatched"] == MANY
        seen += [feature["id"] for feature in body["features"]]
    assert seen == site.ids
    assert client.collection_item("components", seen[0])["id"] == seen[0]
    assert "state" in client.collection_queryables("components")["properties"]
    assert client.collection_schema("components")["properties"]["code"]["type"] == "string"


def test_owslib_filters_features(site, ows):
    client = ows(site.reader)
    body = client.collection_items("components", limit=1000, filter="state = 'damaged' AND note IS NULL")
    expected = sum(1 for n in range(MANY) if n % 10 == 0 and n % 3 == 0)
    assert body["numberMatched"] == expected
    place = site.city.in_grid("g1")
    near = f"S_INTERSECTS(geometry, BBOX({place['lon']},{place['lat']},{place['lon'] + 1e-5},{place['lat'] + 1e-5}))"
    assert client.collection_items("components", filter=near)["numberMatched"] == 1


def test_owslib_creates_updates_and_deletes_feature(site, ows):
    client = ows(site.editor)
    place = site.city.in_grid("g2")
    point = {"type": "Point", "coordinates": [place["lon"], place["lat"]]}
    body = {"type": "Feature", "geometry": point, "properties": {"code": component_number(), "name_zh": "灯"}}
    assert client.collection_item_create("components", json.dumps(body)) is True
    features = client.collection_items("components", filter=f"code = '{body['properties']['code']}'")[
        "features"
    ]
    assert len(features) == 1
    features[0]["properties"]["note"] = "changed"
    assert client.collection_item_update("components", features[0]["id"], json.dumps(features[0])) is True
    assert client.collection_item("components", features[0]["id"])["properties"]["note"] == "changed"
    assert client.collection_item_delete("components", features[0]["id"]) is True
    assert client.collection_items("components", code=body["properties"]["code"])["numberMatched"] == 0
    reader = ows(site.reader)
    with pytest.raises(RuntimeError):
        reader.collection_item_create("components", json.dumps(body))
