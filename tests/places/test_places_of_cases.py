"""The place in words stands beside the coordinates of a case: by role, in lists, exports, print, calls for help, phones."""

import pytest

from app.core.ids import uuid7
from app.incidents.service import refresh_places
from tests.factories import Role
from tests.places.conftest import moved, register, search


@pytest.fixture
def registered(city):
    register(city, address="古荡路12号3单元501室")
    return city


def report(reporter, city, *, dy=35, **fields):
    body = {
        "id": str(uuid7()),
        "category": "E0102",
        "description": "垃圾",
        **moved(city.in_grid("g1"), 0, dy),
    }
    answer = reporter.post("/incidents", body | fields)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_case_has_nearest_address_for_its_reporter(registered):
    place = report(registered.worker("g1"), registered)["place"]
    assert (place["kind"], place["name"]) == ("address", {"zh": "古荡路12号", "en": "12 Gudang Rd"})
    assert 33 <= place["distance_m"] <= 37


def test_case_has_street_without_number_for_handler(registered):
    case = report(registered.worker("g1"), registered, category="0101")
    handler = registered.handler("roads")
    seen = handler.get(f"/incidents/{case['id']}")
    assert seen.status_code == 200, seen.json
    assert (seen.json["place"]["kind"], seen.json["place"]["name"]["zh"]) == ("street", "古荡路")
    (listed,) = [item for item in handler.get("/incidents").json["items"] if item["id"] == case["id"]]
    assert listed["place"] == seen.json["place"]
    assert "古荡路12号" not in seen.text


def test_list_and_case_have_the_same_place_for_supervisor(registered):
    case = report(registered.worker("g1"), registered)
    supervisor = registered.supervisor()
    (listed,) = [item for item in supervisor.get("/incidents").json["items"] if item["id"] == case["id"]]
    assert listed["place"] == supervisor.get(f"/incidents/{case['id']}").json["place"] == case["place"]


def test_case_far_from_everything_has_no_place(registered):
    assert report(registered.worker("g1"), registered, dy=205)["place"] is None


def test_place_changes_when_the_case_is_moved(registered):
    case = report(registered.worker("g1"), registered)
    supervisor = registered.supervisor()
    register(registered, "g2", address="天目街7号")
    answer = supervisor.patch(
        f"/incidents/{case['id']}", registered.in_grid("g2") | {"note": "另一处"}, version=case["version"]
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["place"] == {
        "kind": "address", "name": {"zh": "天目街7号", "en": "7 Tianmu St"}, "distance_m": 0
    }  # fmt: skip


def test_export_of_cases_has_place_by_rights(registered):
    report(registered.worker("g1"), registered)
    path = f"/ogc/collections/incidents/items?grid_id={registered.areas['g1']}"
    texts = {}
    for name, reader in (
        ("supervisor", registered.supervisor()),
        ("gis", registered.person(Role.GIS, area="s")),
    ):
        answer = reader.client.get(path, headers=reader.bearer())
        assert answer.status_code == 200, answer.json
        (feature,) = answer.json["features"]
        texts[name] = (feature["properties"]["place"], feature["properties"]["place_en"])
    assert texts["supervisor"] == ("古荡路12号附近，35 m", "near 12 Gudang Rd, 35 m")
    assert texts["gis"] == ("古荡路附近，35 m", "near Gudang Rd, 35 m")


def test_printed_case_has_place(registered):
    case = report(registered.worker("g1"), registered)
    sheet = registered.supervisor().get(f"/incidents/{case['id']}/print")
    assert "古荡路12号附近，35 m near 12 Gudang Rd, 35 m" in sheet.text


def test_call_for_help_has_nearest_address(registered):
    worker = registered.worker("g1")
    call = {"id": str(uuid7()), **moved(registered.in_grid("g1"), 0, 20), "accuracy_m": 5}
    answer = worker.post("/sos", call)
    assert answer.status_code == 201, answer.json
    assert answer.json["place"]["near"]["name"]["zh"] == "古荡路12号"


def typed(reporter, **fields):
    return reporter.post(
        "/incidents", {"id": str(uuid7()), "category": "E0102", "description": "垃圾"} | fields
    )


def test_report_at_found_place_has_its_coordinates(registered):
    worker = registered.worker("g1")
    (place,) = search(worker, "古荡路12号")
    case = typed(worker, place_id=place["id"])
    assert case.status_code == 201, case.json
    assert case.json["location"] == place["location"]
    assert case.json["place"]["distance_m"] == 0


@pytest.mark.parametrize("text", ["古荡路12号", "古荡路12号3单元501室", "gudanglu12", "12 Gudang Rd"])
def test_report_at_typed_place_has_its_coordinates(registered, text):
    register(registered, address="古荡路120号", dx=50)
    case = typed(registered.worker("g1"), place=text)
    assert case.status_code == 201, case.json
    assert case.json["place"]["name"]["zh"] == "古荡路12号"


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"place": "无名路999号"}, [("place", "place_unknown")]),
        ({"place": "古荡"}, [("place", "place_ambiguous")]),
        ({"place_id": str(uuid7())}, [("place_id", "place_unknown")]),
        ({}, [("lat", "required"), ("lon", "required")]),
        ({"lon": 120.1}, [("lat", "required")]),
        ({"place": "古荡路12号", "lon": 120.1, "lat": 30.2}, [("place", "one_of_two")]),
        ({"place": "古荡路12号", "place_id": str(uuid7())}, [("place_id", "one_of_two")]),
    ],
)
def test_report_is_refused_without_one_place(registered, fields, faults):
    answer = typed(registered.worker("g1"), **fields)
    assert answer.status_code == 422
    assert sorted((fault["field"], fault["code"]) for fault in answer.json["errors"]) == faults


def test_report_at_place_of_other_reader_is_refused(registered):
    """An address of another grid is neither found nor taken: its id reveals nothing."""
    register(registered, "g2", address="天目街7号")
    (place,) = search(registered.supervisor(), "天目街7号")
    answer = typed(registered.worker("g1"), place_id=place["id"])
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "place_unknown")


def test_same_report_at_typed_place_is_stored_once(registered):
    worker = registered.worker("g1")
    body = {"id": str(uuid7()), "place": "古荡路12号", "category": "E0102"}
    first, again = worker.post("/incidents", body), worker.post("/incidents", body)
    assert (first.status_code, again.status_code) == (201, 200)


def test_refresh_names_open_cases_again(city, settings):
    case = report(city.worker("g1"), city)
    assert case["place"] is None
    register(city, address="古荡路12号")
    assert refresh_places() >= 1
    shown = city.supervisor().get(f"/incidents/{case['id']}").json
    assert shown["place"]["name"]["zh"] == "古荡路12号"
    assert refresh_places() == 0
    again = city.supervisor().get(f"/incidents/{case['id']}").json
    assert again["version"] == shown["version"]
