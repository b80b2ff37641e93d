"""Phone numbers in free text: staff must confirm, reports and pushes get a warning, and nothing is lost."""

import pytest

from app.core.ids import uuid7
from tests.endpoints import flat
from tests.sync.push_client import PushClient, codes

NUMBER = "13800001111"


def test_household_label_with_phone_returns_422_unless_allowed(city, boss):
    body = {"id": str(uuid7()), "premises_id": str(flat(city)["premises"]), "label": f"王小丽 {NUMBER}"}
    refused = boss.post("/households", body)
    assert refused.status_code == 422
    (fault,) = refused.json["errors"]
    assert {name: fault[name] for name in ("field", "code", "begin", "end")} == {
        "field": "label",
        "code": "holds_phone",
        "begin": 4,
        "end": 15,
    }
    assert NUMBER not in refused.text
    taken = boss.post("/households", body | {"allow_phone": True})
    assert (taken.status_code, taken.json["label"]) == (201, body["label"])


@pytest.mark.parametrize("operation", ["visit", "premises", "care", "note", "transition"])
def test_staff_text_with_phone_returns_422_unless_allowed(city, boss, operation):
    home = flat(city)
    words = f"找她女儿 {NUMBER}"
    case = boss.post("/incidents", {"id": str(uuid7()), "category": "E0102", **city.in_grid("g1")}).json
    path, body = {
        "visit": (f"/households/{home['household']}/visits", {"outcome": "done", "note": words}),
        "premises": ("/premises", {"kind": "shop", "address": "x", "name": words, **city.in_grid("g1")}),
        "care": (
            f"/residents/{home['resident']}/care-tags",
            {"kind": "mobility", "purpose": words, "ends_on": "2027-01-01"},
        ),
        "note": (f"/incidents/{case['id']}/notes", {"words": words}),
        "transition": (f"/incidents/{case['id']}/transitions", {"action": "not_file", "note": words}),
    }[operation]
    sent = body if operation == "transition" else {"id": str(uuid7())} | body
    refused = boss.post(path, sent)
    assert refused.status_code == 422, refused.json
    assert [fault["code"] for fault in refused.json["errors"]] == ["holds_phone"]
    meant = boss.post(path, sent | {"allow_phone": True})
    assert "holds_phone" not in meant.text


def test_report_with_phone_is_stored_with_warning(city):
    worker = city.worker("g1")
    body = {
        "id": str(uuid7()),
        "category": "E0102",
        "description": f"漏水，请打 {NUMBER}",
        **city.in_grid("g1"),
    }
    made = worker.post("/incidents", body)
    assert made.status_code == 201
    assert [(warning["field"], warning["code"]) for warning in made.json["warnings"]] == [
        ("description", "holds_phone")
    ]
    plain = worker.post("/incidents", body | {"id": str(uuid7()), "description": "漏水"})
    assert plain.json["warnings"] == []
    joined = city.worker("g1").post(
        f"/incidents/{body['id']}/reports",
        {"id": str(uuid7()), "description": f"还在漏 {NUMBER}", **city.in_grid("g1")},
    )
    assert [warning["code"] for warning in joined.json["warnings"]] == ["holds_phone"]


def test_pushed_text_with_phone_is_applied_with_warning(city):
    phone, home = PushClient(city.worker("g1", capacity=100)), flat(city)
    visit = {"household_id": str(home["household"]), "outcome": "done", "note": f"找 {NUMBER}"}
    results = phone.push(
        phone.op("visit", "create", uuid7(), patch=visit),
        phone.op("household", "patch", home["household"], base_version=1, patch={"label": NUMBER}),
        phone.report(city.in_grid("g1"), description=f"漏水 {NUMBER}"),
        phone.op("duty", "end"),
    )
    assert codes(results) == ["applied"] * 4
    warnings = [[(warning["field"], warning["code"]) for warning in result["warnings"]] for result in results]
    assert warnings == [
        [("note", "holds_phone")],
        [("label", "holds_phone")],
        [("description", "holds_phone")],
        [],
    ]
