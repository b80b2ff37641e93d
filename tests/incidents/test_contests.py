"""Contests of cases that were not filed, ended by order or merged: anonymous, judged by others."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.actor import Role
from tests.answers import status_and_code
from tests.factories import make_city
from tests.incidents.test_verification import PUBLIC, is_sound
from tests.sync.pull_client import fresh

WHY = {"note": "问题还在，请再看看"}


@pytest.fixture
def people(city):
    """Return a reporter, a worker, the street's supervisor and the district's supervisor."""
    city.worker("g1", name="甲")
    return city.worker("g3", on_duty=False, name="丙"), city.supervisor("s"), city.supervisor("d")


def is_running(rows, case, stage="handle"):
    sql = "select running_since is not null from deadline where incident_id = :i and stage = :s"
    return rows(sql, i=case["id"], s=stage)[0][0]


@pytest.mark.parametrize("order", ["not_file", "force_close"])
def test_contested_order_is_judged_by_another_supervisor(city, people, report, step, rows, order):
    reporter, street, district = people
    case = report(reporter, city.in_grid("g1"))
    target = report(reporter, city.in_grid("g1"))
    ended = step(street, case, order, note="不属实").json
    assert reporter.get(f"/incidents/{case['id']}").json["allowed"] == ["contest", "note"]
    again = step(reporter, ended, "contest", **WHY).json
    assert (again["status"], again["waiting"]["reason"]) == ("returned", "contested")
    assert (again["contested_count"], again["closed_at"], again["ended_reason"]) == (1, None, None)
    assert is_running(rows, case)
    is_sound(again, rows)
    # Both see it; the author of the order may only take side actions.
    for person in (street, district):
        queue = person.get("/supervision/queue?reason=contested").json["items"]
        assert case["id"] in {item["incident"]["id"] for item in queue}
    allowed = street.get(f"/incidents/{case['id']}").json["allowed"]
    assert {"not_file", "force_close", "reassign", "redispatch"}.isdisjoint(allowed) and "urge" in allowed
    worker = {"worker_id": str(reporter.id)}
    for action, fields in (("not_file", {}), ("force_close", {}), ("reassign", worker), ("redispatch", {})):
        refused = step(street, case, action, note="维持", **fields)
        assert status_and_code(refused) == (409, "own_order_contested"), action
    merge = street.post(f"/incidents/{case['id']}/merge", {"into_id": target["id"], "reason": "同一件"})
    assert status_and_code(merge) == (409, "own_order_contested")
    changes = {"category": "E0201", "note": "改"}
    version = street.get(f"/incidents/{case['id']}").json["version"]
    corrected = street.patch(f"/incidents/{case['id']}", changes, version=version)
    assert status_and_code(corrected) == (409, "own_order_contested")
    given = step(district, case, "redispatch", note="应受理").json
    assert given["status"] == "dispatched" and is_running(rows, case)
    is_sound(given, rows)
    # After the decision it is a case like any other, also for the street.
    assert "reassign" in street.get(f"/incidents/{case['id']}").json["allowed"]


def test_contest_is_upheld_by_another_supervisor_and_refused_when_late(city, people, report, step, rows):
    reporter, street, district = people
    case = report(reporter, city.in_grid("g1"))
    step(street, case, "not_file", note="不属实")
    step(reporter, case, "contest", **WHY)
    upheld = step(district, case, "not_file", note="维持")
    assert upheld.json["status"] == "not_filed"
    is_sound(upheld.json, rows)
    with clock.at(clock.now() + timedelta(days=8)):
        reporter.token = None
        assert status_and_code(step(reporter, case, "contest", **WHY)) == (409, "contest_too_late")


def test_contested_verification_goes_to_another_worker(app, settings, report, accept, step, rows):
    rules = {"verify": {"sources": ["public"], "limit": {"unit": "urgent_hour", "amount": 2}}}
    city = make_city(app, settings, profile={"lifecycle": rules})
    verifier, reporter = city.worker("g1"), city.worker("g3", on_duty=False)
    boss = city.supervisor()
    case = report(reporter, city.in_grid("g1"), **PUBLIC)
    accept(verifier, case)
    step(verifier, case, "verify", result="not_exist", note="没有")
    again = step(reporter, case, "contest", **WHY).json
    assert (again["status"], again["waiting"]["reason"], again["due_at"]) == ("collected", "contested", None)
    assert is_running(rows, case, "verify")
    is_sound(again, rows)
    refused = step(boss, again, "assign_verify", worker_id=str(verifier.id))
    assert (refused.status_code, refused.json["reason"]) == (409, "found_nothing")
    other = city.worker("g2")
    assert step(boss, again, "assign_verify", worker_id=str(other.id)).json["status"] == "verifying"
    accept(other, boss.get(f"/incidents/{case['id']}").json)
    filed = step(other, again, "verify", result="exists", note="属实").json
    # Both have verified the case, so neither handles it.
    assert (filed["status"], filed["waiting"]["reason"]) == ("filed", "nobody_eligible")
    is_sound(filed, rows)


def test_contested_merge_is_undone_until_another_supervisor_decides(city, people, report, step, rows):
    reporter, street, district = people
    case, target = report(reporter, city.in_grid("g1")), report(street, city.in_grid("g1"))
    merge = {"into_id": target["id"], "reason": "同一件"}
    assert street.post(f"/incidents/{case['id']}/merge", merge).status_code == 200
    again = step(reporter, case, "contest", **WHY).json
    assert (again["status"], again["same_as"]) == ("returned", None)
    is_sound(again, rows)
    history = district.get(f"/incidents/{target['id']}/events").json["items"]
    assert (history[-1]["action"], history[-1]["actor"]["kind"]) == ("give_out", "system")
    assert status_and_code(street.post(f"/incidents/{case['id']}/merge", merge)) == (
        409,
        "own_order_contested",
    )
    merged = district.post(f"/incidents/{case['id']}/merge", merge)
    assert merged.json["status"] == "not_filed"
    is_sound(merged.json, rows)


def test_reporter_of_merged_case_contests_end_of_target(city, report, accept, step, rows):
    """The time limit counts from the end of the target, which is reopened without naming the reporter."""
    worker, checker, boss = city.worker("g1"), city.worker("g2"), city.supervisor()
    reporter = city.worker("g3", on_duty=False, name="申屠无忌")
    target, case = report(boss, city.in_grid("g1")), report(reporter, city.in_grid("g1"))
    merge = {"into_id": target["id"], "reason": "同一件"}
    assert boss.post(f"/incidents/{case['id']}/merge", merge).status_code == 200
    begin = clock.now()

    def days_later(days, person, action, **fields):
        person.token = None
        with clock.at(begin + timedelta(days=days)):
            return step(person, case if person is reporter else target, action, **fields)

    accept(worker, target)
    assert step(worker, target, "feed_back", note="已清").status_code == 200
    accept(checker, boss.get(f"/incidents/{target['id']}").json)
    assert days_later(10, checker, "check", result="pass").json["status"] == "closed"
    late = days_later(17.5, reporter, "contest", **WHY)
    assert status_and_code(late) == (409, "contest_too_late")
    again = days_later(16, reporter, "contest", **WHY).json
    assert (again["status"], again["same_as"]["status"], again["contested_count"]) == (
        "not_filed",
        "rework",
        1,
    )
    boss.token = None
    opened = boss.get(f"/incidents/{target['id']}").json
    assert (opened["status"], opened["contested_count"], opened["closed_at"]) == ("rework", 1, None)
    for shown_case in (again, opened):
        is_sound(shown_case, rows)
    history = boss.get(f"/incidents/{target['id']}/events")
    assert str(reporter.id) not in history.text and "申屠无忌" not in history.text
    (event,) = [item for item in history.json["items"] if item["action"] == "contest"]
    assert (event["note"], event["detail"]["case_no"]) == (WHY["note"], case["case_no"])
    # The target is open again: only the merge could be contested now, and its time limit has passed.
    assert status_and_code(days_later(17, reporter, "contest", **WHY)) == (409, "contest_too_late")
    # This time it is ended by order, so another director judges it.
    assert days_later(18, boss, "force_close", note="不办").status_code == 200
    assert days_later(24, reporter, "contest", **WHY).json["same_as"]["status"] == "returned"
    boss.token = None
    is_sound(boss.get(f"/incidents/{target['id']}").json, rows)
    refused = days_later(24, boss, "redispatch", note="再办")
    assert status_and_code(refused) == (409, "own_order_contested")


def test_contester_is_hidden_from_handler(city, report, accept, step, rows):
    """In the case, its history, explanation and printed sheet, in sync and in the audit trail."""
    handler, street, district = city.worker("g1", name="甲"), city.supervisor("s"), city.supervisor("d")
    reporter = city.worker(None, on_duty=False, name="申屠无忌")
    case = report(reporter, city.in_grid("g1"), handled_on_the_spot={"note": "已扫"}, **PUBLIC)
    accept(handler, case)
    step(street, case, "force_close", note="不办")
    step(reporter, case, "contest", **WHY)
    step(district, case, "reassign", worker_id=str(handler.id), note="应办")
    accept(handler, district.get(f"/incidents/{case['id']}").json)
    at = f"/incidents/{case['id']}"
    shown = [handler.get(f"{at}{part}") for part in ("", "/events", "/dispatch", "/print")]
    assert all(answer.status_code == 200 for answer in shown)
    texts = [answer.get_data(as_text=True) for answer in shown]
    texts += [str(row) for row in fresh(handler).pull().rows.values()]
    admin = city.person(Role.ADMIN)
    audit = admin.post("/audit/search", {"entity": "incident", "entity_id": case["id"], "limit": 100})
    assert "incident.force_close" in audit.get_data(as_text=True)
    texts.append(audit.get_data(as_text=True))
    for text in texts:
        assert str(reporter.id) not in text and "申屠无忌" not in text, text[:2000]
    history = handler.get(f"{at}/events").json["items"]
    (contest,) = [event for event in history if event["action"] == "contest"]
    assert contest["actor"] == {"kind": "reporter"} and contest["note"] == WHY["note"]
    own = [event for event in reporter.get(f"{at}/events").json["items"] if event["action"] == "contest"]
    assert own[0]["actor"]["id"] == str(reporter.id)
