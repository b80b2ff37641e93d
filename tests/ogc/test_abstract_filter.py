"""The abstract tests of OGC API Features Part 3, by their ids, for every collection."""

import json

import pyproj
import pytest

from app.ogc.rules.collections import COLLECTIONS
from app.ogc.rules.cql2 import parse_text
from app.ogc.rules.crs import CRS84
from tests.nonempty import nonempty
from tests.ogc.conftest import LOOKED_AT, Map, box
from tests.sample_sizes import drawn_share

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture
def filled(city, gis, put, house, report) -> Map:
    """Something in each collection."""
    put(city.in_grid("g1"), 2)
    house(city.in_grid("g1"))
    report(city.worker("g1"), city.in_grid("g1"))
    return gis


def first(name: str) -> str:
    return next(p.name for p in COLLECTIONS[name].properties if p.is_filterable)


def boxed(corners: list[float]) -> str:
    return f"S_INTERSECTS(geometry,BBOX({','.join(map(repr, corners))}))"


@pytest.mark.parametrize("name", LOOKED_AT)
def test_filter_param_and_filter_lang_default(city, filled, name):
    """Valid filters are answered in GeoJSON, in both languages and in the one that is not said; nonsense is 400."""
    path, query = f"/collections/{name}/items", {"bbox": box(city, 0, 0, 2, 2)}
    for verdict, size in (("NOT NULL", 1), ("NULL", 0)):
        text = f'"{first(name)}" IS {verdict}'
        ways = (
            {"filter": text},
            {"filter": text, "filter-lang": "cql2-text"},
            {"filter": json.dumps(parse_text(text)), "filter-lang": "cql2-json"},
        )
        answers = [filled.get(path, **query, **way) for way in ways]
        assert all(a.status_code == 200 and a.content_type == "application/geo+json" for a in answers)
        ids = [[feature["id"] for feature in a.json["features"]] for a in answers]
        assert ids[0] == ids[1] == ids[2] and (len(ids[0]) > 0) is bool(size)
    for way in (
        {"filter": "THIS IS NOT A FILTER"},
        {"filter": "THIS IS NOT A FILTER", "filter-lang": "cql2-text"},
        {"filter": "{", "filter-lang": "cql2-json"},
        {"filter": "true", "filter-lang": "cql-text"},
    ):
        answer = filled.get(path, **way)
        assert answer.status_code == 400 and answer.json["code"], way


@pytest.mark.parametrize("name", LOOKED_AT)
def test_expression_construction(filled, name):
    answer = filled.get(f"/collections/{name}/items", filter="this_is_not_a_queryable IS NULL")
    assert answer.status_code == 400
    assert "this_is_not_a_queryable" in answer.json["description"]


@pytest.mark.parametrize("name", LOOKED_AT)
def test_filter_crs_wgs84(city, filled, name):
    """The collection's own box in CRS84 finds what no filter finds; a box in metres without its CRS is refused."""
    corners = filled.get(f"/collections/{name}").json["extent"]["spatial"]["bbox"][0]
    query = {"bbox": box(city, 0, 0, 2, 2), "limit": 1000}
    assert filled.ids(name, filter=boxed(corners), **query) == filled.ids(name, **query) != []
    for far in ([1e6, 1e6, 2e6, 2e6], [120.0, -91.0, 121.0, 30.0]):
        answer = filled.get(f"/collections/{name}/items", filter=boxed(far))
        assert answer.status_code == 400, answer.text


@pytest.mark.wide
@pytest.mark.parametrize(
    "uri",
    drawn_share(
        [CRS84, f"{EPSG}4326", f"{EPSG}3857", f"{EPSG}4490", f"{EPSG}4549"],
        one_in=2,
        name="systems of filters",
    ),
)
def test_filter_crs_param(city, filled, uri):
    """The same box, in the order of axes of each system; a system that is not there is 400."""
    west, south, east, north = (float(v) for v in box(city, -0.1, -0.1, 2.1, 2.1).split(","))
    given = uri.replace(EPSG, "EPSG:") if uri != CRS84 else "OGC:CRS84"
    to = pyproj.Transformer.from_crs("OGC:CRS84", given)
    ends = [to.transform(x, y) for x in (west, east) for y in (south, north)]
    firsts, seconds = ([float(end[n]) for end in ends] for n in (0, 1))
    corners = [min(firsts), min(seconds), max(firsts), max(seconds)]
    for name in nonempty(LOOKED_AT):
        wanted = filled.ids(name, bbox=f"{west},{south},{east},{north}", limit=1000)
        ids = filled.ids(name, filter=boxed(corners), limit=1000, **{"filter-crs": uri})
        # The meridians of a zone lean; its box has more in it.
        assert wanted and (set(wanted) <= set(ids) if "4549" in uri else ids == wanted), name
        boxes = {"bbox": ",".join(map(repr, corners)), "bbox-crs": uri}
        assert filled.ids(name, limit=1000, **boxes) == ids
        nowhere = {"filter-crs": "http://www.opengis.net/def/crs/OGC/0/does_not_exist"}
        answer = filled.get(f"/collections/{name}/items", filter=boxed(corners), **nowhere)
        assert answer.status_code == 400


@pytest.mark.parametrize("name", LOOKED_AT)
def test_mixing_expression(city, filled, name):
    """A filter and a box are both meant."""
    corners = [float(v) for v in box(city, -0.1, -0.1, 2.1, 2.1).split(",")]
    around = ",".join(map(str, corners))
    beside = ",".join(str(v + 10) for v in corners)
    assert filled.ids(name, filter=boxed(corners), bbox=around) == filled.ids(name, bbox=around) != []
    assert not set(filled.ids(name, filter=boxed(corners), bbox=beside)) & set(filled.ids(name, bbox=around))
