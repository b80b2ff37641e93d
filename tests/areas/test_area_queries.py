"""Area list, areas at a point, area history."""

import pytest

from app.areas.schemas import AreaCollection, AreaHistory, AreasAt
from app.core.actor import Role
from app.core.coordinates import from_wgs84
from app.core.paging import encode_cursor


def codes(answer):
    return [feature["properties"]["code"] for feature in answer.json["features"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"level": "grid"}, ["-g1", "-g2"]),
        ({"level": "street"}, ["-s"]),
        ({}, ["-c", "-d", "-g1", "-g2", "-s"]),
    ],
)
def test_area_list_is_ordered_by_code_and_filtered_by_level(square_city, admin, query, expected):
    answer = admin.get("/areas", area_id=square_city.ids["-d"], **query)
    assert answer.status_code == 200
    assert codes(answer) == [square_city.code + suffix for suffix in expected]


def test_area_list_within_filter_includes_area_and_descendants(square_city, admin):
    assert codes(admin.get("/areas", area_id=square_city.ids["-g1"])) == [f"{square_city.code}-g1"]
    assert len(codes(admin.get("/areas", area_id=square_city.ids["-c"]))) == 3


def test_area_list_code_filter_matches_exactly(square_city, admin):
    assert codes(admin.get("/areas", code=f"{square_city.code}-g2")) == [f"{square_city.code}-g2"]
    assert codes(admin.get("/areas", code=square_city.code)) == []


def test_area_list_bbox_filter_intersects_shapes(square_city, admin):
    inside_g2 = square_city.bbox(0.7, 0.2, 0.8, 0.3)
    listed = codes(admin.get("/areas", bbox=inside_g2, level="grid"))
    assert listed == [f"{square_city.code}-g2"]


def test_area_list_bbox_filter_ignores_areas_that_only_share_envelope(empty_city, admin):
    city = empty_city
    triangle = {
        "type": "Polygon",
        "coordinates": [[list(city.at(0, 0)), list(city.at(1, 0)), list(city.at(0, 1)), list(city.at(0, 0))]],
    }
    assert (
        admin.post("/areas/import", city.collection(city.feature("-d", "district", triangle))).status_code
        == 201
    )
    assert codes(admin.get("/areas", bbox=city.bbox(0.8, 0.8, 0.9, 0.9))) == []
    assert codes(admin.get("/areas", bbox=city.bbox(0.1, 0.1, 0.2, 0.2))) == [f"{city.code}-d"]


def test_area_list_pages_return_every_area_once(square_city, admin):
    seen, cursor, pages = [], {}, 0
    while True:
        answer = admin.get("/areas", area_id=square_city.ids["-d"], limit=2, **cursor)
        seen += codes(answer)
        pages += 1
        if answer.json["next"] is None:
            break
        cursor = {"cursor": answer.json["next"]}
    assert seen == [square_city.code + s for s in ("-c", "-d", "-g1", "-g2", "-s")]
    assert pages == 3


def test_area_list_last_full_page_has_no_next_cursor(square_city, admin):
    assert admin.get("/areas", area_id=square_city.ids["-d"], limit=5).json["next"] is None


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        encode_cursor(["a"]),
        encode_cursor(["a", "b"]),
        encode_cursor(["\0", "01a21025-7cf4-7c15-9d1b-b0d4243a4502"]),
    ],
)
def test_area_list_returns_422_for_invalid_cursor(admin, cursor):
    answer = admin.get("/areas", cursor=cursor)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "cursor"


def test_area_list_returns_422_for_unknown_parameter(admin):
    assert admin.get("/areas", levle="grid").status_code == 422


def test_area_list_omits_geometry_when_requested(square_city, admin):
    with_shapes = admin.get("/areas", area_id=square_city.ids["-c"]).json
    without = admin.get("/areas", area_id=square_city.ids["-c"], geometry="false").json
    assert all(f["geometry"]["type"] == "MultiPolygon" for f in with_shapes["features"])
    assert all(f["geometry"] is None for f in without["features"])
    assert [f["properties"] for f in without["features"]] == [
        f["properties"] for f in with_shapes["features"]
    ]


def test_area_list_returns_geojson_media_type_when_accepted(square_city, admin):
    plain = admin.get("/areas", area_id=square_city.ids["-c"])
    geojson = admin.get("/areas", area_id=square_city.ids["-c"], headers={"Accept": "application/geo+json"})
    assert plain.content_type == "application/json"
    assert geojson.content_type == "application/geo+json"
    assert geojson.json == plain.json
    assert geojson.headers["Vary"] == "Accept, Accept-Encoding"


def test_area_list_matches_its_schema(square_city, admin):
    body = admin.get("/areas", area_id=square_city.ids["-c"]).json
    assert AreaCollection().dump(body) == body


def test_area_list_is_readable_by_every_signed_in_account(square_city, person, app, sql):
    (unit_id,) = sql("select root_unit_id from jurisdiction where id = :id", id=square_city.jurisdiction_id)[
        0
    ]
    handler = person((Role.HANDLER, None), unit_id=unit_id)
    assert len(codes(handler.get("/areas", area_id=square_city.ids["-c"]))) == 3
    assert app.test_client().get("/api/v1/areas").status_code == 401


