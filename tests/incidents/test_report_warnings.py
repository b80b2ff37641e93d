"""Warnings in the answer to a report, for everything that is not stored as it was sent."""

from typing import Any

import pytest

from app.core.ids import uuid7
from tests.factories import make_city
from tests.sync.push_client import PushClient

SPOT = {"handled_on_the_spot": {"note": "顺手捡了"}}


def codes(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(warning["code"], warning["field"]) for warning in answer["warnings"]]


def test_on_the_spot_work_in_another_grid_counts_for_reporter(city, report, rows, monkeypatch):
    monkeypatch.setattr("secrets.randbelow", lambda _: 999_999)
    owner, neighbour = city.worker("g1", name="张三"), city.worker("g3", name="李四")
    case = report(neighbour, city.in_grid("g1"), **SPOT)
    assert (case["status"], codes(case)) == ("closed", [])
    assert rows("select handled_by from incident where id = :i", i=case["id"])[0][0] == neighbour.id
    assert rows("select count(*) from offer where worker_id = :w", w=owner.id)[0][0] == 0
    loads = rows(
        "select sum(open_work) from worker_load where worker_id = any(:w)", w=[owner.id, neighbour.id]
    )
    assert loads[0][0] in (0, None)
    shown = neighbour.get(f"/incidents/{case['id']}").json
    assert shown["grid"]["id"] == str(city.areas["g1"])
    why = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert why["reason"] == "on_the_spot"


def test_sampled_on_the_spot_work_is_fed_back_for_check(city, report, monkeypatch):
    monkeypatch.setattr("secrets.randbelow", lambda _: 0)
    city.worker("g1")
    neighbour = city.worker("g3")
    case = report(neighbour, city.in_grid("g1"), **SPOT)
    assert case["status"] == "fed_back"


def test_report_warns_why_on_the_spot_work_does_not_count(city, report):
    owner, worker = city.worker("g1"), city.worker("g3")
    expected = [
        ("on_the_spot_not_admitted", worker, city.in_grid("g1"), {"category": "E0405"}),
        ("on_the_spot_about_somebody", worker, city.in_grid("g1"), {"about": _about(owner)}),
        ("on_the_spot_no_grid", worker, city.in_no_grid(), {}),
        ("on_the_spot_no_worker", city.supervisor(), city.in_grid("g1"), {}),
    ]
    for code, reporter, place, fields in expected:
        case = report(reporter, place, **SPOT, **fields)
        assert codes(case) == [(code, "handled_on_the_spot")]
        assert case["warnings"][0]["message"] != code
        assert case["status"] != "closed"
    notes = worker.get(f"/incidents/{report(worker, city.in_no_grid(), **SPOT)['id']}/events").json["items"]
    assert [e["note"] for e in notes if e["action"] == "note"] == ["顺手捡了"]


def _about(person) -> dict[str, str]:
    return {"kind": "worker", "id": str(person.id)}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"category": "NOPE"}, "category_filed_unclassified", "category"),
        ({"lon": 0, "lat": 0}, "point_at_zero", "lon"),
        ({"lon": -30.5, "lat": -70.25}, "point_in_no_area", "lon"),
    ],
)
def test_report_warns_on_each_send_of_doubtful_category_or_point(city, body, code, field):
    reporter = city.worker("g1")
    sent = {"id": str(uuid7()), "category": "E0102", **city.in_grid("g1"), **body}
    first, again = reporter.post("/incidents", sent), reporter.post("/incidents", sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert codes(first.json) == codes(again.json) == [(code, field)]
    assert first.json["warnings"][0]["message"] == again.json["warnings"][0]["message"]


def test_report_warns_when_point_is_in_another_jurisdiction(app, settings, city, report):
    other = make_city(app, settings)
    assert codes(report(city.worker("g1"), other.in_grid("g1"))) == [("point_in_other_jurisdiction", "lon")]
    assert codes(report(city.supervisor(), other.in_grid("g1"))) == [("point_in_other_jurisdiction", "lon")]
    assert codes(report(city.worker("g1"), other.in_grid("g1"), **SPOT)) == [
        ("point_in_other_jurisdiction", "lon"),
        ("on_the_spot_no_worker", "handled_on_the_spot"),
    ]
    assert codes(report(city.worker("g1"), city.in_grid("g3"))) == []


def test_phone_receives_report_warnings_on_each_push(city):
    phone = PushClient(city.worker("g1"))
    sent = phone.report(city.in_grid("g1"), category="NOPE")
    for status in ("applied", "duplicate"):
        (result,) = phone.push(sent)
        assert result["status"] == status
        assert codes(result) == [("category_filed_unclassified", "category")]
