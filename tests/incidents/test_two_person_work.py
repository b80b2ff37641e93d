"""Work for two people is begun and handed in by both, unless the lead gives a reason."""

import pytest

from tests.dispatch.acts import solve
from tests.factories import make_city
from tests.incidents.cases import assert_consistent
from tests.incidents.test_second_workers import answer, assignee, move
from tests.sync.pull_client import fresh
from tests.sync.push_client import PushClient

ALONE = {"alone_reason": "另一人被调走，危险已用围挡隔开"}


@pytest.fixture
def city(app, settings):
    return make_city(app, settings, E0102={"people": 2})


@pytest.fixture
def team(city, report):
    """Return a case, its supervisor, and its lead and second worker, who have accepted."""
    supervisor = city.supervisor()
    people = {str(p.id): p for p in (city.worker("g1", name=n) for n in "甲乙")}
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    solve(city)
    case = supervisor.get(f"/incidents/{case['id']}").json
    lead, second = people[assignee(case)], people[assignee(case, "second")]
    assert answer(lead, case, role="assignment").status_code == 200
    return case, supervisor, lead, second


def fault(answer):
    (error,) = answer.json["errors"]
    return answer.status_code, error["field"], error["code"]


def actions(person, case):
    return person.get(f"/incidents/{case['id']}").json["allowed"]


def test_two_person_work_requires_second_or_reason(team, rows):
    case, supervisor, lead, second = team
    assert fault(move(lead, case, "start")) == (422, "alone_reason", "second_missing")
    assert fault(move(lead, case, "feed_back", note="好")) == (422, "alone_reason", "second_missing")
    assert answer(second, case).status_code == 200
    assert move(lead, case, "start").status_code == 200
    assert fault(move(lead, case, "feed_back", note="好")) == (422, "alone_reason", "second_unfinished")
    assert "second_done" in actions(second, case) and "second_done" not in actions(lead, case)
    assert fault(move(second, case, "second_done")) == (422, "note", "required")
    assert move(second, case, "second_done", note="我扶着梯子").json["waiting"] is None
    assert move(second, case, "second_done", note="再来一次").status_code in (404, 409)
    assert move(lead, case, "feed_back", note="好").status_code == 200
    history = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
    done = [(e["action"], e["actor"]["id"]) for e in history if e["action"] in ("second_done", "feed_back")]
    assert done == [("second_done", str(second.id)), ("feed_back", str(lead.id))]
    assert_consistent(case, rows)


def test_alone_reason_is_stored_and_valid_until_second_joins(team, rows):
    case, supervisor, lead, second = team
    assert move(lead, case, "start", **ALONE).status_code == 200
    assert answer(second, case).status_code == 200
    assert fault(move(lead, case, "feed_back", note="好"))[2] == "second_unfinished"
    assert answer(second, case, "transitions", action="fail", because="not_mine_to_do").status_code == 200
    assert move(lead, case, "feed_back", note="好").status_code == 200
    history = supervisor.get(f"/incidents/{case['id']}/events").json["items"]
    assert [e["detail"].get("alone") for e in history if e["action"] == "start"] == [ALONE["alone_reason"]]
    assert_consistent(case, rows)


def test_offer_of_second_is_withdrawn_when_lead_feeds_back_alone(team, rows):
    case, _, lead, _ = team
    assert move(lead, case, "feed_back", note="好", **ALONE).status_code == 200
    states = rows("select state from assignment where incident_id = :i and role = 'second'", i=case["id"])
    assert [row.state for row in states] == ["withdrawn"]
    assert_consistent(case, rows)


def test_rework_requires_two_people_again(team, city, rows):
    case, supervisor, lead, second = team
    answer(second, case)
    move(second, case, "second_done", note="好")
    assert move(lead, case, "feed_back", note="好").status_code == 200
    checker = city.worker("g2", name="丙")
    assert move(supervisor, case, "assign_check", worker_id=str(checker.id)).status_code == 200
    answer(checker, checker.get(f"/incidents/{case['id']}").json, role="assignment")
    assert move(checker, case, "check", result="not_pass", note="没扫干净").json["status"] == "rework"
    assert fault(move(lead, case, "feed_back", note="再扫了"))[2] == "second_missing"
    assert_consistent(case, rows)


def test_refused_phone_feed_back_becomes_dead_letter_and_can_be_retried(team, rows):
    case, _, lead, second = team
    answer(second, case)
    phone = PushClient(lead)
    sent = phone.op("incident", "transition", case["id"], patch={"action": "feed_back", "note": "都扫干净了"})
    (result,) = phone.push(sent)
    assert (result["status"], result["errors"][0]["code"]) == ("rejected", "second_unfinished")
    assert "alone_reason" in result["errors"][0]["message"]
    letters = lead.get("/sync/dead-letters").json["items"]
    (letter,) = [item for item in letters if item["id"] == result["dead_letter"]]
    assert letter["operation"]["patch"]["note"] == "都扫干净了"
    pulled = fresh(lead).pull()
    assert any(key == ("dead_letter", letter["id"]) for key in pulled.rows), [k[0] for k in pulled.rows]
    assert move(second, case, "second_done", note="好").status_code == 200
    again = lead.post(f"/sync/dead-letters/{letter['id']}/resolve", {"action": "retry"})
    assert again.status_code == 200, again.json
    assert lead.get(f"/incidents/{case['id']}").json["status"] in ("fed_back", "checking")
    assert_consistent(case, rows)


def test_refused_step_names_state_or_role(team):
    case, supervisor, lead, _ = team
    role = move(lead, case, "force_close", note="不办").json
    assert (role["code"], role["because"], role["who"]) == ("transition_not_yours", "role", ["director"])
    assert "states" not in role and "feed_back" in role["allowed"]
    state = move(lead, case, "resume").json
    assert (state["code"], state["because"], state["states"]) == ("transition_illegal", "state", ["deferred"])
    assert "who" not in state
    check = move(supervisor, case, "check", result="pass").json
    assert (check["because"], check["states"]) == ("state", ["checking"])
