"""OGC API Features, Part 2: reference systems, in the order of axes that their authority names."""

import json

import pyproj
import pytest
from shapely.geometry import shape

from app.core.actor import Role
from app.ogc.rules.crs import CRS84, URIS, crs_of
from tests.nonempty import nonempty
from tests.ogc.conftest import Map, box, link

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
# In Hangzhou, whose zone has the meridian 120.
PLACE = {"lon": 120.1531234, "lat": 30.2712345}


@pytest.fixture
def unscoped_reader(city) -> Map:
    return Map(city.person(Role.GIS))


@pytest.fixture
def component_id(put) -> str:
    return put(PLACE)[0]


def test_crs_md_crs_list_and_storage(gis):
    for collection in nonempty(gis.get("/collections").json["collections"]):
        assert CRS84 in collection["crs"] and collection["storageCrs"] in collection["crs"]
        assert {f"{EPSG}4326", f"{EPSG}3857", f"{EPSG}4490", f"{EPSG}4549"} <= set(collection["crs"])
        assert gis.get(f"/collections/{collection['id']}").json["crs"] == collection["crs"]


@pytest.mark.parametrize(
    "uri", [CRS84, f"{EPSG}4326", f"{EPSG}3857", f"{EPSG}4490", f"{EPSG}4549", f"{EPSG}4528"]
)
def test_crs_parameter_and_content_crs(unscoped_reader, component_id, uri):
    """Items and item say their CRS, and their coordinates are what the authority's own order and formulas give."""
    wanted = pyproj.Transformer.from_crs(
        "OGC:CRS84", uri.replace(EPSG, "EPSG:") if uri != CRS84 else "OGC:CRS84"
    )
    expected = wanted.transform(PLACE["lon"], PLACE["lat"])
    for answer in (
        unscoped_reader.get("/collections/components/items", crs=uri, bbox="120.15,30.27,120.16,30.28"),
        unscoped_reader.get(f"/collections/components/items/{component_id}", crs=uri),
    ):
        assert answer.headers["Content-Crs"] == f"<{uri}>"
        feature = {item["id"]: item for item in answer.json.get("features", [answer.json])}[component_id]
        assert "crs" not in feature["geometry"]
        x, y = feature["geometry"]["coordinates"]
        unit = 1e-7 if abs(expected[0]) <= 180 else 1e-3
        assert abs(x - expected[0]) <= unit and abs(y - expected[1]) <= unit


def test_content_crs_defaults_to_crs84(gis):
    assert gis.get("/collections/areas/items", limit=1).headers["Content-Crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
@pytest.mark.parametrize("value", ["", "EPSG:4326", f"{EPSG}2000", "urn:ogc:def:crs:EPSG::4326", "x" * 5000])
def test_crs_invalid_values(gis, name, value):
    answer = gis.open("GET", "/collections/areas/items", {name: value, "bbox": "1,1,2,2"})
    assert answer.status_code == 400 and name in answer.json["description"]


@pytest.mark.parametrize("uri", URIS)
def test_every_listed_crs_is_served(unscoped_reader, component_id, uri):
    answer = unscoped_reader.get(f"/collections/components/items/{component_id}", crs=uri)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("uri", [f"{EPSG}4326", f"{EPSG}3857", f"{EPSG}4490", f"{EPSG}4549"])
def test_bbox_in_other_crs_returns_same_features(unscoped_reader, put, uri):
    """The same box finds the same features, whatever it is said in; just outside of it finds nothing."""
    mine = set(put(PLACE, 5))
    west, south, east, north = 120.15311, 30.27122, 120.153153, 30.271243
    wanted = mine & set(unscoped_reader.ids("components", bbox=f"{west},{south},{east},{north}", limit=1000))
    assert len(wanted) >= 3
    to = pyproj.Transformer.from_crs("OGC:CRS84", uri.replace(EPSG, "EPSG:"))
    corners = [*to.transform(west, south), *to.transform(east, north)]
    given = ",".join(repr(v) for v in corners)
    ids = unscoped_reader.ids("components", bbox=given, limit=1000, **{"bbox-crs": uri})
    assert mine & set(ids) == wanted
    height = abs(corners[2] - corners[0]), abs(corners[3] - corners[1])
    beside = ",".join(
        repr(v)
        for v in (
            corners[0] + height[0],
            corners[1] + height[1],
            corners[2] + height[0],
            corners[3] + height[1],
        )
    )
    assert not mine & set(unscoped_reader.ids("components", bbox=beside, limit=1000, **{"bbox-crs": uri}))


def test_bbox_outside_crs_domain_returns_400(unscoped_reader):
    for uri, given in ((f"{EPSG}3857", "0,0,1e300,1e300"), (f"{EPSG}4549", "1e30,0,2e30,1")):
        answer = unscoped_reader.get("/collections/areas/items", bbox=given, **{"bbox-crs": uri})
        assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "place", [{"lon": -100.0, "lat": 40.0}, {"lon": 0.0, "lat": 90.0}, {"lon": 180.0, "lat": -90.0}]
)
@pytest.mark.parametrize("uri", [f"{EPSG}3857", f"{EPSG}4490", f"{EPSG}4549", f"{EPSG}4534"])
def test_features_far_from_crs_domain_do_not_break_pages(unscoped_reader, put, place, uri):
    component_id = put(place)[0]
    for path in (f"/collections/components/items/{component_id}", "/collections/components/items?limit=1000"):
        answer = (
            unscoped_reader.get(path, crs=uri)
            if "?" not in path
            else unscoped_reader.open("GET", f"{path}&crs={uri}")
        )
        assert answer.status_code in (200, 400), answer.text
        if answer.status_code == 200:
            json.loads(answer.data)


def test_next_links_keep_crs(city, gis):
    body = gis.items("grids", bbox=box(city, 0, 0, 2, 2), crs=f"{EPSG}4326", limit=1)
    answer = gis.follow(link(body, "next"))
    assert answer.headers["Content-Crs"] == f"<{EPSG}4326>"
    lat_first = shape(answer.json["features"][0]["geometry"]).centroid
    assert abs(lat_first.x - city.lat) < 0.1 and abs(lat_first.y - city.lon) < 0.1


def test_axis_order_follows_authority():
    north_first = {uri: crs_of(uri).is_north_first for uri in URIS}
    assert [north_first[f"{EPSG}{code}"] for code in (4326, 4490, 4549, 4513, 3857)] == [
        True,
        True,
        True,
        True,
        False,
    ]
    assert not north_first[CRS84]
