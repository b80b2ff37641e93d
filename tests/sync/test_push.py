"""Push over HTTP: each operation is applied once and has its own result."""

import itertools
from datetime import timedelta

from sqlalchemy import event

from app.core import db
from app.core.ids import uuid7
from tests.endpoints import flat
from tests.sync.push_client import PushClient, codes


def test_pushed_report_equals_report_by_rest(city, phone, rows):
    sent = phone.report(city.in_grid("g1"))
    (result,) = phone.push(sent)
    assert codes([result]) == ["applied"] and result["id"] == sent["id"]
    case = phone.person.get(f"/incidents/{sent['id']}").json
    assert (case["status"], case["version"]) == ("accepted", result["version"])
    # The same report by REST is the same case.
    again = phone.person.post("/incidents", {"id": sent["id"], **sent["patch"]})
    assert again.status_code == 200 and again.json["case_no"] == case["case_no"]
    assert rows("select 1 from incident where id = :id", id=sent["id"]) == [(1,)]


def test_push_applies_operations_of_every_register_entity_in_order(city, phone):
    premises, household, resident, tag, consent, visit = (uuid7() for _ in range(6))
    ends_on = str((phone.now() + timedelta(days=90)).date())
    results = phone.push(
        phone.op(
            "premises",
            "create",
            premises,
            patch={"kind": "dwelling", "address": "幸福路9号", **city.in_grid("g1")},
        ),
        phone.op("household", "create", household, patch={"premises_id": str(premises), "label": "东户"}),
        phone.op("resident", "create", resident, patch={"household_id": str(household), "name": "李四"}),
        phone.op(
            "care_tag",
            "create",
            tag,
            patch={
                "resident_id": str(resident),
                "kind": "mobility",
                "purpose": "下楼需要帮助",
                "ends_on": ends_on,
            },
        ),
        phone.op(
            "consent",
            "create",
            consent,
            patch={"household_id": str(household), "purpose": "定期问候", "given_by_way": "spoken"},
        ),
        phone.op("visit", "create", visit, patch={"household_id": str(household), "outcome": "done"}),
        phone.op("household", "patch", household, base_version=1, patch={"label": "西户"}),
        phone.op("care_tag", "delete", tag),
        phone.op("consent", "withdraw", consent),
        phone.op("duty", "end"),
        phone.op("duty", "start"),
    )
    assert codes(results) == ["applied"] * 11
    seen = phone.person.get(f"/households/{household}").json
    assert seen["label"] == "西户" and seen["members"][0]["name"] == "李**"
    assert seen["members"][0]["care"] == [] and seen["consents"][0]["withdrawn_at"]
    assert seen["visits"]["last"]["id"] == str(visit)


def test_push_of_duty_is_rejected_when_account_is_no_worker(city):
    supervisor = PushClient(city.supervisor())
    (result,) = supervisor.push(supervisor.op("duty", "start"))
    assert (result["status"], result["code"]) == ("rejected", "not_a_worker")


def test_push_applies_case_transitions_and_rejects_illegal_one(city, phone):
    sent = phone.report(city.in_grid("g1"))
    ops = [
        sent,
        phone.op("incident", "transition", sent["id"], patch={"action": "start"}),
        phone.op("incident", "note", sent["id"], patch={"words": "带了工具"}),
        phone.op("incident", "transition", sent["id"], patch={"action": "feed_back", "note": "已清理"}),
        phone.op("incident", "transition", sent["id"], patch={"action": "start"}),
    ]
    results = phone.push(*ops)
    assert codes(results) == ["applied"] * 4 + ["rejected:transition_illegal"]
    # In words, also when it is told once more from what was kept.
    detail = "The case is in the state 'Feedback submitted', which does not allow the step 'Start handling'."
    assert [results[4]["detail"], *(each["detail"] for each in phone.push(ops[-1]))] == [detail, detail]
    assert results[3]["version"] == phone.person.get(f"/incidents/{sent['id']}").json["version"]


def test_push_case_05_returns_duplicate_with_same_result_for_repeated_operations(city, phone, rows):
    sent = [phone.report(city.in_grid("g1")) for _ in range(3)]
    first, again = phone.push(*sent), phone.push(*sent)
    assert codes(again) == ["duplicate"] * 3
    for entry, repeated in zip(first, again, strict=True):
        assert (entry["id"], entry["version"]) == (repeated["id"], repeated["version"])
        assert repeated["flags"] == ["replay"]
    ids = [entry["id"] for entry in sent]
    assert rows("select count(*) from incident where id::text = any(:ids)", ids=ids) == [(3,)]


def test_push_repeats_rejection_for_rejected_operation(phone):
    sent = phone.op("household", "patch", uuid7(), patch={"label": "x"})
    first, again = phone.push(sent)[0], phone.push(sent)[0]
    assert codes([first]) == codes([again]) == ["rejected:not_found"]
    assert first["dead_letter"] == again["dead_letter"] is not None
    assert again["flags"] == ["replay"]


def test_push_case_07_rejects_reused_op_id_with_other_content(city, phone, home, rows):
    sent = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"})
    other = sent | {"patch": {"label": "乙"}}
    results = phone.push(sent), phone.push(other), phone.push(other)
    assert [codes(r)[0] for r in results] == ["applied"] + ["rejected:op_id_reused"] * 2
    assert results[1][0]["dead_letter"] == results[2][0]["dead_letter"] is not None
    assert rows("select label from household where id = :id", id=home["household"]) == [("甲",)]


