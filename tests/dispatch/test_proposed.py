"""A supervisor is told first whom the rules have chosen: she confirms, changes, or lets it run out; nobody else knows of it."""

from datetime import timedelta

import pytest

from app.core import clock
from app.incidents import jobs
from app.supervision.queries.invariants import CASES
from app.supervision.queries.ledgers import LEDGERS
from tests.dispatch.acts import off_duty, publish
from tests.factories import in_days
from tests.fieldapp.phone import fresh

MINUTES = 5


@pytest.fixture
def proposing(city):
    publish(city, propose={"categories": ["E0102"], "minutes": MINUTES})
    return city


@pytest.fixture
def told(proposing, report):
    """A case that is proposed, its supervisor, and whom the rules have chosen."""
    her = proposing.worker("g1", name="甲")
    supervisor, reporter = proposing.supervisor(), proposing.worker("g3", on_duty=False)
    return report(reporter, proposing.in_grid("g1")), supervisor, her


def shown(person, case):
    answer = person.get(f"/incidents/{case['id']}")
    assert answer.status_code == 200, answer.json
    return answer.json


def later(case, minutes=MINUTES):
    jobs.run_case(case["id"], clock.now() + timedelta(minutes=minutes, seconds=1))


def is_clean(case, rows):
    """No invariant names the case."""
    known = [i for i in CASES + LEDGERS if ":" not in i.sql.replace("::", "")]
    assert not [i.name for i in known if case["id"] in {str(row[0]) for row in rows(i.sql)}]


def test_who_is_proposed_knows_nothing_and_it_counts_for_nobody(told, rows):
    case, supervisor, her = told
    assert (case["status"], case["waiting"]["reason"], case["assignment"]) == ("filed", "proposed", None)
    assert her.get("/assignments").json["items"] == []
    phone = fresh(her)
    assert not phone.ids("offer") and not phone.ids("assignment")
    assert rows("select open_work from worker_load where worker_id = :w", w=her.id)[0][0] == 0
    # She sees the case, which lies in her grid, and not that she is meant.
    assert shown(her, case)["proposal"] is None and "confirm" not in shown(her, case)["allowed"]
    for tail in ("events", "dispatch"):
        assert str(her.id) not in her.get(f"/incidents/{case['id']}/{tail}").text
    worker = supervisor.get("/supervision/workers").json["items"]
    assert {one["offered"]["count"] for one in worker if one["id"] == str(her.id)} == {0}
    # Who directs has it in the queue, counted with its members.
    (item,) = supervisor.get("/supervision/queue?reason=proposed").json["items"]
    assert item["incident"]["id"] == case["id"]
    assert (item["proposal"]["state"], item["proposal"]["worker"]["id"]) == ("proposed", str(her.id))
    board = supervisor.get("/supervision/board").json
    (counted,) = [one for one in board["by_waiting_reason"] if one["reason"] == "proposed"]
    members = supervisor.get(counted["open"]["members"].partition("/api/v1")[2]).json["items"]
    assert [one["id"] for one in members] == [case["id"]] and counted["open"]["count"] == 1
    (run,) = supervisor.get(f"/incidents/{case['id']}/dispatch").json["runs"]
    assert (run["outcome"], run["worker_id"]) == ("proposed", str(her.id))
    assert run["sentence"]["en"].startswith("甲 was proposed to a supervisor.")
    is_clean(case, rows)


def test_confirmed_she_is_asked_at_once_and_the_run_is_kept(told, step, rows):
    case, supervisor, her = told
    assert step(her, case, "confirm").status_code == 409
    asked = step(supervisor, case, "confirm", worker_id=str(her.id))
    assert (asked.status_code, asked.json["status"]) == (200, "dispatched")
    assert asked.json["assignment"]["worker"]["id"] == str(her.id)
    assert step(supervisor, case, "confirm").status_code == 409
    assert fresh(her).ids("offer")
    runs = supervisor.get(f"/incidents/{case['id']}/dispatch").json["runs"]
    assert [(r["outcome"], r["reason"]) for r in runs] == [
        ("proposed", "responsible"),
        ("offered", "confirmed"),
    ]
    replayed = supervisor.post(f"/incidents/{case['id']}/dispatch/{runs[0]['id']}/replay")
    assert replayed.json["same"] is True, replayed.json
    is_clean(case, rows)


