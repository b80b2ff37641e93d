"""The sentences of docs/reference/api.md that a request can prove; docs/status.md lists them with the tests of the others."""

from pathlib import Path

import pytest

from app.core.coordinates import CoordSys, from_wgs84
from app.core.ids import uuid7
from app.reference.limits import limits_table
from app.settings import Settings
from tests.answers import status_and_code

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "api.md").read_text()


def report_body(city, **fields):
    return {"id": str(uuid7()), "category": "E0102", "description": "垃圾堆积", **city.in_grid("g1")} | fields


def fault_of(answer):
    assert status_and_code(answer) == (422, "validation_failed"), answer.json
    (fault,) = answer.json["errors"]
    return fault["field"], fault["code"]


def test_limits_in_api_page_equal_the_settings():
    section = PAGE.split("<!-- limits -->\n")[1].split("<!-- /limits -->")[0]
    assert section == limits_table(), "put the table of app.reference.limits into docs/reference/api.md"


def test_unknown_fields_and_parameters_are_refused(boss, city):
    assert fault_of(boss.post("/incidents", report_body(city, colour="red"))) == ("colour", "unknown_field")
    assert fault_of(boss.get("/incidents", query_string={"colour": "red"})) == ("colour", "unknown_field")


def test_id_that_is_no_uuid_7_is_refused(boss, city):
    body = report_body(city, id="7d444840-9dc0-41d1-b245-5ffdce74fad2")
    assert fault_of(boss.post("/incidents", body)) == ("id", "uuid_version")


def test_same_id_returns_same_object_and_other_body_is_refused(boss, city):
    body = report_body(city)
    first, again = boss.post("/incidents", body), boss.post("/incidents", body)
    assert (first.status_code, again.status_code, again.json["id"]) == (201, 200, body["id"])
    assert status_and_code(boss.post("/incidents", body | {"description": "别的"})) == (409, "id_reused")


def test_list_is_a_keyset_page_whose_last_page_has_no_next(boss, city):
    for _ in range(3):
        boss.post("/incidents", report_body(city))
    first = boss.get("/incidents", query_string={"limit": 2}).json
    second = boss.get("/incidents", query_string={"limit": 2, "cursor": first["next"]}).json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}


def test_foreign_cursor_and_too_large_limit_are_refused(boss):
    assert fault_of(boss.get("/incidents", query_string={"cursor": "abc"})) == ("cursor", "cursor_invalid")
    too_many = Settings().page_limit_max + 1
    assert fault_of(boss.get("/incidents", query_string={"limit": too_many})) == ("limit", "out_of_range")


def test_version_is_an_etag_that_conditions_reads_and_changes(boss, city):
    case = boss.post("/incidents", report_body(city)).json
    path = f"/incidents/{case['id']}"
    tag = boss.get(path).headers["ETag"]
    unchanged = boss.get(path, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    change = {"note": "看错了", "category": "E0103"}
    assert status_and_code(boss.patch(path, change)) == (428, "if_match_missing")
    weak = boss.call("PATCH", path, change, headers={"If-Match": f"W/{tag}"})
    assert weak.status_code == 200, weak.json
    stale = boss.call("PATCH", path, change, headers={"If-Match": tag})
    assert status_and_code(stale) == (412, "version_stale")
    assert boss.call("PATCH", path, change, headers={"If-Match": "*"}).status_code == 200


def test_instant_without_zone_is_refused_and_with_offset_accepted(boss, city):
    later = report_body(city, occurred_at="2026-10-01T08:00:00")
    assert fault_of(boss.post("/incidents", later)) == ("occurred_at", "invalid")
    assert (
        boss.get("/incidents", query_string={"updated_since": "2026-10-01T08:00:00+08:00"}).status_code == 200
    )


def test_coordinates_are_longitude_first_and_convert_from_gcj02(boss, city):
    place = city.in_grid("g1")
    case = boss.post("/incidents", report_body(city)).json
    assert case["location"]["coordinates"] == pytest.approx([place["lon"], place["lat"]], abs=1e-6)
    shifted = dict(zip(("lon", "lat"), from_wgs84(place["lon"], place["lat"], CoordSys.GCJ02), strict=True))
    converted = boss.post("/incidents", report_body(city, coord_sys="gcj02", **shifted)).json
    assert converted["location"]["coordinates"] == pytest.approx([place["lon"], place["lat"]], abs=1e-6)
    assert fault_of(boss.post("/incidents", report_body(city, lon=200)))[0] == "lon"


@pytest.mark.parametrize(
    ("accept", "lang", "title"),
    [("zh-CN", "zh-CN", "未找到"), ("en-GB", "en", "Not found"), ("fr", "en", "Not found")],
)
def test_problem_is_in_the_language_of_the_reader(boss, accept, lang, title):
    answer = boss.get(f"/incidents/{uuid7()}", headers={"Accept-Language": accept, "X-Request-Id": "mine-1"})
    assert (answer.status_code, answer.json["title"]) == (404, title)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Content-Language"] == lang
    assert answer.json["type"] == f"urn:gridward:problem:{answer.json['code']}"
    assert answer.json["request_id"] == answer.headers["X-Request-Id"] == "mine-1"


def test_refused_permission_is_named_in_the_body_and_not_in_the_sentence(city):
    answer = city.worker("g1").get("/accounts", headers={"Accept-Language": "zh-CN"})
    assert status_and_code(answer) == (403, "permission_missing")
    assert ":" in answer.json["permission"] and answer.json["permission"] not in answer.json["detail"]


def test_request_without_token_tells_how_to_authenticate(app):
    answer = app.test_client().get("/api/v1/me")
    assert status_and_code(answer) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
