"""Conflicting changes of one row by two phones, dead letters and their resolution."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.households import service as households
from app.sync import jobs
from tests.live.processes import as_job_worker
from tests.sync.pull_client import PullClient
from tests.sync.push_client import PushClient, codes


@pytest.fixture
def phone(city) -> PushClient:
    return PushClient(city.worker("g1"))


@pytest.fixture
def other(city) -> PushClient:
    return PushClient(city.worker("g1", name="李雷"))


def household(phone: PushClient, home: dict[str, Any], /, **patch: Any) -> dict[str, Any]:
    return phone.op("household", "patch", home["household"], base_version=1, patch=patch)


def resident(phone: PushClient, home: dict[str, Any], /, **patch: Any) -> dict[str, Any]:
    return phone.op("resident", "patch", home["resident"], base_version=1, patch=patch)


def letters(person: Any, **query: Any) -> list[dict[str, Any]]:
    answer = person.get("/sync/dead-letters?" + "&".join(f"{k}={v}" for k, v in query.items()))
    assert answer.status_code == 200, answer.json
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def test_push_merges_changes_of_different_fields(phone, other, home, rows):
    assert codes(phone.push(household(phone, home, label="甲"))) == ["applied"]
    assert codes(other.push(household(other, home, kind="collective"))) == ["applied"]
    stored = rows("select label, kind, version from household where id = :id", id=home["household"])
    assert stored == [("甲", "collective", 3)]


def test_push_applies_last_change_of_field_and_keeps_earlier_value_in_history(phone, other, home, rows):
    phone.push(household(phone, home, label="甲"))
    (result,) = other.push(household(other, home, label="乙", kind="collective"))
    assert codes([result]) == ["merged"]
    assert result["fields"] == {"label": {"base": "", "mine": "乙", "theirs": "甲"}}
    history = rows(
        "select row ->> 'label' as label from fact_history where entity = 'household' and row_id = :id order by version",
        id=home["household"],
    )
    assert [row.label for row in history] == ["", "甲", "乙"]


def test_push_leaves_sensitive_field_conflict_open_and_applies_other_fields(phone, other, home, rows):
    phone.push(resident(phone, home, name="张三"))
    (result,) = other.push(resident(other, home, name="李四", lives_here=False))
    assert codes([result]) == ["conflict:field_conflict"]
    # Masked: who may see a name asks for it.
    # Masks that are alike hide different names: marks say which are the same.
    assert result["fields"] == {"name": {"base": "张** ①", "mine": "李** ②", "theirs": "张** ③"}}
    stored = rows("select name, lives_here from resident where id = :id", id=home["resident"])
    assert stored == [("张三", False)]


def test_group_with_a_conflict_has_no_effect(phone, other, home, rows):
    phone.push(resident(phone, home, name="张三"))
    grouped = [
        household(other, home, label="乙") | {"group": "a"},
        resident(other, home, name="李四", lives_here=False) | {"group": "a"},
    ]
    results = other.push(*grouped)
    assert codes(results) == ["rejected:group_failed", "conflict:field_conflict"]
    assert rows("select label from household where id = :id", id=home["household"]) == [("",)]
    stored = rows("select name, lives_here from resident where id = :id", id=home["resident"])
    assert stored == [("张三", True)]
    assert codes(other.push(*grouped)) == codes(results)


@pytest.mark.parametrize("action", ["discard", "retry", "apply_mine"])
def test_dead_letter_conflict_is_resolved_by_supervisor(city, phone, other, home, rows, action):
    phone.push(resident(phone, home, phone="13900000001"))
    (result,) = other.push(resident(other, home, phone="13900000002", birth_year=1951))
    assert list(result["fields"]) == ["phone"]
    boss = city.supervisor("c1")
    (letter,) = letters(boss, state="open")
    assert letter["operation"]["patch"] == {"phone": "139****0002", "birth_year": "****"}
    path = f"/sync/dead-letters/{letter['id']}/resolve"
    answer = boss.post(path, {"action": action, "note": "已核实"})
    if action == "retry":  # the conflict is still there
        assert (answer.status_code, answer.json["code"]) == (409, "field_conflict")
        assert answer.json["fields"]["phone"]["theirs"] == "139****0001"
        assert letters(boss, state="open") == [letter]
        return
    assert answer.status_code == 200 and letters(boss, state="open") == []
    wins = {"discard": "13900000001", "apply_mine": "13900000002"}[action]
    assert rows("select phone from resident where id = :id", id=home["resident"]) == [(wins,)]
    # Said again it is the same; another answer is too late.
    assert boss.post(path, {"action": action}).status_code == 200
    late = boss.post(path, {"action": "retry"})
    assert (late.status_code, late.json["code"]) == (409, "letter_resolved")
    (resolved,) = letters(other.person, mine="true")
    assert (resolved["resolution"], resolved["note"]) == (action, "已核实")


def test_push_does_not_mix_coordinates_of_two_moves(city, phone, other, home, rows):
    def move(who: PushClient, x: float) -> dict[str, Any]:
        return who.op("premises", "patch", home["premises"], base_version=1, patch=city.at(x, 1.5))

    assert codes(phone.push(move(phone, 0.3))) == ["applied"]
    (result,) = other.push(move(other, 0.7))
    assert codes([result]) == ["conflict:field_conflict"] and set(result["fields"]) == {"lon", "lat"}
    assert codes(other.push(move(other, 0.3))) == ["applied"]  # where it is already
    address = other.op("premises", "patch", home["premises"], base_version=1, patch={"name": "老宅"})
    assert codes(other.push(address)) == ["applied"]


def test_push_uses_client_base_only_when_base_version_is_unknown(phone, home):
    lie = resident(phone, home, name="张三") | {"base": {"name": "somebody else"}}
    assert codes(phone.push(lie)) == ["applied"]
    unknown = resident(phone, home, name="李四") | {"base_version": None}
    assert codes(phone.push(unknown)) == ["conflict:field_conflict"]


def test_push_conflict_reveals_nothing_to_worker_outside_scope(city, phone, home):
    phone.push(resident(phone, home, name="张三"))
    stranger = PushClient(city.worker("g3"))
    (result,) = stranger.push(resident(stranger, home, name="李四"))
    assert codes([result]) == ["rejected:not_found"] and result["fields"] is None
    assert codes(stranger.push(resident(stranger, home))) == ["rejected:not_found"]


def test_dead_letters_are_readable_by_sender_and_supervisors(city, phone, home):
    (result,) = phone.push(household(phone, home, colour="red"))
    assert result["errors"][0]["field"] == "patch.colour"
    seen = {"c1": True, "s": True, "c2": False}
    for area, is_seen in seen.items():
        ids = [each["id"] for each in letters(city.supervisor(area))]
        assert ids == ([result["dead_letter"]] if is_seen else []), area
    (own,) = letters(phone.person)
    assert own["id"] == result["dead_letter"]
    assert own["operation"]["patch"] == {"colour": "****"}  # what nobody knows may be anything
    assert letters(city.worker("g1")) == [] and letters(city.worker("c1", role="chief")) == []


def test_dead_letter_about_supervisor_is_readable_by_higher_supervisor_only(city, phone):
    boss, above = city.supervisor("c1"), city.supervisor("s")
    city.grant(boss, Role.GRID_CHIEF, area="c1")
    fields = {"about": {"kind": "worker", "id": str(boss.id)}, "description": "索要好处", "colour": 1}
    refused = phone.report(city.in_grid("g1"), **fields)
    (unknown,) = phone.push(refused)
    fields.pop("colour")
    (result,) = phone.push(phone.report(city.in_grid("g1"), **fields | {"component_id": "x"}))
    assert codes([unknown, result]) == ["rejected:unknown_field", "rejected:validation_failed"]
    assert letters(boss) == []
    assert {each["id"] for each in letters(above)} == {unknown["dead_letter"], result["dead_letter"]}


def test_pull_returns_dead_letters_of_device_owner(city, phone, home):
    holder = PullClient(phone.person).pull()
    (result,) = phone.push(household(phone, home, colour="red"))
    row = holder.pull().rows["dead_letter", result["dead_letter"]]
    assert (row["code"], row["resolution"]) == ("unknown_field", None)
    assert "operation" not in row
    city.supervisor("c1").post(
        f"/sync/dead-letters/{result['dead_letter']}/resolve", {"action": "discard", "note": "请更新应用"}
    )
    row = holder.pull().rows["dead_letter", result["dead_letter"]]
    assert (row["resolution"], row["note"]) == ("discard", "请更新应用")


def test_resident_erasure_erases_dead_letters(city, phone, other, home, rows):
    phone.push(resident(phone, home, name="张三"))
    other.push(resident(other, home, name="李四"))
    visit = {"household_id": str(home["household"]), "outcome": "done", "note": "李四在家", "colour": 1}
    other.push(other.op("visit", "create", uuid7(), patch=visit))
    with db.transaction(SYSTEM) as session:
        households.erase_residents(session, [home["resident"]], because="replayed")
    stored = rows(
        "select operation::text || explanation::text as content from sync_dead_letter where account_id = :id",
        id=other.person.id,
    )
    assert len(stored) == 2 and not any("李四" in row.content for row in stored)
    assert letters(other.person)[0]["operation"]["entity"] == "visit"


def test_dead_letter_does_not_store_national_id(phone, home, rows):
    (result,) = phone.push(household(phone, home, label="11010519491231002X", id_card="11010519491231002X"))
    assert result["status"] == "rejected"
    (stored,) = rows(
        "select operation::text as content from sync_dead_letter where id = :id", id=result["dead_letter"]
    )
    assert "19491231" not in stored.content


def test_dead_letters_are_deleted_after_retention_period(phone, home, settings, rows):
    old, new = phone.push(household(phone, home, colour="red"), household(phone, home, colour="blue"))
    with db.transaction(SYSTEM) as session:
        session.execute(
            text("update sync_dead_letter set arrived_at = :at where id = :id"),
            {
                "id": old["dead_letter"],
                "at": clock.now() - timedelta(days=settings.dead_letter_days, hours=1),
            },
        )
    with as_job_worker(settings):
        assert jobs.run_due(clock.now(), settings=settings, batch=1) >= 1
    remaining = "select id::text from sync_dead_letter where account_id = :id"
    assert rows(remaining, id=phone.person.id) == [(new["dead_letter"],)]
