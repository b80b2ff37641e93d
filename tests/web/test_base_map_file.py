"""The file of the vector base map over HTTP: byte ranges, caching, never compressed, public, and what names it."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.basemap.service.pack import write_tiles
from tests.basemap.test_pack import FEATURES
from tests.live.own_servers import running
from tests.live.processes import Client, Server, environment

ATTRIBUTION = '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap contributors</a>'


@pytest.fixture(scope="module")
def city_map(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("basemap") / "city.pmtiles"
    write_tiles(FEATURES, path, name="古荡", attribution=ATTRIBUTION)
    return path


@pytest.fixture
def client(app, city_map, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], base_map=city_map))
    return app.test_client()


@pytest.mark.parametrize("front_end", ["field", "console"])
def test_base_map_is_named_with_its_attribution_as_text(client, front_end):
    answer = client.get(f"/{front_end}/base-map.json")
    assert answer.headers["Cache-Control"] == "no-cache"
    named = answer.json
    assert named.pop("url").startswith("base-map.pmtiles?v=")
    assert named == {
        "kind": "vector",
        "attribution": [
            {"text": "© OpenStreetMap contributors", "href": "https://www.openstreetmap.org/copyright"}
        ],
        "bounds": [120.1, 30.27, 120.13, 30.29],
        "min_zoom": 6,
        "max_zoom": 15,
    }


def test_file_is_cached_for_ever_only_at_its_own_address(client):
    address = "/console/" + client.get("/console/base-map.json").json["url"]
    current = client.get(address)
    assert current.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("/console/base-map.pmtiles", "/console/base-map.pmtiles?v=1"):
        assert client.get(other).headers["Cache-Control"] == "no-cache"
    again = client.get(address, headers={"If-None-Match": current.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_policy_of_pages_is_the_same_with_a_vector_base_map(app, client, tmp_path, monkeypatch):
    (tmp_path / "console").mkdir()
    (tmp_path / "console" / "index.html").write_text("<!doctype html>")
    policies = []
    for base_map in (None, app.extensions["settings"].base_map):
        settings = replace(app.extensions["settings"], web_dir=tmp_path, base_map=base_map)
        monkeypatch.setitem(app.extensions, "settings", settings)
        policies.append(client.get("/console/").headers["Content-Security-Policy"])
    assert policies[0] == policies[1] and "http" not in policies[0]


def test_broken_file_is_as_none(app, client, tmp_path, monkeypatch):
    broken = tmp_path / "broken.pmtiles"
    broken.write_bytes(b"PMTiles\2")
    for path in (broken, tmp_path / "missing.pmtiles"):
        settings = replace(app.extensions["settings"], base_map=path)
        monkeypatch.setitem(app.extensions, "settings", settings)
        assert client.get("/field/base-map.json").json is None
        assert client.get("/field/base-map.pmtiles").status_code == 404


@pytest.fixture(scope="module")
def live(app, settings, tmp_path_factory, city_map):
    """A real server: it, and not Flask, sends files."""
    folder = tmp_path_factory.mktemp("mapped")
    env = environment(settings, folder) | {"GRIDWARD_BASE_MAP": str(city_map)}
    with running(Server(folder / "server.log", env, workers=1)) as server:
        yield server.client()


@pytest.mark.parametrize(
    ("wanted", "first", "stop"),
    [
        ("bytes=0-126", 0, 127),
        ("bytes=127-", 127, None),
        ("bytes=-100", -100, None),
        ("bytes=0-16383", 0, 16384),
    ],
)
def test_range_of_the_file_comes_as_206_and_not_compressed(live: Client, city_map, wanted, first, stop):
    whole = city_map.read_bytes()
    answer = live.get("/field/base-map.pmtiles", headers={"Range": wanted, "Accept-Encoding": "gzip, zstd"})
    assert (answer.status_code, answer.data) == (206, whole[first:stop])
    at = whole.index(whole[first:stop])
    assert answer.headers["Content-Range"] == f"bytes {at}-{at + len(answer.data) - 1}/{len(whole)}"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert "Content-Encoding" not in answer.headers


def test_whole_file_is_not_compressed_and_says_that_it_has_ranges(live: Client, city_map):
    answer = live.get("/console/base-map.pmtiles", headers={"Accept-Encoding": "gzip, zstd, br"})
    assert (answer.status_code, answer.data) == (200, city_map.read_bytes())
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Type"] == "application/vnd.pmtiles"
    assert "Content-Encoding" not in answer.headers and answer.headers["ETag"]
    head = live.open("/console/base-map.pmtiles", "HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == city_map.stat().st_size


def test_range_behind_the_end_is_416_and_one_of_an_older_file_is_the_whole(live: Client, city_map):
    size = city_map.stat().st_size
    behind = live.get("/field/base-map.pmtiles", headers={"Range": f"bytes={size}-"})
    assert behind.status_code == 416
    # RFC 9110, 15.5.17: the answer says how long the file is.
    assert behind.headers["Content-Range"] == f"bytes */{size}"
    older = live.get("/field/base-map.pmtiles", headers={"Range": "bytes=0-9", "If-Range": '"older"'})
    assert (older.status_code, len(older.data)) == (200, size)
