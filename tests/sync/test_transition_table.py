"""The transition table on phones, and transitions from an outbox that an earlier version of the app filled."""

import orjson
import pytest

from app.incidents import service as incidents
from app.sync.queries.registry import areas
from app.sync.service import sync_scope
from tests.sync.pull_client import fresh
from tests.sync.push_client import PushClient


def profile_row(phone):
    return next(data for (entity, _), data in phone.rows.items() if entity == "profile")


def test_profile_row_has_the_transition_table(city):
    table = profile_row(fresh(city.worker("g1")))["transitions"]
    assert table == orjson.loads(orjson.dumps(incidents.transitions_as_data()))
    check = next(row for row in table if row["action"] == "check")
    assert (check["from"], check["by"], check["required"]) == (["checking"], ["checker"], ["result"])
    assert [each["required"] for each in check["results"]] == [[], ["note"], ["note"]]


def test_new_transition_table_is_sent_to_phones_with_its_bucket_only(city, monkeypatch):
    phone = fresh(city.worker("g1"))
    held = phone.state()
    monkeypatch.setattr(areas, "TRANSITIONS", "[]")
    monkeypatch.setattr(sync_scope, "TRANSITIONS", "[]")
    phone.pull()
    assert phone.pages[0]["drop_buckets"] == ["global"]
    assert profile_row(phone)["transitions"] == []
    assert phone.state().keys() == held.keys()


@pytest.mark.parametrize("extra", [{"note": "顺路"}, {"unit_id": "x"}, {"note": None, "result": "pass"}])
def test_pushed_transition_ignores_fields_that_were_ignored_before(city, report, extra):
    worker = city.worker("g1")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    phone = PushClient(worker)
    accept = phone.op("incident", "transition", case["id"], patch={"action": "accept", **extra})
    start = phone.op("incident", "transition", case["id"], patch={"action": "start", "media": []})
    results = phone.push(accept, start)
    assert (results[0]["status"], results[0]["code"]) == ("applied", None)
    assert (results[1]["status"], results[1]["code"]) == ("rejected", "unknown_field")


def test_pushed_transition_names_missing_note_of_its_result(city):
    phone = PushClient(city.worker("g1"))
    patch = {"action": "check", "result": "not_pass", "level": 1}
    (result,) = phone.push(
        phone.op("incident", "transition", "01920000-0000-7000-8000-000000000000", patch=patch)
    )
    assert [(fault["field"], fault["code"]) for fault in result["errors"]] == [
        ("patch.level", "unknown_field"),
        ("patch.note", "required"),
    ]


def test_pushed_failure_of_work_may_have_a_time(city, report, accept):
    worker = city.worker("g1")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    assert accept(worker, case).status_code == 200
    phone = PushClient(worker)
    patch = {"action": "fail", "because": "not_mine_to_do", "note": "路政", "at": phone.now().isoformat()}
    (result,) = phone.push(phone.op("assignment", "transition", case["assignment"]["id"], patch=patch))
    assert result["status"] == "applied", result
