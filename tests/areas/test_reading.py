"""Listing areas, and finding those at a point."""

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
def test_areas_are_listed_by_code_and_filtered_by_level(city, admin, query, expected):
    answer = admin.get("/areas", within=city.ids["-d"], **query)
    assert answer.status_code == 200
    assert codes(answer) == [city.code + suffix for suffix in expected]


def test_within_means_in_and_under(city, admin):
    assert codes(admin.get("/areas", within=city.ids["-g1"])) == [f"{city.code}-g1"]
    assert len(codes(admin.get("/areas", within=city.ids["-c"]))) == 3


def test_code_filters_exactly(city, admin):
    assert codes(admin.get("/areas", code=f"{city.code}-g2")) == [f"{city.code}-g2"]
    assert codes(admin.get("/areas", code=city.code)) == []


def test_bbox_filters_by_shape(city, admin):
    inside_g2 = city.bbox(0.7, 0.2, 0.8, 0.3)
    found = codes(admin.get("/areas", bbox=inside_g2, level="grid"))
    assert found == [f"{city.code}-g2"]


def test_bbox_that_only_meets_the_envelope_does_not_count(empty_city, admin):
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


def test_pages_give_every_area_once(city, admin):
    seen, cursor, pages = [], {}, 0
    while True:
        answer = admin.get("/areas", within=city.ids["-d"], limit=2, **cursor)
        seen += codes(answer)
        pages += 1
        if answer.json["next"] is None:
            break
        cursor = {"cursor": answer.json["next"]}
    assert seen == [city.code + s for s in ("-c", "-d", "-g1", "-g2", "-s")]
    assert pages == 3


def test_the_last_full_page_has_no_next(city, admin):
    assert admin.get("/areas", within=city.ids["-d"], limit=5).json["next"] is None


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        encode_cursor(["a"]),
        encode_cursor(["a", "b"]),
        encode_cursor(["\0", "01a21025-7cf4-7c15-9d1b-b0d4243a4502"]),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(admin, cursor):
    answer = admin.get("/areas", cursor=cursor)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "cursor"


def test_unknown_filters_are_refused(admin):
    assert admin.get("/areas", levle="grid").status_code == 422


def test_shapes_can_be_left_out(city, admin):
    with_shapes = admin.get("/areas", within=city.ids["-c"]).json
    without = admin.get("/areas", within=city.ids["-c"], geometry="false").json
    assert all(f["geometry"]["type"] == "MultiPolygon" for f in with_shapes["features"])
    assert all(f["geometry"] is None for f in without["features"])
    assert [f["properties"] for f in without["features"]] == [
        f["properties"] for f in with_shapes["features"]
    ]


def test_geojson_has_its_media_type_for_those_who_ask(city, admin):
    plain = admin.get("/areas", within=city.ids["-c"])
    asked = admin.get("/areas", within=city.ids["-c"], headers={"Accept": "application/geo+json"})
    assert plain.content_type == "application/json"
    assert asked.content_type == "application/geo+json"
    assert asked.json == plain.json
    assert asked.headers["Vary"] == "Accept"


def test_the_list_is_what_the_document_says(city, admin):
    body = admin.get("/areas", within=city.ids["-c"]).json
    assert AreaCollection().dump(body) == body


def test_everybody_signed_in_sees_areas(city, person, app, sql):
    (unit_id,) = sql("select root_unit_id from jurisdiction where id = :id", id=city.jurisdiction_id)[0]
    handler = person((Role.HANDLER, None), unit_id=unit_id)
    assert len(codes(handler.get("/areas", within=city.ids["-c"]))) == 3
    assert app.test_client().get("/api/v1/areas").status_code == 401


def test_a_point_has_an_area_of_each_level(city, admin):
    lon, lat = city.at(0.25, 0.5)
    found = admin.get("/areas/at", lon=lon, lat=lat).json
    assert {level: found[level]["code"] for level in ("district", "street", "community", "grid")} == {
        "district": f"{city.code}-d",
        "street": f"{city.code}-s",
        "community": f"{city.code}-c",
        "grid": f"{city.code}-g1",
    }
    assert (found["lon"], found["lat"]) == pytest.approx((lon, lat))
    assert AreasAt().dump(found) == found


def test_a_point_outside_every_grid_keeps_what_covers_it(empty_city, admin):
    city = empty_city
    made = admin.post(
        "/areas/import",
        city.collection(
            city.feature("-d", "district", (0, 0, 1, 1)), city.feature("-s", "street", (0, 0, 0.5, 1))
        ),
    )
    assert made.status_code == 201
    lon, lat = city.at(0.75, 0.5)
    found = admin.get("/areas/at", lon=lon, lat=lat).json
    assert found["district"]["code"] == f"{city.code}-d"
    assert found["street"] is found["community"] is found["grid"] is None


def test_a_point_nowhere_has_no_areas(city, admin):
    lon, lat = city.at(-5, -5)
    found = admin.get("/areas/at", lon=lon, lat=lat).json
    assert found["district"] is found["grid"] is None


@pytest.mark.parametrize(("west", "east"), [("-g1", "-g2"), ("-g2", "-g1")])
def test_a_point_on_a_shared_edge_belongs_to_the_lowest_code(empty_city, admin, west, east):
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


def test_shifted_coordinates_find_the_true_place(empty_city, admin):
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
        found = admin.get("/areas/at", lon=there[0], lat=there[1], coord_sys=coord_sys).json
        assert found["grid"]["code"] == f"{city.code}-g1"
        assert (found["lon"], found["lat"]) == pytest.approx((lon, lat), abs=1e-9)


def test_coordinates_are_checked(admin):
    assert admin.get("/areas/at", lon=181, lat=0).status_code == 422
    assert admin.get("/areas/at", lon=0, lat="nan").status_code == 422
    assert admin.get("/areas/at", lon=0, lat=0, coord_sys="mars").status_code == 422


def test_an_area_is_not_sent_again_while_it_is_the_same(city, admin):
    path = f"/areas/{city.ids['-g1']}"
    first = admin.get(path)
    assert first.status_code == 200
    assert first.json["properties"]["code"] == f"{city.code}-g1"
    tag = first.headers["ETag"]
    for sent in (tag, f"W/{tag}"):
        again = admin.get(path, headers={"If-None-Match": sent})
        assert again.status_code == 304
        assert again.data == b""


def test_an_unknown_area_is_not_found(admin):
    for path in ("", "/history"):
        answer = admin.get(f"/areas/01a21025-7cf4-7c15-9d1b-b0d4243a4502{path}")
        assert answer.status_code == 404


def test_history_shows_the_present_version(city, admin):
    body = admin.get(f"/areas/{city.ids['-g1']}/history").json
    assert [item["code"] for item in body["items"]] == [f"{city.code}-g1"]
    assert body["items"][0]["valid_to"] is None
    assert body["items"][0]["reason"] == "import"
    assert AreaHistory().dump(body) == body
