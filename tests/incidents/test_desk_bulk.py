"""Bulk actions: each case by itself, and once for each idempotency key."""

import pytest

from app.core.ids import uuid7
from tests.factories import in_days


def bulk(person, action, cases, body=None, *, key=None, **options):
    headers = options.pop("headers", {}) | ({"Idempotency-Key": key} if key else {})
    ids = [case if isinstance(case, str) else case["id"] for case in cases]
    return person.post("/incidents/bulk", {"action": action, "ids": ids, "body": body or {}}, headers=headers)


def events(person, case, action):
    items = person.get(f"/incidents/{case['id']}/events").json["items"]
    return [e for e in items if e["action"] == action]


def test_bulk_continues_after_failed_case(city, report, boss, step):
    good, ended, last = (report(boss, city.in_grid("g1")) for _ in range(3))
    step(boss, ended, "force_close", note="x")
    nowhere = str(uuid7())
    answer = bulk(
        boss, "urge", [good, ended, nowhere, last], {"note": "rain"}, headers={"Accept-Language": "zh"}
    )
    assert answer.status_code == 200, answer.json
    items = answer.json["items"]
    assert [(i["id"], i["ok"], i["code"]) for i in items] == [
        (good["id"], True, None),
        (ended["id"], False, "transition_illegal"),
        (nowhere, False, "not_found"),
        (last["id"], True, None),
    ]
    assert (answer.json["done"], answer.json["failed"]) == (2, 2)
    assert "不允许" in items[1]["message"]
    assert items[0]["version"] == boss.get(f"/incidents/{good['id']}").json["version"]
    assert len(events(boss, good, "urge")) == len(events(boss, last, "urge")) == 1


def test_bulk_with_same_key_retries_only_failed_cases(city, report, boss):
    cases = [report(boss, city.in_grid("g1"), category="0101") for _ in range(2)]
    stray = str(uuid7())
    key = str(uuid7())
    first = bulk(boss, "urge", [*cases, stray], key=key).json
    again = bulk(boss, "urge", [*cases, stray], key=key).json
    assert [i["is_repeat"] for i in first["items"]] == [False, False, False]
    assert [(i["ok"], i["is_repeat"]) for i in again["items"]] == [(True, True), (True, True), (False, False)]
    assert all(len(events(boss, case, "urge")) == 1 for case in cases)
    # A longer list under the same key continues with the new cases; another action under the key is refused.
    another = report(boss, city.in_grid("g1"), category="0101")
    assert bulk(boss, "urge", [cases[0], another], key=key).json["done"] == 2
    other = bulk(boss, "urge", [cases[0]], {"note": "other"}, key=key).json["items"][0]
    assert (other["ok"], other["code"]) == (False, "id_reused")
    # Keys of different persons are independent.
    assert bulk(city.supervisor(), "urge", [cases[0]], key=key).json["items"][0]["is_repeat"] is False


def test_bulk_actions_have_effect_of_single_actions(city, report, boss):
    worker, other = city.worker("g1"), city.worker("g2", capacity=20)
    cases = [report(boss, city.in_grid("g1")) for _ in range(2)]

    def state():
        return [boss.get(f"/incidents/{case['id']}").json for case in cases]

    assert bulk(boss, "correct", cases, {"category": "E0103", "note": "not rubbish"}).json["done"] == 2
    assert {case["category"] for case in state()} == {"E0103"}
    body = {"worker_id": str(other.id), "note": "you are near"}
    assert bulk(boss, "assign", cases, body).json["done"] == 2
    assert {case["assignment"]["worker"]["id"] for case in state()} == {str(other.id)}
    assert bulk(boss, "note", cases, {"words": "after six", "audience": "desk"}).json["done"] == 2
    assert boss.get(f"/incidents/{cases[0]['id']}/notes").json["items"][0]["words"] == "after six"
    assert (
        bulk(boss, "transition", cases, {"action": "defer", "note": "frost", "until": in_days(9)}).json[
            "done"
        ]
        == 2
    )
    assert {case["status"] for case in state()} == {"deferred"}
    target = report(boss, city.in_grid("g1"))
    merged = bulk(boss, "merge", [*cases, target], {"into_id": target["id"], "reason": "one heap"}).json
    assert [i["ok"] for i in merged["items"]] == [True, True, False]
    assert merged["items"][2]["errors"][0]["code"] == "same_case"
    assert {case["same_as"]["id"] for case in state()} == {target["id"]}
    assert worker.id != other.id


@pytest.mark.parametrize(
    ("action", "body", "field"),
    [
        ("transition", {}, "body.action"),
        ("assign", {"unit_id": str(uuid7())}, "body.note"),
        ("merge", {"into_id": "x", "reason": "y"}, "body.into_id"),
        ("urge", {"colour": "red"}, "body.colour"),
        ("note", {"words": ""}, "body.words"),
        ("dance", {}, "action"),
    ],
)
def test_bulk_returns_422_when_body_is_invalid(city, boss, action, body, field):
    answer = bulk(boss, action, [str(uuid7())], body)
    assert answer.status_code == 422, answer.json
    assert answer.json["errors"][0]["field"] == field


def test_bulk_returns_422_when_ids_are_repeated_too_many_or_none(boss):
    case_id = str(uuid7())
    assert bulk(boss, "urge", [case_id, case_id]).json["errors"][0]["code"] == "not_unique"
    assert bulk(boss, "urge", [str(uuid7()) for _ in range(101)]).status_code == 422
    assert bulk(boss, "urge", []).status_code == 422


def test_bulk_reports_not_found_for_cases_out_of_scope(city, report, boss):
    theirs = report(boss, city.in_grid("g3"))
    narrow = city.supervisor("c1")
    assert bulk(narrow, "urge", [theirs]).json["items"][0]["code"] == "not_found"
