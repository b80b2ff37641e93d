"""The vector base map in the console: drawn in each theme and on paper, in both languages, from this server only."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from app.settings import Settings
from tests.basemap.drawn_city import write_city
from tests.live.own_servers import running
from tests.live.processes import Server, environment
from tests.web.pictures import DESK, take_pictures

DRAWN = re.compile(r"^[1-9]\d*$")
# Of the land of each flavour.
LIGHT, DARK = (226, 223, 218), (31, 31, 31)


@pytest.fixture(scope="module")
def city_map(street: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = street.city.in_grid("g1")
    return write_city(tmp_path_factory.mktemp("basemap") / "city.pmtiles", place["lon"], place["lat"])


@pytest.fixture(scope="module")
def server(app: Any, settings: Settings, folder: Path, dist: Path, city_map: Path) -> Iterator[Server]:
    """One with a base map."""
    env = {"GRIDWARD_MEDIA_STORE": settings.media_store, "GRIDWARD_MEDIA_SPOOL": settings.media_spool}
    env["GRIDWARD_BASE_MAP"] = str(city_map)
    with running(Server(folder / "mapped.log", environment(settings, folder, **env), workers=1)) as server:
        yield server


def open_map(page: Page, zoom: int = 16) -> Locator:
    """The live map, near the first grid."""
    page.get_by_test_id("nav-map").click()
    picture = page.get_by_test_id("picture")
    expect(picture).to_have_attribute("data-base-features", DRAWN)
    return picture


def ground_of(picture: Locator) -> tuple[int, int, int]:
    """The colour that most of the map has."""
    drawn = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    return max(drawn.getcolors(drawn.width * drawn.height), key=lambda pair: pair[0])[1]


def is_near(colour: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 6 for a, b in zip(colour, wanted, strict=True))


def test_base_map_is_drawn_from_this_server_in_ranges(console: Any, server: Server) -> None:
    page = console()
    requests: list[Any] = []
    page.context.on("response", lambda response: requests.append(response))
    picture = open_map(page)
    expect(picture).to_have_attribute("data-base-flavour", "light")
    assert is_near(ground_of(picture), LIGHT)
    hosts = {urlsplit(response.url).netloc for response in requests if response.url.startswith("http")}
    assert hosts == {f"127.0.0.1:{server.port}"}
    parts = [response for response in requests if "base-map.pmtiles" in response.url]
    assert parts and {response.status for response in parts} == {206}
    credit = page.locator(".maplibregl-ctrl-attrib a", has_text="© OpenStreetMap 贡献者")
    expect(credit).to_have_attribute("href", "https://www.openstreetmap.org/copyright")
    expect(page.get_by_test_id("no-base-map")).to_have_count(0)
    # Cases are above it, and are found by a press as before.
    expect(picture).to_have_attribute("data-drawn", DRAWN)
    take_pictures(page, "console-zh-CN-base-map", DESK)


def test_base_map_follows_the_theme_and_is_pale_on_paper(console: Any) -> None:
    page = console(language="en")
    picture = open_map(page)
    expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("© OpenStreetMap contributors")
    page.evaluate(
        "localStorage.setItem('gridward-theme', 'dark'); dispatchEvent(new Event('gridward-theme'))"
    )
    expect(picture).to_have_attribute("data-base-flavour", "dark")
    page.wait_for_function(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    assert is_near(ground_of(picture), DARK)
    take_pictures(page, "console-en-base-map-dark", DESK)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(picture).to_have_attribute("data-base-flavour", "print")
    assert is_near(ground_of(picture), (255, 255, 255))
    page.emulate_media(media="print")
    expect(picture).to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(picture).to_have_attribute("data-base-flavour", "dark")


def test_map_says_that_there_is_no_base_map_and_links_to_the_docs(
    app: Any, settings: Settings, folder: Path, dist: Path, street: Any, desks: Any
) -> None:
    with running(Server(folder / "bare.log", environment(settings, folder), workers=1)) as bare:
        page = replace(desks, port=bare.port).enter(street.supervisor)
        page.get_by_test_id("nav-map").click()
        note = page.get_by_test_id("no-base-map")
        expect(note).to_contain_text("未设置底图")
        address = note.get_by_role("link").get_attribute("href")
        assert address == "../docs/how-to/base-map.html"
        take_pictures(page, "console-zh-CN-no-base-map", DESK)
        page.context.close()
