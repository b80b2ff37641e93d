"""Proposals: a supervisor confirms or changes the chosen worker before the offer."""

from datetime import timedelta

import pytest

from app.core import clock
from app.incidents import jobs
from tests.dispatch.acts import off_duty, publish
from tests.factories import in_days
from tests.incidents.cases import assert_consistent, read_case
from tests.sample_sizes import drawn_share
from tests.sync.pull_client import fresh

MINUTES = 5


@pytest.fixture
def proposing(city):
    publish(city, propose={"categories": ["E0102"], "minutes": MINUTES})
    return city


@pytest.fixture
def proposed_case(proposing, report):
    """A case that is proposed, its supervisor, and whom the rules have chosen."""
    worker = proposing.worker("g1", name="甲")
    supervisor, reporter = proposing.supervisor(), proposing.worker("g3", on_duty=False)
    return report(reporter, proposing.in_grid("g1")), supervisor, worker


def run_case_later(case, minutes=MINUTES):
    jobs.run_case(case["id"], clock.now() + timedelta(minutes=minutes, seconds=1))


def test_proposal_is_hidden_from_proposed_worker_and_not_counted(proposed_case, rows):
    case, supervisor, worker = proposed_case
    assert (case["status"], case["waiting"]["reason"], case["assignment"]) == ("filed", "proposed", None)
    assert worker.get("/assignments").json["items"] == []
    phone = fresh(worker)
    assert not phone.ids("offer") and not phone.ids("assignment")
    assert rows("select open_work from worker_load where worker_id = :w", w=worker.id)[0][0] == 0
    # The worker sees the case of the own grid, but not the proposal.
    assert read_case(worker, case)["proposal"] is None and "confirm" not in read_case(worker, case)["allowed"]
    for tail in ("events", "dispatch"):
        assert str(worker.id) not in worker.get(f"/incidents/{case['id']}/{tail}").text
    board_rows = supervisor.get("/supervision/workers").json["items"]
    assert {entry["offered"]["count"] for entry in board_rows if entry["id"] == str(worker.id)} == {0}
    # Who directs has it in the queue, counted with its members.
    (item,) = supervisor.get("/supervision/queue?reason=proposed").json["items"]
    assert item["incident"]["id"] == case["id"]
    assert (item["proposal"]["state"], item["proposal"]["worker"]["id"]) == ("proposed", str(worker.id))
    board = supervisor.get("/supervision/board").json
    (counted,) = [entry for entry in board["by_waiting_reason"] if entry["reason"] == "proposed"]
    members = supervisor.get(counted["open"]["members"].partition("/api/v1")[2]).json["items"]
    assert [entry["id"] for entry in members] == [case["id"]] and counted["open"]["count"] == 1
    (run,) = supervisor.get(f"/incidents/{case['id']}/dispatch").json["runs"]
    assert (run["outcome"], run["worker_id"]) == ("proposed", str(worker.id))
    assert run["sentence"]["en"].startswith("甲 was proposed to a supervisor.")
    assert_consistent(case, rows)


def test_confirmed_proposal_becomes_offer_and_is_replayable(proposed_case, step, rows):
    case, supervisor, worker = proposed_case
    assert step(worker, case, "confirm").status_code == 409
    confirmed = step(supervisor, case, "confirm", worker_id=str(worker.id))
    assert (confirmed.status_code, confirmed.json["status"]) == (200, "dispatched")
    assert confirmed.json["assignment"]["worker"]["id"] == str(worker.id)
    assert step(supervisor, case, "confirm").status_code == 409
    assert fresh(worker).ids("offer")
    runs = supervisor.get(f"/incidents/{case['id']}/dispatch").json["runs"]
    assert [(r["outcome"], r["reason"]) for r in runs] == [
        ("proposed", "responsible"),
        ("offered", "confirmed"),
    ]
    replayed = supervisor.post(f"/incidents/{case['id']}/dispatch/{runs[0]['id']}/replay")
    assert replayed.json["same"] is True, replayed.json
    assert_consistent(case, rows)


