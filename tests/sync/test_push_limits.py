"""Limits of push and pull as docs/reference/sync-reference.md states them, and where faults of an operation are."""

import pytest

from app.core.ids import uuid7
from tests.endpoints import flat
from tests.sync.push_client import codes


def test_push_rejects_only_the_operation_that_is_too_large(phone, city):
    large = phone.report(city.in_grid("g1"), attributes={"a": "字" * 60_000})
    assert codes(phone.push(large, phone.report(city.in_grid("g1")))) == ["rejected:op_too_large", "applied"]


@pytest.mark.parametrize("limit", [0, 2_001, -1])
def test_pull_refuses_page_size_out_of_range(phone, limit):
    answer = phone.person.get(f"/sync?limit={limit}")
    assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")


def test_push_names_each_fault_by_its_place_in_the_operation(phone, city):
    home = str(flat(city)["household"])
    results = phone.push(
        phone.op(
            "visit", "create", uuid7(), patch={"household_id": home, "outcome": "done", "care_done": [home]}
        ),
        phone.op("incident", "report", uuid7(), patch={**city.in_grid("g1"), "handled_on_the_spot": "yes"}),
        phone.op("visit", "create", uuid7(), patch={"household_id": home, "outcome": "well"}),
    )
    assert [[error["field"] for error in result["errors"]] for result in results] == [
        ["patch.care_done"],
        ["patch.handled_on_the_spot"],
        ["patch.outcome"],
    ]
