"""Dispatch, substitution and SOS across cities need the agreement of both cities."""

from typing import Any

import pytest

from app.core.actor import Role
from app.core.ids import uuid7
from tests.factories import City, Person, in_days, make_city


@pytest.fixture
def other(app, settings) -> City:
    return make_city(app, settings)


def agree(city: City, *others: City) -> Any:
    """Let an administrator of the city name its neighbours."""
    admin = city.person(Role.ADMIN, area="d")
    path = f"/jurisdictions/{city.code}/profile"
    data = admin.get(path).json["data"] | {
        "dispatch": {"neighbours": [neighbour.code for neighbour in others]}
    }
    return admin.post(path, {"data": data})


def both_agree(city: City, other: City) -> None:
    assert agree(city, other).status_code == agree(other, city).status_code == 201


def test_profile_of_city_is_editable_only_by_its_admin(city, other):
    admin = city.person(Role.ADMIN, area="d")
    path = "/jurisdictions/{}/profile".format
    data = admin.get(path(city.code)).json["data"] | {"timezone": "Asia/Urumqi"}
    assert admin.post(path(city.code), {"data": data}).json["data"]["timezone"] == "Asia/Urumqi"
    assert admin.post(path(other.code), {"data": data}).status_code == 404
    for person in (city.supervisor("d"), city.person(Role.ADMIN, area="s")):
        refused = person.post(path(city.code), {"data": data | {"timezone": "Asia/Shanghai"}})
        assert refused.status_code == 403


def report_at(person: Person, place: dict[str, float]) -> dict[str, Any]:
    body = {"id": str(uuid7()), "category": "E0102", "description": "垃圾", **place}
    incident: dict[str, Any] = person.post("/incidents", body).json
    return incident


def test_dispatch_includes_neighbour_city_only_when_both_agree(city, other):
    helper = other.worker("g1")
    reporter = city.supervisor()
    assert report_at(reporter, city.in_grid("g1"))["assignment"] is None
    assert agree(city, other).status_code == 201
    assert report_at(reporter, city.in_grid("g1"))["assignment"] is None
    assert agree(other, city).status_code == 201
    helped = report_at(reporter, city.in_grid("g1"))["assignment"]
    assert (helped["worker"]["id"], helped["reason"]) == (str(helper.id), "nearest_neighbour")
    own = city.worker("g3")
    assert report_at(reporter, city.in_grid("g1"))["assignment"]["worker"]["id"] == str(own.id)
    assert agree(other).status_code == 201
    city.supervisor().post(f"/workers/{own.id}/duty", {"on_duty": False})
    assert report_at(reporter, city.in_grid("g1"))["assignment"] is None


@pytest.mark.parametrize("action", ["reassign", "override", "pin"])
def test_case_is_not_assigned_to_worker_of_other_city_without_agreement(city, other, step, action):
    stranger, boss = other.worker("g1"), city.person(Role.ADMIN)
    case = report_at(boss, city.in_grid("g1"))
    fields = {"worker_id": str(stranger.id), "note": "请办理"}
    refused = step(boss, case, action, **fields)
    assert (refused.status_code, refused.json.get("reason")) == (409, "other_city"), refused.json
    both_agree(city, other)
    assert step(boss, case, action, **fields).status_code == 200


def test_substitute_of_other_city_is_refused_without_agreement(city, other):
    absent, stranger, admin = city.worker("g1"), other.worker("g1"), city.person(Role.ADMIN)
    body = {"substitute_id": str(stranger.id), "until": in_days(2)}
    refused = admin.post(f"/workers/{absent.id}/substitute", body)
    assert (refused.status_code, refused.json["code"]) == (409, "substitute_of_other_city")
    both_agree(city, other)
    assert admin.post(f"/workers/{absent.id}/substitute", body).status_code == 200


def test_sos_notifies_supervisors_of_own_city_only_without_agreement(city, other):
    own, foreign, worker = city.supervisor(), other.supervisor(), city.worker("g1")
    (held,) = own.get(f"/responsibilities?worker_id={worker.id}").json["items"]
    assert own.post(f"/responsibilities/{held['id']}/end", {}).status_code == 200

    def notified_ids() -> set[str]:
        body = {"id": str(uuid7()), "accuracy_m": 5, **other.in_grid("g1")}
        sos = worker.post("/sos", body).json
        assert own.post(f"/sos/{sos['id']}/close", {"outcome": "false_alarm"}).status_code in (200, 404)
        return {person["id"] for person in sos["told"]}

    assert str(own.id) in (first := notified_ids()) and str(foreign.id) not in first
    both_agree(city, other)
    assert str(foreign.id) in notified_ids()


def test_report_outside_every_area_belongs_to_city_of_reporter(city, other, rows):
    for home in (city, other):
        case = report_at(home.worker("g1"), home.at(3, 3))
        (stored,) = rows("select jurisdiction_id from incident where id = :id", id=case["id"])
        assert stored.jurisdiction_id == home.jurisdiction_id