def test_proposal_can_be_reassigned_with_reason(proposed_case, proposing, step, rows):
    case, supervisor, worker = proposed_case
    other = proposing.worker("g1", name="乙")
    refused = step(supervisor, case, "confirm", worker_id=str(other.id))
    assert (refused.status_code, refused.json["code"]) == (409, "nothing_proposed")
    assert step(supervisor, case, "reassign", worker_id=str(other.id)).status_code == 422
    changed = step(supervisor, case, "reassign", worker_id=str(other.id), note="熟悉现场")
    assert changed.json["assignment"]["worker"]["id"] == str(other.id)
    run_case_later(case)
    assert read_case(supervisor, case)["assignment"]["worker"]["id"] == str(other.id)
    assert read_case(supervisor, case)["proposal"] is None
    assert worker.get("/me/figures").json["figures"][0]["count"] == 0
    assert_consistent(case, rows)


def test_proposal_becomes_offer_when_not_decided_in_time(proposed_case, rows):
    case, supervisor, worker = proposed_case
    run_case_later(case, minutes=MINUTES - 1)
    assert read_case(supervisor, case)["proposal"]["worker"]["id"] == str(worker.id)
    run_case_later(case)
    now = read_case(supervisor, case)
    assert (now["status"], now["waiting"], now["proposal"]) == ("dispatched", None, None)
    assert now["assignment"]["worker"]["id"] == str(worker.id)
    actions = [e["action"] for e in supervisor.get(f"/incidents/{case['id']}/events").json["items"]]
    assert actions == ["report", "file", "propose", "dispatch"]
    assert_consistent(case, rows)


def test_proposal_moves_to_next_worker_when_proposed_worker_is_off_duty(proposed_case, proposing, step, rows):
    case, supervisor, worker = proposed_case
    other = proposing.worker("g1", name="乙")
    off_duty(worker)
    refused = step(supervisor, case, "confirm")
    assert (refused.status_code, refused.json["reason"]) == (409, "off_duty")
    run_case_later(case)
    assert read_case(supervisor, case)["assignment"]["worker"]["id"] == str(other.id)
    assert_consistent(case, rows)


ENDS = ["not_file", "force_close", "defer", "merge", "lock"]


@pytest.mark.wide
@pytest.mark.parametrize("end", drawn_share(ENDS, one_in=2, name="ends of a proposal"))
def test_proposal_ends_when_case_ends_or_is_locked(proposed_case, proposing, step, report, end, rows):
    case, supervisor, _ = proposed_case
    if end == "merge":
        other = report(proposing.worker("g3", on_duty=False), proposing.in_grid("g1"), category="E0201")
        path = f"/incidents/{case['id']}/merge"
        answer = supervisor.post(path, {"into_id": other["id"], "reason": "同一处"})
    else:
        fields = {"until": in_days(9)} if end == "defer" else {}
        answer = step(supervisor, case, end, note="无", **fields)
    assert answer.status_code == 200, answer.json
    run_case_later(case)
    now = read_case(supervisor, case)
    assert (now["assignment"], now["proposal"]) == (None, None)
    assert rows("select count(*) from offer where incident_id = :i", i=case["id"])[0][0] == 0
    assert_consistent(case, rows)


def test_proposal_is_made_once_per_case_and_not_for_own_or_unit_cases(proposed_case, proposing, report, step):
    case, supervisor, worker = proposed_case
    other = proposing.worker("g1", name="乙")
    step(supervisor, case, "confirm")
    offered = read_case(supervisor, case)["assignment"]
    worker.post(f"/assignments/{offered['id']}/decline", {"reason": "不便"})
    assert read_case(supervisor, case)["assignment"]["worker"]["id"] == str(other.id)
    assert report(worker, proposing.in_grid("g1"))["status"] == "accepted"
    assert report(worker, proposing.in_grid("g1"), category="0102")["assignment"]["state"] == "queued"


def test_proposal_is_not_made_for_priorities_outside_profile(city, report):
    publish(city, propose={"priorities": [1]})
    city.worker("g1")
    assert report(city.worker("g3", on_duty=False), city.in_grid("g1"))["status"] == "dispatched"
