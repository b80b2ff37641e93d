"""Cases for two people: a lead, and a second worker whom the next batch finds."""

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM
from app.incidents import jobs, service
from tests.dispatch.acts import held, off_duty, on_duty, publish, solve
from tests.factories import make_city
from tests.incidents.cases import assert_consistent


@pytest.fixture
def city(app, settings):
    """E0102 takes two people here, E0603 two who may work on electricity."""
    return make_city(app, settings, E0102={"people": 2}, E0603={"people": 2, "skills": ["electric"]})


@pytest.fixture
def shown():
    return lambda person, case: person.get(f"/incidents/{case['id']}").json


def assignee(case, role="assignment"):
    return case[role]["worker"]["id"]


def answer(person, case, act="accept", role="second", **payload):
    return person.post(f"/assignments/{case[role]['id']}/{act}", payload)


def move(person, case, action, **fields):
    return person.post(f"/incidents/{case['id']}/transitions", {"action": action, **fields})


def test_lead_is_offered_at_once_and_second_by_next_batch(city, report, shown):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    people = {str(p.id): p for p in (city.worker("g1", name="甲"), city.worker("g1", name="乙"))}
    case = report(reporter, city.in_grid("g1"))
    assert case["assignment"]["role"] == "handle" and case["waiting"]["reason"] == "no_second"
    assert solve(city) == 1
    case = shown(supervisor, case)
    assert (case["status"], case["waiting"]) == ("dispatched", None)
    lead, second = people[assignee(case)], people[assignee(case, "second")]
    assert lead is not second and case["second"]["role"] == "second"
    runs = supervisor.get(f"/incidents/{case['id']}/dispatch").json["runs"]
    assert [(r["role"], r["tier"], r["worker_id"]) for r in runs] == [
        ("handle", 0, str(lead.id)),
        ("second", 1, str(second.id)),
    ]
    kept_out = next(v for v in runs[1]["candidates"] if v["worker_id"] == str(lead.id))
    assert (kept_out["eligible"], kept_out["reason"]) == (False, "leads_it")
    assert "lead worker of this case" in kept_out["sentence"]["en"]
    # The second worker accepts first; the lead can still accept.
    assert answer(second, case).json["status"] == "dispatched"
    assert answer(lead, case, role="assignment").json["status"] == "accepted"
    refused = move(second, case, "feed_back", note="好")
    assert (refused.status_code, refused.json["because"], refused.json["who"]) == (409, "role", ["handler"])
    assert move(second, case, "second_done", note="扶梯已固定").status_code == 200
    assert move(lead, case, "feed_back", note="好").status_code == 200


def test_declined_lead_or_second_is_replaced_separately(city, report, shown, rows):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    people = {str(p.id): p for p in (city.worker("g1", name=n) for n in "甲乙丙丁")}
    case = report(reporter, city.in_grid("g1"))
    solve(city)
    case = shown(supervisor, case)
    lead, second = assignee(case), assignee(case, "second")
    assert answer(people[second], case, "decline", reason="不便").json["waiting"]["reason"] == "no_second"
    solve(city)
    case = shown(supervisor, case)
    other = assignee(case, "second")
    assert assignee(case) == lead and other not in (lead, second)
    assert answer(people[other], case).status_code == 200
    answer(people[lead], case, "decline", role="assignment", reason="不便")
    case = shown(supervisor, case)
    assert (assignee(case, "second") == other and assignee(case) not in (lead, other, second)) or len(
        people
    ) == 4
    assert assignee(case) != other
    assert_consistent(case, rows)


def test_second_cannot_check_and_is_freed_by_lead_feed_back(city, report, shown, rows):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    people = {str(p.id): p for p in (city.worker("g1", name=n) for n in "甲乙")}
    case = report(reporter, city.in_grid("g1"))
    solve(city)
    case = shown(supervisor, case)
    lead, second = people[assignee(case)], people[assignee(case, "second")]
    answer(lead, case, role="assignment")
    answer(second, case)
    alone = move(lead, case, "feed_back", note="好")
    assert (alone.status_code, alone.json["errors"][0]["field"]) == (422, "alone_reason")
    fed = move(lead, case, "feed_back", note="好", alone_reason="乙的手机没电").json
    assert (fed["status"], fed["waiting"]["reason"]) == ("fed_back", "no_checker")
    loads = rows("select open_work from worker_load where worker_id = any(:w)", w=[lead.id, second.id])
    assert {row.open_work for row in loads} == {0}
    solve(city)  # a batch asks neither of them
    assert shown(supervisor, case)["waiting"]["reason"] == "no_checker"
    body = {"action": "assign_check", "worker_id": str(second.id), "note": "看"}
    refused = supervisor.post(f"/incidents/{case['id']}/transitions", body)
    assert (refused.status_code, refused.json["reason"]) == (409, "handled_it")
    checker = city.worker("g1", name="丙")
    solve(city)
    case = shown(supervisor, case)
    assert assignee(case) == str(checker.id)
    assert_consistent(case, rows)


