"""Pages for people: in their language, legible, with a map that has north up and a scale that is true; all without a script."""

import re
from html import unescape
from pathlib import Path

import pyproj
import pytest

from app.ogc import routes
from app.ogc.rules.crs import crs_of
from app.ogc.rules.page_map import drawing
from tests.ogc.conftest import box

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
STYLE = (Path(routes.__file__).parents[1] / "pages/ogc_layout.html").read_text()


def links(page: str) -> dict[str, str]:
    return {rel: unescape(href) for rel, href in re.findall(r'rel="(\w+)" href="([^"]+)"', page)}


def dots(page: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)"', page)]


@pytest.mark.parametrize(
    ("lang", "column", "layer"), [("zh-CN", "状态", "部件"), ("en", "State", "Components")]
)
def test_pages_follow_accept_language(city, gis, put, lang, column, layer):
    put(city.in_grid("g1"), 2)
    headers = {"Accept-Language": lang, "Accept": "text/html"}
    for path in ("/", "/collections", "/collections/components", "/collections/components/items"):
        answer = gis.get(path, headers)
        assert answer.headers["Content-Language"] == lang and f'<html lang="{lang}">' in answer.text
        assert "Accept" in answer.headers["Vary"]
    assert f">{column}</th>" in answer.text and f"<h1>{layer}</h1>" in answer.text
    feature_id = gis.ids("components")[0]
    assert f">{column}</th>" in gis.get(f"/collections/components/items/{feature_id}", headers).text


def test_pages_link_to_next_and_first(city, gis, put):
    made = sorted(put(city.in_grid("g1"), 5, state="damaged"))
    page = gis.get("/collections/components/items", f="html", limit=2, state="damaged").text
    assert "first" not in links(page)
    seen, first = [], page
    while True:
        seen += re.findall(r'<tr><td class="plain"><a href="[^"]*/items/([\w-]+)\?f=html">', page)
        if "next" not in links(page):
            break
        page = gis.follow(links(page)["next"]).text
        assert gis.follow(links(page)["first"]).text.count("<circle") == 2
    assert seen == made
    assert "5" in re.search(r"<span>(.*?)</span>", first)[1]


def test_drawn_map_has_north_up_in_every_crs(city, gis, put):
    for x, y in ((0.2, 0.3), (0.8, 0.4), (0.5, 0.9)):
        put(city.at(x, y))
    query = {"bbox": box(city, 0, 0, 1, 1), "f": "html", "sortby": "code"}
    plain = dots(gis.get("/collections/components/items", **query).text)
    assert len(plain) == 3 and min(y for _, y in plain) == plain[2][1]
    turned = dots(gis.get("/collections/components/items", crs=f"{EPSG}4326", **query).text)
    assert turned == plain


@pytest.mark.parametrize("uri", [f"{EPSG}4326", f"{EPSG}4549"])
def test_drawn_scale_bar_is_true(uri):
    to = pyproj.Transformer.from_crs("OGC:CRS84", uri.replace(EPSG, "EPSG:"))
    ends = [(120.0, 30.0), (120.03, 30.0), (120.0, 30.01)]
    features = [
        f'{{"id":"{n}","properties":{{}},"geometry":{{"type":"Point","coordinates":{list(map(float, to.transform(*end)))}}}}}'
        for n, end in enumerate(ends)
    ]
    drawn = drawing(",".join(features).encode(), crs_of(uri))
    wide = pyproj.Geod(ellps="WGS84").inv(*ends[0], *ends[1])[2]
    high = pyproj.Geod(ellps="WGS84").inv(*ends[0], *ends[2])[2]
    unit = drawn.bar / drawn.bar_metres
    assert (drawn.dots[1].x - drawn.dots[0].x) / unit == pytest.approx(wide, rel=0.01)
    assert (drawn.dots[0].y - drawn.dots[2].y) / unit == pytest.approx(high, rel=0.01)


def test_page_draws_single_point_and_reports_no_features(city, gis, put):
    [feature_id] = put(city.in_grid("g1"))
    page = gis.get(f"/collections/components/items/{feature_id}", f="html").text
    assert dots(page) == [(400.0, 240.0)] and "m</text>" in page
    nothing = gis.get("/collections/components/items", f="html", state="missing").text
    assert "<svg" not in nothing and "There are no features" in nothing


def luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_page_colours_meet_contrast_ratio(scheme):
    """As WCAG asks for: 4.5 to 1, in both schemes."""
    block = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--(\w+): #([0-9a-f]{3,6})\b", block))
    for ink in ("ink", "soft", "link"):
        for ground in ("paper", "ground"):
            light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)