def test_areas_at_point_returns_area_of_each_level(square_city, admin):
    lon, lat = square_city.at(0.25, 0.5)
    areas = admin.get("/areas/at", lon=lon, lat=lat).json
    assert {level: areas[level]["code"] for level in ("district", "street", "community", "grid")} == {
        "district": f"{square_city.code}-d",
        "street": f"{square_city.code}-s",
        "community": f"{square_city.code}-c",
        "grid": f"{square_city.code}-g1",
    }
    assert (areas["lon"], areas["lat"]) == pytest.approx((lon, lat))
    assert AreasAt().dump(areas) == areas


def test_areas_at_point_returns_covering_areas_when_point_is_in_no_grid(empty_city, admin):
    city = empty_city
    made = admin.post(
        "/areas/import",
        city.collection(
            city.feature("-d", "district", (0, 0, 1, 1)), city.feature("-s", "street", (0, 0, 0.5, 1))
        ),
    )
    assert made.status_code == 201
    lon, lat = city.at(0.75, 0.5)
    areas = admin.get("/areas/at", lon=lon, lat=lat).json
    assert areas["district"]["code"] == f"{city.code}-d"
    assert areas["street"] is areas["community"] is areas["grid"] is None


def test_areas_at_point_returns_no_areas_outside_every_district(square_city, admin):
    lon, lat = square_city.at(-5, -5)
    areas = admin.get("/areas/at", lon=lon, lat=lat).json
    assert areas["district"] is areas["grid"] is None


@pytest.mark.parametrize(("west", "east"), [("-g1", "-g2"), ("-g2", "-g1")])
def test_areas_at_point_returns_lowest_code_on_shared_edge(empty_city, admin, west, east):
    city = empty_city
    whole = (0, 0, 1, 1)
    made = admin.post(
        "/areas/import",
        city.collection(
            *(city.feature(f"-{level[0]}", level, whole) for level in ("district", "street", "community")),
            city.feature(west, "grid", (0, 0, 0.5, 1)),
            city.feature(east, "grid", (0.5, 0, 1, 1)),
        ),
    )
    assert made.status_code == 201
    lon, lat = city.at(0.5, 0.25)
    answers = {admin.get("/areas/at", lon=lon, lat=lat).json["grid"]["code"] for _ in range(3)}
    assert answers == {f"{city.code}-g1"}


def test_areas_at_point_converts_shifted_coordinates(empty_city, admin):
    city = empty_city
    city.lon, city.lat = (
        104.2 + city.lon / 1000,
        31.3 + city.lat / 1000,
    )  # where GCJ-02 shifts by half a kilometre
    whole = (0, 0, 1, 1)
    made = admin.post(
        "/areas/import",
        city.collection(
            *(city.feature(f"-{level[0]}", level, whole) for level in ("district", "street", "community")),
            city.feature("-g1", "grid", (0, 0, 0.1, 1)),
            city.feature("-g2", "grid", (0.1, 0, 1, 1)),
        ),
    )
    assert made.status_code == 201
    lon, lat = city.at(0.05, 0.5)
    for coord_sys in ("gcj02", "bd09"):
        there = from_wgs84(lon, lat, coord_sys)
        areas = admin.get("/areas/at", lon=there[0], lat=there[1], coord_sys=coord_sys).json
        assert areas["grid"]["code"] == f"{city.code}-g1"
        assert (areas["lon"], areas["lat"]) == pytest.approx((lon, lat), abs=1e-9)


def test_areas_at_point_returns_422_for_invalid_coordinates(admin):
    assert admin.get("/areas/at", lon=181, lat=0).status_code == 422
    assert admin.get("/areas/at", lon=0, lat="nan").status_code == 422
    assert admin.get("/areas/at", lon=0, lat=0, coord_sys="mars").status_code == 422


def test_area_read_returns_304_for_current_etag(square_city, admin):
    path = f"/areas/{square_city.ids['-g1']}"
    first = admin.get(path)
    assert first.status_code == 200
    assert first.json["properties"]["code"] == f"{square_city.code}-g1"
    tag = first.headers["ETag"]
    for sent in (tag, f"W/{tag}"):
        again = admin.get(path, headers={"If-None-Match": sent})
        assert again.status_code == 304
        assert again.data == b""


def test_area_endpoints_return_404_for_unknown_area(admin):
    for path in ("", "/history"):
        answer = admin.get(f"/areas/01a21025-7cf4-7c15-9d1b-b0d4243a4502{path}")
        assert answer.status_code == 404


def test_area_history_contains_current_version(square_city, admin):
    body = admin.get(f"/areas/{square_city.ids['-g1']}/history").json
    assert [item["code"] for item in body["items"]] == [f"{square_city.code}-g1"]
    assert body["items"][0]["valid_to"] is None
    assert body["items"][0]["reason"] == "import"
    assert AreaHistory().dump(body) == body