def test_push_applies_operation_once_when_repeated_in_one_request(phone, home, rows):
    sent = phone.op("household", "patch", home["household"], base_version=1, patch={"label": "甲"})
    assert codes(phone.push(sent, sent, sent | {"patch": {"label": "乙"}})) == [
        "applied",
        "duplicate",
        "rejected:op_id_reused",
    ]
    assert rows("select label, version from household where id = :id", id=home["household"]) == [("甲", 2)]


def test_push_case_08_stores_one_row_for_two_creations_after_reinstall(city, phone, home, rows):
    patch = {"premises_id": str(home["premises"]), "label": "二房东"}
    household = uuid7()
    first = phone.push(phone.op("household", "create", household, patch=patch))
    new_phone = PushClient(phone.person, numbers=itertools.count(first[0]["device_seq"] + 1))
    again = new_phone.push(new_phone.op("household", "create", household, patch=patch))
    assert codes(first + again) == ["applied", "duplicate"]
    other = new_phone.push(new_phone.op("household", "create", household, patch=patch | {"label": "三房东"}))
    assert codes(other) == ["rejected:id_reused"]
    assert rows("select label from household where id = :id", id=household) == [("二房东",)]


def test_push_case_23_applies_490_valid_of_500_operations(city, phone, home, rows):
    ids = [uuid7() for _ in range(500)]
    ops = [
        phone.op("household", "create", i, patch={"premises_id": str(home["premises"]), "label": f"户{n}"})
        for n, i in enumerate(ids)
    ]
    ring = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}
    poison = {
        50: {"patch": {"premises_id": str(home["premises"]), "label": "x" * 10_000_000}},
        100: {"patch": {"premises_id": ring}},
        150: {"patch": {"premises_id": str(home["premises"]), "label": "户1"}},  # taken
        200: {"patch": 7},
        201: {"op": ["create"]},
        250: {"entity": "spaceship"},
        300: {"patch": {"premises_id": str(home["premises"]), "colour": "red"}},
        350: {"id": "not an id"},
        400: {"op_id": None},
    }
    for n, bad in poison.items():
        ops[n] |= bad
    ops[450] = "no operation at all"
    # Cleaned, not refused.
    ops[499]["patch"]["label"] = "  e\u0301\u0000t\ud800 "
    results = phone.push(*ops)
    outcomes = codes(results)
    assert outcomes[50] == "rejected:op_too_large"
    assert outcomes[100] == outcomes[200] == outcomes[350] == outcomes[400] == "rejected:validation_failed"
    assert outcomes[150] == "rejected:label_taken"
    assert outcomes[201] == outcomes[250] == outcomes[450] == "rejected:operation_unknown"
    assert outcomes[300] == "rejected:unknown_field"
    good = [n for n in range(500) if n not in {*poison, 450}]
    assert {outcomes[n] for n in good} == {"applied"}
    stored = rows(
        "select label from household where premises_id = :id and id <> :other",
        id=home["premises"],
        other=home["household"],
    )
    assert {row.label for row in stored} == {f"户{n}" for n in good if n != 499} | {"\u00e9t"}
    letters = {r["dead_letter"] for n, r in enumerate(results) if n in poison or n == 450}
    assert None not in letters and len(letters) == len(poison) + 1
    stored_lengths = rows(
        "select length(operation #>> '{patch,label}') n from sync_dead_letter where id = :id",
        id=results[50]["dead_letter"],
    )
    assert stored_lengths == [(10_000_000,)]


def test_push_applies_household_changes_together_and_rejects_invalid_ones_alone(city, phone, home, rows):
    homes = [flat(city) for _ in range(20)]
    bad = {
        3: {"id": str(uuid7())},
        4: {"id": str(flat(city, **city.in_grid("g3"))["household"])},
        11: {"patch": {"kind": "palace"}},
    }
    ops = [
        phone.op("household", "patch", h["household"], base_version=1, patch={"label": f"户{n}"})
        for n, h in enumerate(homes)
    ]
    for n, change in bad.items():
        ops[n] |= change
    ops[15]["id"] = ops[14]["id"]  # the same row twice keeps its order
    results = phone.send(*ops).json["results"]  # in one go: nothing is put off
    wanted = dict.fromkeys(range(20), "applied") | {
        3: "rejected:not_found",
        4: "rejected:not_found",
        11: "rejected:validation_failed",
        15: "merged",
    }
    assert dict(enumerate(codes(results))) == wanted
    for n in set(range(20)) - {*bad, 14, 15}:
        assert results[n]["version"] == 2
        assert rows("select label from household where id = :id", id=ops[n]["id"]) == [(f"户{n}",)]
    assert rows("select label, version from household where id = :id", id=ops[14]["id"]) == [("户15", 3)]
    audited = rows(
        "select detail from audit_event where entity_id = :id and action = 'household.change'",
        id=ops[0]["id"],
    )
    assert audited == [({"fields": ["label"]},)]
    assert codes(phone.push(*ops))[0] == "duplicate"


def test_push_of_forty_changes_executes_statements_of_one_transaction(city, phone):
    homes = [flat(city) for _ in range(40)]
    ops = [
        phone.op("household", "patch", h["household"], base_version=1, patch={"label": "甲"}) for h in homes
    ]
    phone.push()
    statements: list[str] = []

    def note(_c, _cursor, statement, *_):
        statements.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        assert codes(phone.push(*ops)) == ["applied"] * 40
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    assert len(statements) <= 14, statements
