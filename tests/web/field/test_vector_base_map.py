"""The vector base map in the field app: of a worker's grids it is on the phone, and is drawn without a network."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.basemap.drawn_city import write_city
from tests.factories import make_city
from tests.live.own_servers import running
from tests.live.processes import Server, environment
from tests.waits import eventually
from tests.web.pictures import PHONE, take_pictures

DRAWN = re.compile(r"^[1-9]\d*$")


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, at=(120.1, 30.24))


@pytest.fixture
def city_map(city, tmp_path) -> Path:
    place = city.in_grid("g1")
    return write_city(tmp_path / "city.pmtiles", place["lon"], place["lat"])


@pytest.fixture
def server(app, settings, folder, city_map) -> Iterator[Server]:
    env = environment(settings, folder) | {"GRIDWARD_BASE_MAP": str(city_map)}
    with running(Server(folder / "vector.log", env)) as server:
        yield server


def open_place_map(device: Any) -> Any:
    device.tab("report")
    device.page.get_by_test_id("open-map").click()
    return device.page.get_by_test_id("map")


def test_base_map_of_own_grids_is_drawn_without_a_network(city, server, phone):
    device = phone(language="en")
    device.sign_in(city.worker("g1"))
    page = device.page
    eventually(lambda: (device.stored_value("base_map") or {}).get("tiles", 0) > 0, seconds=60)
    info = device.stored_value("base_map")
    assert info["tiles"] == device.held("mapTile") > 10
    assert 10_000 < info["bytes"] < 2_000_000
    device.tab("me")
    expect(page.get_by_test_id("stored-base-map")).to_contain_text(f"{max(0.1, info['bytes'] / 1e6):.1f} MB")

    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    drawn = open_place_map(device)
    expect(drawn).to_have_attribute("data-base-features", DRAWN)
    # Stored tiles are not fetched again.
    assert not [url for url in requests if "base-map.pmtiles" in url]
    take_pictures(page, "field-en-base-map", PHONE)

    device.gate.shut()
    page.reload()
    drawn = open_place_map(device)
    expect(drawn).to_have_attribute("data-base-features", DRAWN)
    expect(page.get_by_text("No network: the map shows the base map that is on this phone")).to_be_visible()
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("© OpenStreetMap contributors")
    take_pictures(page, "field-en-base-map-offline", PHONE)
    device.gate.open()


def test_map_of_a_worker_says_in_words_that_there_is_no_base_map(
    city, app, settings, folder, phone, server, monkeypatch
):
    with running(Server(folder / "bare.log", environment(settings, folder))) as bare:
        monkeypatch.setattr(server, "port", bare.port)
        device = phone()
        device.sign_in(city.worker("g1"))
        open_place_map(device)
        expect(device.page.get_by_test_id("no-base-map")).to_have_text("未设置底图，图上没有街道")
        assert device.stored_value("base_map") is None
        device.page.goto("about:blank")