def test_lead_and_second_both_require_skill(city, report, shown):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    skilled, plain = (
        city.worker("g1", name="电", skills=("electric",)),
        city.worker("g1", name="无"),
    )
    case = report(reporter, city.in_grid("g1"), category="E0603")
    assert assignee(case) == str(skilled.id)
    solve(city)
    case = shown(supervisor, case)
    assert case["second"] is None and case["waiting"]["reason"] == "no_second"
    item = supervisor.get("/supervision/queue?reason=no_second").json["items"][0]
    assert item["incident"]["id"] == case["id"] and "two workers" in item["sentence"]["en"]
    body = {"action": "assign_second", "worker_id": str(plain.id), "note": "请协助"}
    refused = supervisor.post(f"/incidents/{case['id']}/transitions", body)
    assert (refused.status_code, refused.json["reason"]) == (409, "lacks_skill")
    other = city.worker("g1", name="电二", skills=("electric",))
    chosen = supervisor.post(f"/incidents/{case['id']}/transitions", body | {"worker_id": str(other.id)}).json
    assert chosen["waiting"] is None and assignee(shown(supervisor, case), "second") == str(other.id)
    same = supervisor.post(f"/incidents/{case['id']}/transitions", body | {"worker_id": str(skilled.id)})
    assert (same.status_code, same.json["reason"]) == (409, "leads_it")


def test_second_is_replaced_off_duty_and_freed_when_lead_returns_case(city, report, shown, rows):
    reporter, supervisor = city.worker("g3", on_duty=False), city.supervisor()
    people = {str(p.id): p for p in (city.worker("g1", name=n) for n in "甲乙丙")}
    case = report(reporter, city.in_grid("g1"))
    solve(city)
    case = shown(supervisor, case)
    lead, second = people[assignee(case)], people[assignee(case, "second")]
    off_duty(second)
    with db.transaction(SYSTEM) as session:
        assert service.withdraw_from_absent(session, incident_id=case["id"], now=held(0))
    assert shown(supervisor, case)["waiting"]["reason"] == "no_second"
    solve(city)
    case = shown(supervisor, case)
    assert assignee(case, "second") not in (str(lead.id), str(second.id))
    on_duty(second)
    answer(lead, case, role="assignment")
    third = people[assignee(case, "second")]
    answer(third, case)
    body = {"action": "return", "note": "不是我们的"}
    assert lead.post(f"/incidents/{case['id']}/transitions", body).json["waiting"]["reason"] == "returned"
    assert rows("select open_work from worker_load where worker_id = :w", w=third.id)[0][0] == 0
    assert_consistent(case, rows)


def test_board_and_orders_distinguish_lead_and_second(city, report, shown, step, rows):
    """The rules do not make the second worker the lead, orders request a second, figures count the lead."""
    reporter, boss = city.worker("g3", on_duty=False), city.supervisor("d")
    people = {str(p.id): p for p in (city.worker("g1", name="甲"), city.worker("g1", name="乙"))}
    case = report(reporter, city.in_grid("g1"))
    solve(city)
    case = shown(boss, case)
    second = people[assignee(case, "second")]
    assert answer(second, case).status_code == 200
    assert answer(second, case, "transitions", action="en_route").status_code == 200
    figures = {g["state"]: g["open"] for g in boss.get("/supervision/board").json["by_attempt"]}
    for state in ("en_route", "offered"):
        members = boss.get(figures[state]["members"].removeprefix("/api/v1")).json["items"]
        assert figures[state]["count"] == len(members), state
    assert (figures["en_route"]["count"], figures["offered"]["count"]) == (0, 1)
    refused = step(boss, case, "override", worker_id=str(second.id), note="you lead")
    assert (refused.status_code, refused.json["reason"]) == (409, "is_second")
    assert answer(second, case, "transitions", action="fail", because="not_mine_to_do").status_code == 200
    third = city.worker("g2", name="丙", capacity=0)
    given = step(boss, case, "override", worker_id=str(third.id), note="you lead").json
    assert assignee(given) == str(third.id)
    assert shown(boss, case)["waiting"]["reason"] == "no_second"
    assert_consistent(case, rows)


def test_lead_is_replaced_after_shift_and_second_stays(city, report, shown, rows):
    reporter, boss = city.worker("g3", on_duty=False), city.supervisor("d")
    people = {str(p.id): p for p in (city.worker("g1", name="甲"), city.worker("g1", name="乙"))}
    case = report(reporter, city.in_grid("g1"))
    solve(city)
    case = shown(boss, case)
    lead, second = people[assignee(case)], people[assignee(case, "second")]
    assert answer(lead, case, role="assignment").status_code == answer(second, case).status_code == 200
    third = city.worker("g2", name="丙")
    publish(city, redispatch={"on": ["shift_ended"], "off_duty_minutes": 0})
    off_duty(lead)
    assert jobs.run_redispatch(clock.now(), limit=10_000) >= 1
    after = shown(boss, case)
    assert (assignee(after), assignee(after, "second"), after["waiting"]) == (
        str(third.id),
        str(second.id),
        None,
    )
    assert_consistent(case, rows)
