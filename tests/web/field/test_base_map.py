"""Base map of another provider: tiles align with our places, also in GCJ-02, and load from one origin."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import asinh, hypot, pi, radians, tan

import pytest
from PIL import Image, ImageDraw

from app.core.coordinates import from_wgs84
from tests.factories import make_city
from tests.live.processes import Server, environment
from tests.web.pictures import PHONE, take_pictures

TILE = 256
RED, GREY = (220, 0, 0), (200, 200, 200)
ROUND_M = 60


def pixel(lon: float, lat: float, z: int) -> tuple[float, float]:
    """Where a place stands on the whole map of a zoom, in pixels of 256 a tile."""
    across = 2**z * TILE
    return (lon + 180) / 360 * across, (1 - asinh(tan(radians(lat))) / pi) / 2 * across


class Tiles:
    """A server of tiles that shows one round landmark, at a place of its own system."""

    def __init__(self, lon: float, lat: float) -> None:
        tiles, self.requests = self, []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                tiles.requests.append(self.path)
                z, x, y = (int(part) for part in self.path.split(".")[0].split("/")[-3:])
                east, south = pixel(lon, lat, z)
                reach = ROUND_M / (156_543 / 2**z * 0.86)  # metres a pixel near 30 degrees
                picture = Image.new("RGB", (TILE, TILE), GREY)
                middle = (east - x * TILE, south - y * TILE)
                box = [middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach]
                ImageDraw.Draw(picture).ellipse(box, fill=RED)
                out = io.BytesIO()
                picture.save(out, "PNG")
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Type", "image/png")
                self.end_headers()
                self.wfile.write(out.getvalue())

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def city(app, settings):
    """In Hangzhou, where the shift is some 500 m."""
    return make_city(app, settings, at=(120.1, 30.24))


@pytest.fixture
def tiles(city) -> Iterator[Tiles]:
    place = city.in_grid("g1")
    made = Tiles(*from_wgs84(place["lon"], place["lat"], "gcj02"))
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def server(app, settings, folder, tiles) -> Iterator[Server]:
    """One that has been told of the base map."""
    env = {
        "GRIDWARD_BASE_MAP_URL": f"http://127.0.0.1:{tiles.port}/{{z}}/{{x}}/{{y}}.png",
        "GRIDWARD_BASE_MAP_CRS": "gcj02",
        "GRIDWARD_BASE_MAP_ATTRIBUTION": "审图号 GS(0000)0000 <测试>",
    }
    made = Server(folder / "mapped.log", environment(settings, folder) | env).wait_ready()
    try:
        yield made
        assert made.stop() == 0, made.log_text()
    finally:
        made.kill()


def middle_of_red(picture: Image.Image) -> tuple[float, float, int]:
    """The middle of what is red, and how many pixels are."""
    red = [
        (x, y)
        for x in range(picture.width)
        for y in range(picture.height)
        if sum(abs(a - b) for a, b in zip(picture.getpixel((x, y)), RED, strict=True)) < 60
    ]
    return (
        sum(x for x, _ in red) / max(1, len(red)),
        sum(y for _, y in red) / max(1, len(red)),
        len(red),
    )


@pytest.mark.deep
def test_shifted_base_map_aligns_with_places_and_loads_one_origin(city, tiles, server, phone):
    me = city.worker("g1")
    device = phone()
    device.sign_in(me)
    page = device.page
    device.tab("report")
    page.get_by_test_id("open-map").click()
    drawn = page.locator("[data-testid=map][data-base]")
    # Between the header and what stays in view at the bottom.
    drawn.evaluate("map => map.scrollIntoView({ block: 'center' })")
    # The place of the report is the middle of the map; its mark would hide what lies there.
    page.locator(".maplibregl-marker").evaluate("mark => { mark.hidden = true; }")
    picture = Image.open(io.BytesIO(drawn.screenshot())).convert("RGB")
    take_pictures(page, "field-zh-CN-base-map", PHONE)
    east, south, many = middle_of_red(picture)
    # Two pixels of the picture for one of the page.
    away = hypot(east - picture.width / 2, south - picture.height / 2) / 2
    assert many > 1_000, "the landmark is drawn"
    assert away < 4, f"{away} pixels away; without the shift it is 200 and more"
    assert page.locator(".maplibregl-ctrl-attrib").text_content().count("审图号 GS(0000)0000 <测试>") == 1

    other = Tiles(0, 0)
    blocked = page.evaluate(
        "url => fetch(url).then(() => 'let through', () => 'refused')",
        f"http://127.0.0.1:{other.port}/1/1/1.png",
    )
    assert (blocked, other.requests) == ("refused", [])
    other.server.shutdown()
    other.server.server_close()
    device.console_lines = [
        message for message in device.console_lines if "Content Security Policy" not in message
    ]
