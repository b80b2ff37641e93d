"""Pushed premises at a registered address: stored, marked, and resolved by a supervisor."""

import pytest

from app.core.actor import Role
from app.core.ids import uuid7
from tests.endpoints import flat
from tests.sync.pull_client import fresh
from tests.sync.push_client import codes


@pytest.fixture
def boss(city):
    return city.person(Role.SUPERVISOR, area="d")


def test_pushed_duplicate_premises_are_stored_and_listed_for_supervisor(city, phone, boss):
    there = flat(city)
    premises, household, resident = uuid7(), uuid7(), uuid7()
    place = {"kind": "dwelling", "address": "幸福路12号3单元501", **city.in_grid("g1")}
    operations = (
        phone.op("premises", "create", premises, patch=place),
        phone.op("household", "create", household, patch={"premises_id": str(premises), "label": "东户"}),
        phone.op("resident", "create", resident, patch={"household_id": str(household), "name": "李四"}),
        phone.op("visit", "create", uuid7(), patch={"household_id": str(household), "outcome": "done"}),
    )
    results = phone.push(*operations)
    assert codes(results) == ["applied"] * 4
    (warning,) = results[0]["warnings"]
    assert (warning["code"], warning["premises_id"]) == ("possible_double", str(there["premises"]))
    assert phone.push(operations[0])[0]["warnings"] == results[0]["warnings"]
    listed = boss.get("/premises?is_possible_double=true").json["items"]
    assert [(item["id"], item["possible_double_of"]) for item in listed] == [
        (str(premises), str(there["premises"]))
    ]
    told_apart = boss.patch(f"/premises/{premises}", {"allow_same_address": "分租的另一间"}, 1)
    assert told_apart.json["possible_double_of"] is None
    assert boss.get("/premises?is_possible_double=true").json["items"] == []


def test_pushed_premises_with_same_address_reason_are_not_marked_duplicate(city, phone, boss):
    flat(city)
    patch = {"kind": "dwelling", "address": "幸福路12号3单元501", "allow_same_address": "分租的另一间"}
    (result,) = phone.push(phone.op("premises", "create", uuid7(), patch=patch | city.in_grid("g1")))
    assert (result["status"], result["warnings"]) == ("applied", [])
    assert boss.get("/premises?is_possible_double=true").json["items"] == []


def test_pushed_address_change_marks_possible_duplicate(city, phone, boss):
    there, other = flat(city), flat(city, address="幸福路16号")
    (result,) = phone.push(
        phone.op(
            "premises", "patch", other["premises"], base_version=1, patch={"address": "幸福路12号3单元501"}
        )
    )
    assert codes([result]) == ["applied"]
    changed = boss.get(f"/premises/{other['premises']}").json
    assert changed["possible_double_of"] == str(there["premises"])


def test_pushed_operations_follow_premises_merged_meanwhile(city, phone, boss):
    there = flat(city)
    premises, household = uuid7(), uuid7()
    place = {"kind": "dwelling", "address": "幸福路12号3单元501", **city.in_grid("g1")}
    phone.push(
        phone.op("premises", "create", premises, patch=place),
        phone.op("household", "create", household, patch={"premises_id": str(premises), "label": "东户"}),
    )
    held = fresh(phone.person)
    merged = boss.call(
        "POST",
        f"/premises/{premises}/merge",
        {"into_id": str(there["premises"]), "reason": "登记了两次"},
        headers={"If-Match": "*"},
    )
    assert merged.status_code == 200, merged.json
    # Not yet fetched: what the phone does meanwhile names the premises that it knows.
    attic, patch = uuid7(), {"premises_id": str(premises), "label": "阁楼"}
    results = phone.push(
        phone.op("household", "create", attic, patch=patch),
        phone.op("visit", "create", uuid7(), patch={"household_id": str(household), "outcome": "done"}),
    )
    assert codes(results) == ["applied"] * 2
    held.pull()
    assert held.ids("premises") == {str(there["premises"])}
    homes = {id: row["premises_id"] for (name, id), row in held.rows.items() if name == "household"}
    assert homes == dict.fromkeys(
        (str(there["household"]), str(household), str(attic)), str(there["premises"])
    )
