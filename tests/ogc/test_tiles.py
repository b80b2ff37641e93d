"""Tiles: what is in them and for whom, read back with GDAL; tags; sums; what programs read before they ask."""

import gzip
import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, shape

from app.core.actor import Role
from app.core.codings import zstd
from app.incidents.cases.rules.names import STATUSES
from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.tiling import LAYERS, TOGETHER, WITHOUT_TILES, Tile
from tests.nonempty import nonempty
from tests.ogc.conftest import Map, link
from tests.test_query_budget import query_recorder

__all__ = ["query_recorder"]

SET = "WebMercatorQuad"
ROOT = Path(__file__).parents[2]


def tile_over(place: dict[str, float], z: int) -> Tile:
    """By the formula of the standard, not by ours."""
    n = 2**z
    lat = math.radians(place["lat"])
    x = int((place["lon"] + 180) / 360 * n)
    y = int((1 - math.log(math.tan(lat) + 1 / math.cos(lat)) / math.pi) / 2 * n)
    return Tile(z, x, y)


def path_of(tile: Tile, collection: str | None = None) -> str:
    start = f"/collections/{collection}" if collection else ""
    return f"{start}/tiles/{SET}/{tile.z}/{tile.y}/{tile.x}"


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """The features of a layer as GDAL reads them, in EPSG:4326."""

    def make(body: bytes, tile: Tile, layer: str) -> list[dict[str, Any]]:
        file = tmp_path / "tile.mvt"
        file.write_bytes(body)
        options = ("CLIP=NO", f"X={tile.x}", f"Y={tile.y}", f"Z={tile.z}", "METADATA_FILE=")
        opened = [part for option in options for part in ("-oo", option)]
        answer = subprocess.run(
            ["ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"MVT:{file}", layer, "-t_srs", "EPSG:4326", *opened],
            capture_output=True,
            text=True,
        )
        if answer.returncode and "Couldn't fetch requested layer" in answer.stderr:
            return []
        assert answer.returncode == 0, answer.stderr
        features: list[dict[str, Any]] = json.loads(answer.stdout)["features"]
        return features

    return make


def test_tile_features_equal_collection_features(city, gis, put, read):
    place = city.in_grid("g1")
    ids = put(place, 3, state="damaged")
    tile = tile_over(place, 16)
    answer = gis.get(path_of(tile, "components"))
    assert (answer.status_code, answer.content_type) == (200, "application/vnd.mapbox-vector-tile")
    by_id = {item["properties"]["id"]: item for item in read(answer.data, tile, "components")}
    assert set(ids) <= set(by_id)
    unit = 360 / 2**16 / 4096
    for feature_id in ids:
        whole = gis.get(f"/collections/components/items/{feature_id}").json
        feature = by_id[feature_id]
        assert shape(feature["geometry"]).distance(shape(whole["geometry"])) <= unit
        properties = feature["properties"]
        assert set(properties) <= {"id", "mvt_id", "code", "category", "name_zh", "state"}
        for name in ("code", "category", "name_zh", "state"):
            assert properties[name] == whole["properties"][name]


def test_tile_properties_are_limited_by_parameter(city, gis, put, read):
    place = city.in_grid("g1")
    put(place, 3)
    tile = tile_over(place, 16)
    whole = gis.get(path_of(tile, "components"))
    fewer = gis.get(f"{path_of(tile, 'components')}?properties=state,category")
    assert whole.headers["ETag"] != fewer.headers["ETag"]
    for feature in read(fewer.data, tile, "components"):
        assert set(feature["properties"]) - {"mvt_id"} == {"category", "state"}
    described = f"/collections/components/tiles/{SET}"
    tilejson = gis.get(f"{described}/tilejson?properties=state").json
    assert set(tilejson["vector_layers"][0]["fields"]) == {"state", "count"}
    assert all(address.endswith("?properties=state") for address in tilejson["tiles"])
    about = gis.get(f"{described}?properties=id").json
    assert set(about["layers"][0]["propertiesSchema"]["properties"]) == {"id", "count"}
    for wrong in ("owner_unit_id", "nothing", "state,nothing"):
        refused = gis.get(f"{path_of(tile, 'components')}?properties={wrong}")
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (400, "not_one_of")


def test_tile_areas_are_simplified_within_tile_resolution(city, gis, read):
    place = city.in_grid("g1")
    whole = shape(gis.get(f"/collections/grids/items/{city.areas['g1']}").json["geometry"])
    for z in (12, 15):
        tile = tile_over(place, z)
        features = read(gis.get(path_of(tile, "grids")).data, tile, "grids")
        grid = next(f for f in features if f["properties"]["id"] == str(city.areas["g1"]))
        unit = 360 / 2**z / 4096
        west, south, east, north = tile.box()
        clipped = whole.intersection(box(west, south, east, north))
        assert shape(grid["geometry"]).hausdorff_distance(clipped) < 3 * unit


def test_tile_shows_same_features_as_items_for_every_role(city, gis, boss, report, put, house, read):
    """By id, at every door of a collection of points."""
    place = city.in_grid("g1")
    worker = city.worker("g1")
    report(worker, place)
    report(worker, place, category="E0102")
    put(place, 2)
    house(place)
    elsewhere = city.worker("g2")
    tile = tile_over(place, 17)
    people = [gis, boss, Map(worker), Map(elsewhere), Map(city.handler()), Map(city.person(Role.ADMIN))]
    seen = []
    for reader in people:
        for name in ("components", "premises", "households", "incidents"):
            answer = reader.get(path_of(tile, name))
            west, south, east, north = tile.box()
            features = reader.get(
                f"/collections/{name}/items", bbox=f"{west},{south},{east},{north}", limit=1000
            )
            assert (answer.status_code == 403) is (features.status_code == 403)
            if features.status_code == 403:
                continue
            ids = [f["properties"]["id"] for f in read(answer.data, tile, name)] if answer.data else []
            assert sorted(ids) == sorted(f["id"] for f in features.json["features"])
            seen.append(len(ids))
    assert max(seen) > 0 and min(seen) == 0


def test_conduct_incident_is_absent_from_tiles_of_gis_and_subject(city, gis, report, read):
    place = city.in_grid("g1")
    worker = city.worker("g1")
    plain = report(worker, place)
    other = city.worker("g2")
    about = report(worker, place, category="E0690", about={"kind": "worker", "id": str(other.id)})
    tile = tile_over(place, 17)
    ids = {f["properties"]["id"] for f in read(gis.get(path_of(tile, "incidents")).data, tile, "incidents")}
    assert plain["id"] in ids and about["id"] not in ids
    subject = {f["properties"]["id"] for f in _incidents(Map(other), tile, read)}
    assert about["id"] not in subject


def _incidents(who: Map, tile: Tile, read: Any) -> Any:
    answer = who.get(path_of(tile, "incidents"))
    return read(answer.data, tile, "incidents") if answer.data else []


def test_tile_properties_are_impersonal_and_from_counted_tables():
    """A version counts the rows of the layer: what comes from elsewhere, or from the clock, would grow stale unseen."""
    for layer in nonempty(LAYERS.values()):
        properties = {p.name: p for p in layer.collection.properties}
        for name in layer.properties:
            prop = properties[name]
            assert "select" not in prop.sql and ":now" not in prop.sql and "{" not in prop.sql, name
            assert prop.needs is None
            assert name not in ("address", "name", "description", "note")
        # The tables of the source are the ones that are counted, or only lend their id.
        tables = set(re.findall(r"(?:^|join )(\w+)", layer.collection.source)) - {"area"}
        assert tables <= set(layer.counted), layer.collection.id


def test_every_collection_has_tiles_or_is_listed_without(city, gis):
    assert set(LAYERS) | WITHOUT_TILES == set(COLLECTIONS)
    assert set(TOGETHER) <= set(LAYERS)
    for collection_id in COLLECTIONS:
        rels = {entry["rel"] for entry in gis.get(f"/collections/{collection_id}").json["links"]}
        has = any(rel.endswith("tilesets-vector") for rel in rels)
        assert has is (collection_id in LAYERS)
        assert gis.get(f"/collections/{collection_id}/tiles").status_code == (200 if has else 404)


def test_cluster_counts_add_up_at_every_zoom(city, gis, put, read):
    place = city.in_grid("g1")
    put(place, 40)
    whole = gis.items("components", limit=1)["numberMatched"]
    assert whole >= 40
    zero = Tile(0, 0, 0)
    for z in (0, 3, 9):
        tiles = [zero] if z == 0 else _nonempty_tiles(gis, z)
        total = 0
        for tile in tiles:
            features = read(gis.get(path_of(tile, "components")).data, tile, "components")
            assert all(set(f["properties"]) <= {"count", "mvt_id"} for f in features)
            total += sum(f["properties"]["count"] for f in features)
        assert total == whole, z


def test_point_near_tile_edge_is_counted_once(city, put, read):
    """Tiles have a buffer, in which a point shows twice; a sum would count it twice."""
    everywhere = Map(city.person(Role.GIS))
    place = city.in_grid("g1")
    right = tile_over(place, 11)
    edge = right.x / 2**11 * 360 - 180
    left = Tile(11, right.x - 1, right.y)

    def total() -> list[int]:
        answers = [everywhere.get(path_of(tile, "components")) for tile in (left, right)]
        return [
            sum(f["properties"]["count"] for f in read(answer.data, tile, "components")) if answer.data else 0
            for tile, answer in zip((left, right), answers, strict=True)
        ]

    before = total()
    for lon in (edge - 1e-5, edge + 1e-5, edge + 2e-5):
        put({"lon": lon, "lat": place["lat"]})
    assert [after - was for after, was in zip(total(), before, strict=True)] == [1, 2]


def _nonempty_tiles(gis: Map, z: int) -> list[Tile]:
    """Every tile of a zoom that is under a component."""
    places = []
    answer = gis.items("components", limit=1000)
    while True:
        places += [f["geometry"]["coordinates"] for f in answer["features"]]
        following = [entry["href"] for entry in answer["links"] if entry["rel"] == "next"]
        if not following:
            break
        answer = gis.follow(following[0]).json
    return list({tile_over({"lon": lon, "lat": lat}, z) for lon, lat in places})


def test_full_tile_returns_cluster_counts(city, gis, put, read, monkeypatch):
    place = city.in_grid("g1")
    put(place, 20)
    tile = tile_over(place, 15)
    before = read(gis.get(path_of(tile, "components")).data, tile, "components")
    assert len(before) >= 20 and "count" not in before[0]["properties"]
    monkeypatch.setattr("app.ogc.queries.tiles.FEATURES_MAX", 19)
    monkeypatch.setattr("app.ogc.service.tiles.FEATURES_MAX", 19)
    after = read(gis.get(path_of(tile, "components")).data, tile, "components")
    assert sum(f["properties"]["count"] for f in after) >= 20


def test_empty_tile_returns_204_and_tile_outside_matrix_404(city, gis):
    assert gis.get(f"/collections/components/tiles/{SET}/14/1/1").status_code == 204
    assert gis.get(f"/tiles/{SET}/14/1/1").status_code == 204
    for path in (f"{SET}/14/16384/0", f"{SET}/14/0/16384", f"{SET}/23/0/0", f"{SET}/1/-1/0", "Other/0/0/0"):
        assert gis.get(f"/collections/components/tiles/{path}").status_code == 404, path
        assert gis.get(f"/tiles/{path}").status_code == 404, path
    assert gis.get(f"/tiles/{SET}/0/0/0", f="html").status_code == 400
    assert gis.get(f"/tiles/{SET}/0/0/0", collections="nothing").status_code == 400
    assert gis.get(f"/tiles/{SET}/0/0/0", limit="1").status_code == 400


def test_matching_etag_returns_304_without_building_tile(city, gis, put, query_recorder):
    place = city.in_grid("g1")
    put(place, 2)
    path = path_of(tile_over(place, 16), "components")
    first = gis.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    assert not tag.startswith("W/")

    with query_recorder() as statements:
        again = gis.get(path, {"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert gis.get(path).data == first.data
    assert nonempty(statements) and "asmvt" not in "".join(statements).lower()
    put(place, 1)
    changed = gis.get(path, {"If-None-Match": tag})
    assert changed.status_code == 200 and changed.headers["ETag"] != tag


def test_tile_range_request_returns_206(city, gis, put):
    """As programs read that take a tile for a file."""
    place = city.in_grid("g1")
    put(place, 60)
    path = path_of(tile_over(place, 15), "components")
    whole = gis.get(path)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = gis.get(path, {"Range": "bytes=10-19", "Accept-Encoding": "gzip"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert part.headers["ETag"] == whole.headers["ETag"]
    assert gis.get(path, {"Range": f"bytes={len(whole.data)}-"}).status_code == 416
    # A part of something that has changed meanwhile would be of two tiles.
    assert gis.get(path, {"Range": "bytes=10-19", "If-Range": '"another"'}).data == whole.data


def test_tile_is_gzipped_when_accepted(city, gis, put):
    place = city.in_grid("g1")
    put(place, 60)
    path = path_of(tile_over(place, 15), "components")
    plain = gis.get(path)
    packed = gis.get(path, {"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert (
        gis.get(path, {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}).status_code == 304
    )


def test_tile_is_encoded_with_zstd_once(city, gis, put, app):
    place = city.in_grid("g1")
    put(place, 60)
    path = path_of(tile_over(place, 15), "components")
    plain = gis.get(path)
    packed = gis.get(path, {"Accept-Encoding": "gzip, zstd"})
    assert zstd.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] == f'{plain.headers["ETag"][:-1]}-zstd"'
    assert gis.get(path, {"Accept-Encoding": "zstd"}).data == packed.data
    assert app.extensions["tile_cache"].get(f"{plain.headers['ETag'][1:-1]} zstd") == packed.data
    again = gis.get(path, {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "zstd"})
    assert (again.status_code, again.headers["ETag"]) == (304, packed.headers["ETag"])


def test_page_of_features_is_compressed(city, gis, put):
    put(city.in_grid("g1"), 60)
    path = "/collections/components/items?limit=50"
    plain, packed = gis.get(path), gis.get(path, {"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) * 3 < len(plain.data)


def test_combined_tile_has_all_or_named_layers(city, boss, put, house, report, read):
    place = city.in_grid("g1")
    report(city.worker("g1"), place)
    put(place, 2)
    house(place)
    tile = tile_over(place, 16)
    body = boss.get(path_of(tile)).data
    for name in TOGETHER:
        alone = boss.get(path_of(tile, name)).data
        # Layers stand one after the other.
        assert alone and alone in body, name
        assert len(read(body, tile, name)) == len(read(alone, tile, name)) > 0, name
    named = boss.get(path_of(tile), collections="grids,incidents").data
    assert named == boss.get(path_of(tile, "grids")).data + boss.get(path_of(tile, "incidents")).data
    handler = Map(city.handler())
    assert not read(handler.get(path_of(tile)).data, tile, "households")


def test_tile_matrix_set_matches_standard(gis):
    assert [item["id"] for item in gis.get("/tileMatrixSets").json["tileMatrixSets"]] == [SET]
    matrix_set = gis.get(f"/tileMatrixSets/{SET}").json
    assert matrix_set["crs"].endswith("/3857")
    first, *_, last = matrix_set["tileMatrices"]
    # As the registry of OGC has them.
    assert first["scaleDenominator"] == pytest.approx(559082264.028717, rel=1e-9)
    assert first["cellSize"] == pytest.approx(156543.033928041, rel=1e-12)
    assert first["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert (last["id"], last["matrixWidth"]) == ("22", 2**22)
    assert gis.get("/tileMatrixSets/Other").status_code == 404


@pytest.mark.parametrize("start", ["", "/collections/incidents"])
def test_tilesets_link_to_tiles_and_tilejson(city, gis, report, start):
    place = city.in_grid("g1")
    report(city.worker("g1"), place)
    tile = tile_over(place, 15)
    home = gis.get(start or "/").json
    listed = gis.follow(
        next(entry["href"] for entry in home["links"] if entry["rel"].endswith("tilesets-vector"))
    ).json
    [only] = listed["tilesets"]
    assert only["dataType"] == "vector" and only["tileMatrixSetURI"].endswith(SET)
    described = gis.follow(link(only, "self")).json
    assert {layer["id"] for layer in described["layers"]} >= {"incidents"}
    template = link(described, "item")
    href = template.replace("{tileMatrix}", "15")
    href = href.replace("{tileRow}", str(tile.y)).replace("{tileCol}", str(tile.x))
    assert gis.follow(href).status_code == 200
    tilejson = gis.follow(link(described, "describedby")).json
    assert tilejson["tilejson"] == "3.0.0" and tilejson["scheme"] == "xyz"
    assert all(isinstance(layer["fields"], dict) for layer in tilejson["vector_layers"])
    [address] = tilejson["tiles"]
    assert address.startswith("http://localhost/ogc/")
    for name, value in {"z": 15, "x": tile.x, "y": tile.y}.items():
        address = address.replace(f"{{{name}}}", str(value))
    assert gis.follow(address).status_code == 200


def test_style_names_existing_tile_layers(city, gis):
    [listed] = gis.get("/styles").json["styles"]
    style = gis.follow(link(listed, "stylesheet")).json
    assert style["version"] == 8
    [source] = style["sources"].values()
    tilejson = gis.follow(source["url"]).json
    layers = {layer["id"] for layer in tilejson["vector_layers"]}
    assert {layer["source-layer"] for layer in style["layers"] if "source-layer" in layer} == layers
    # Nothing is fetched from elsewhere.
    assert "glyphs" not in style and "sprite" not in style


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_style_colours_incidents_by_status_with_labels(city, gis, lang):
    style = gis.get("/styles/gridward", headers={"Accept-Language": lang}).json
    layers = {layer["id"]: layer for layer in style["layers"]}
    _, _, *pairs, _ = layers["incidents"]["paint"]["circle-color"]
    by_state = dict(zip(pairs[::2], pairs[1::2], strict=True))
    assert by_state.keys() == STATUSES.keys()
    legend = style["metadata"]["gridward:legend"]
    assert {(entry["status"], entry["colour"]) for entry in legend} == set(by_state.items())
    assert {entry["title"] for entry in legend} == {titles[lang == "zh-CN"] for titles in STATUSES.values()}
    assert layers["incidents-numbers"]["layout"]["text-field"] == ["get", "case_no"]
    assert "name_zh" in json.dumps(layers["grids-names"]["layout"]["text-field"])
    # Each property that the style reads is in the tiles of its layer.
    [source] = style["sources"].values()
    fields = {
        layer["id"]: {*layer["fields"], "count"} for layer in gis.follow(source["url"]).json["vector_layers"]
    }
    for layer in layers.values():
        read = set(re.findall(r'\["(?:get|has)", "(\w+)"\]', json.dumps(layer)))
        assert read <= fields.get(layer.get("source-layer"), set()), layer["id"]


def test_style_is_valid_by_specification(city, gis, tmp_path):
    validator = ROOT / "web/node_modules/@maplibre/maplibre-gl-style-spec/dist/gl-style-validate.mjs"
    if shutil.which("node") is None or not validator.exists():
        pytest.skip("needs node and the packages of web/")
    style_file = tmp_path / "style.json"
    style_file.write_bytes(gis.get("/styles/gridward").data)
    outcome = subprocess.run(["node", validator, style_file], capture_output=True, text=True, timeout=60)
    assert (outcome.returncode, outcome.stdout.strip()) == (0, ""), outcome.stderr
