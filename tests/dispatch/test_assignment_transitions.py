"""Assignment transitions of the worker: en route, on scene, failed."""

from datetime import datetime, timedelta

import pytest

from app.core import clock
from app.core.ids import uuid7
from tests.fieldapp.pull_client import PullClient


@pytest.fixture
def accepted_case(city, report, accept):
    """A case that the worker of g1 has accepted; one of g2 could take it."""
    worker, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    return worker, other, accept(worker, case).json


def transition(person, case, action, **fields):
    return person.post(f"/assignments/{case['assignment']['id']}/transitions", {"action": action, **fields})


def test_assignment_transitions_en_route_and_on_scene_store_times(city, accepted_case):
    worker, other, case = accepted_case
    phone = PullClient(worker).pull()
    set_out = transition(worker, case, "en_route")
    assert (set_out.status_code, set_out.json["assignment"]["state"]) == (200, "en_route")
    assert set_out.json["status"] == "accepted"
    again = transition(worker, case, "en_route")
    assert again.json["assignment"]["en_route_at"] == set_out.json["assignment"]["en_route_at"]
    there = transition(worker, case, "on_scene").json["assignment"]
    assert there["state"] == "on_scene"
    assert there["accepted_at"] <= there["en_route_at"] <= there["on_scene_at"]
    back = transition(worker, case, "en_route")
    assert (back.status_code, back.json["code"]) == (409, "assignment_further_on")
    assert transition(other, case, "on_scene").status_code == 404
    row = phone.pull().rows["assignment", case["assignment"]["id"]]
    assert (row["state"], row["on_scene_at"] is None) == ("on_scene", False)
    events = [e["action"] for e in worker.get(f"/incidents/{case['id']}/events").json["items"]]
    assert events[-2:] == ["en_route", "on_scene"]
    board = city.supervisor().get("/supervision/workers?limit=200").json["items"]
    worker_row = next(w for w in board if w["id"] == str(worker.id))
    assert [worker_row[name]["count"] for name in ("accepted", "en_route", "on_scene")] == [0, 0, 1]
    listed = city.supervisor().get(worker_row["on_scene"]["members"].removeprefix("/api/v1")).json["items"]
    assert [c["id"] for c in listed] == [case["id"]]
    assert (
        worker.post(f"/incidents/{case['id']}/transitions", {"action": "start"}).json["status"] == "handling"
    )
    fed = worker.post(f"/incidents/{case['id']}/transitions", {"action": "feed_back", "note": "done"}).json
    assert fed["status"] == "checking"


def test_pushed_assignment_transitions_keep_client_times(accepted_case):
    worker, _, case = accepted_case
    since = datetime.fromisoformat(case["assignment"]["accepted_at"])
    with clock.at(since + timedelta(minutes=3)):
        ops = [
            {
                "op_id": str(uuid7()),
                "device_seq": n,
                "entity": "assignment",
                "op": "transition",
                "id": case["assignment"]["id"],
                "patch": {"action": action},
                "client_at": (since + timedelta(minutes=n)).isoformat(),
            }
            for n, action in ((1, "en_route"), (2, "on_scene"))
        ]
        sent = worker.post("/sync/push", {"sent_at": clock.now().isoformat(), "ops": ops}).json
    assert [r["status"] for r in sent["results"]] == ["applied", "applied"], sent
    shown = worker.get(f"/incidents/{case['id']}").json["assignment"]
    times = [datetime.fromisoformat(shown[name]) - since for name in ("en_route_at", "on_scene_at")]
    assert [round(t.total_seconds()) for t in times] == [60, 120]


@pytest.mark.parametrize("because", ["could_not_get_there", "not_mine_to_do"])
def test_failed_assignment_is_dispatched_to_other_worker(accepted_case, because, rows):
    worker, other, case = accepted_case
    transition(worker, case, "en_route")
    bare = transition(worker, case, "fail")
    assert (bare.status_code, bare.json["errors"][0]["field"]) == (422, "because")
    answer = transition(worker, case, "fail", because=because, note="桥断了")
    assert (answer.status_code, answer.json["status"]) == (200, "dispatched")
    assert answer.json["assignment"]["worker"]["id"] == str(other.id)
    stored = rows("select state, ended_because from assignment where id = :a", a=case["assignment"]["id"])
    assert [tuple(r) for r in stored] == [("failed", because)]
    assert rows("select open_work from worker_load where worker_id = :w", w=worker.id)[0][0] == 0
    verdicts = other.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]["candidates"]
    verdict = next(v for v in verdicts if v["worker_id"] == str(worker.id))
    assert (verdict["eligible"], verdict["reason"]) == (False, because)
    assert verdict["sentence"]["zh"].startswith("甲曾承接")


def test_failed_check_is_dispatched_to_other_checker(city, accepted_case, step, accept):
    worker, other, case = accepted_case
    fed = step(worker, case, "feed_back", note="done").json
    assert accept(other, fed).status_code == 200
    third = city.worker("g2", name="丁")
    answer = transition(other, fed, "fail", because="could_not_get_there")
    assert (answer.status_code, answer.json["status"]) == (200, "checking")
    assert answer.json["assignment"]["worker"]["id"] == str(third.id)