def test_changed_to_another_with_a_reason(told, proposing, step, rows):
    case, supervisor, her = told
    other = proposing.worker("g1", name="乙")
    refused = step(supervisor, case, "confirm", worker_id=str(other.id))
    assert (refused.status_code, refused.json["code"]) == (409, "nothing_proposed")
    assert step(supervisor, case, "reassign", worker_id=str(other.id)).status_code == 422
    changed = step(supervisor, case, "reassign", worker_id=str(other.id), note="熟悉现场")
    assert changed.json["assignment"]["worker"]["id"] == str(other.id)
    later(case)
    assert shown(supervisor, case)["assignment"]["worker"]["id"] == str(other.id)
    assert shown(supervisor, case)["proposal"] is None
    assert her.get("/me/figures").json["figures"][0]["count"] == 0
    is_clean(case, rows)


def test_nobody_decides_in_time_and_it_is_offered_by_itself(told, rows):
    case, supervisor, her = told
    later(case, minutes=MINUTES - 1)
    assert shown(supervisor, case)["proposal"]["worker"]["id"] == str(her.id)
    later(case)
    now = shown(supervisor, case)
    assert (now["status"], now["waiting"], now["proposal"]) == ("dispatched", None, None)
    assert now["assignment"]["worker"]["id"] == str(her.id)
    actions = [e["action"] for e in supervisor.get(f"/incidents/{case['id']}/events").json["items"]]
    assert actions == ["report", "file", "propose", "dispatch"]
    is_clean(case, rows)


def test_who_cannot_take_it_any_more_is_not_asked_and_the_next_is(told, proposing, step, rows):
    case, supervisor, her = told
    other = proposing.worker("g1", name="乙")
    off_duty(her)
    refused = step(supervisor, case, "confirm")
    assert (refused.status_code, refused.json["reason"]) == (409, "off_duty")
    later(case)
    assert shown(supervisor, case)["assignment"]["worker"]["id"] == str(other.id)
    is_clean(case, rows)


@pytest.mark.parametrize("end", ["not_file", "force_close", "defer", "merge", "lock"])
def test_it_never_outlives_what_becomes_of_its_case(told, proposing, step, report, end, rows):
    case, supervisor, _ = told
    if end == "merge":
        other = report(proposing.worker("g3", on_duty=False), proposing.in_grid("g1"), category="E0201")
        path = f"/incidents/{case['id']}/merge"
        answer = supervisor.post(path, {"into": other["id"], "reason": "同一处"})
    else:
        more = {"until": in_days(9)} if end == "defer" else {}
        answer = step(supervisor, case, end, note="无", **more)
    assert answer.status_code == 200, answer.json
    later(case)
    now = shown(supervisor, case)
    assert (now["assignment"], now["proposal"]) == (None, None)
    assert rows("select count(*) from offer where incident_id = :i", i=case["id"])[0][0] == 0
    is_clean(case, rows)


def test_once_a_case_and_not_what_is_hers_or_a_units(told, proposing, report, step):
    case, supervisor, her = told
    other = proposing.worker("g1", name="乙")
    step(supervisor, case, "confirm")
    offered = shown(supervisor, case)["assignment"]
    her.post(f"/assignments/{offered['id']}/decline", {"reason": "不便"})
    assert shown(supervisor, case)["assignment"]["worker"]["id"] == str(other.id)
    assert report(her, proposing.in_grid("g1"))["status"] == "accepted"
    assert report(her, proposing.in_grid("g1"), category="0102")["assignment"]["state"] == "queued"


def test_the_profile_says_what_is_proposed_and_is_told_what_is_wrong(city, report):
    publish(city, propose={"priorities": [1]})
    city.worker("g1")
    assert report(city.worker("g3", on_duty=False), city.in_grid("g1"))["status"] == "dispatched"
