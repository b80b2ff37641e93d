"""Redispatch: an assignment that is not started moves to a worker who arrives earlier."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.incidents import jobs, service
from tests.dispatch.acts import call_for_help, off_duty, publish, stand
from tests.sync.pull_client import PullClient

RULES = {
    "on": ["shift_ended", "unavailable", "moved_away", "eta_slipped", "upgraded"],
    "moved_away_m": 1000,
    "gain_seconds": 300,
    "cool_down_minutes": 30,
    "moves_most": 1,
    "off_duty_minutes": 0,
}


def publish_rules(city, **fields: Any) -> None:
    """Publish the city's rules of passing work on."""
    publish(city, redispatch=RULES | fields)


def redispatch(city, case, after: timedelta = timedelta(0)) -> int:
    """What the tick does for one case."""
    now = clock.now() + after
    with db.read_session() as session:
        candidates = [
            candidate
            for candidate in service.slipping(session, now=now, limit=10_000)
            if str(candidate.incident_id) == case["id"]
        ]
    moved = 0
    for candidate in candidates:
        with db.transaction(SYSTEM) as session:
            moved += service.redispatch_case(session, candidate, now=now)
    return moved


@pytest.fixture
def scene(city, report, accept):
    """The worker of g1 has accepted a nearby case, and a worker of g2 could take it."""
    publish_rules(city)
    holder, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    place = city.in_grid("g1")
    stand(holder, **place)
    case = report(city.worker("g3", on_duty=False), place)
    return holder, other, accept(holder, case).json


def move_away(city, person) -> None:
    """Her newest place is 4 km off."""
    far = city.at(1.9, 0.1)
    with db.transaction(SYSTEM) as session:
        sql = "update worker_position set geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) where worker_id = :w"
        assert session.execute(text(sql), far | {"w": person.id}).rowcount == 1


def incident(person, case):
    return person.get(f"/incidents/{case['id']}").json


def test_redispatch_moves_case_to_nearer_worker_when_holder_moved_away(city, scene, rows):
    holder, other, case = scene
    phone = PullClient(holder).pull()
    assert redispatch(city, case) == 0
    move_away(city, holder)
    assert redispatch(city, case) == 0  # the other one may be anywhere
    stand(other, **city.in_grid("g1"))
    assert redispatch(city, case) == 1
    after = incident(other, case)
    assert (after["status"], after["assignment"]["worker"]["id"]) == ("dispatched", str(other.id))
    row = phone.pull().rows["assignment", case["assignment"]["id"]]
    assert (row["state"], row["ended_because"]) == ("withdrawn", "moved_away")
    run = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert (run["moved"]["from"], run["moved"]["because"]) == (str(holder.id), "moved_away")
    assert run["moved"]["gain_s"] > 300
    assert run["sentence"]["zh"].startswith("甲已远离现场，改派更近的人员。可节省约")
    assert run["sentence"]["en"].startswith(
        "甲 has moved too far from the place; another worker is nearer. This saves about"
    )
    verdict = next(v for v in run["candidates"] if v["worker_id"] == str(holder.id))
    assert (verdict["eligible"], verdict["reason"]) == (False, "moved_on")
    event = next(
        e for e in other.get(f"/incidents/{case['id']}/events").json["items"] if e["action"] == "move_on"
    )
    assert (event["from_status"], event["to_status"]) == ("accepted", "filed")
    # How much nearer is for those who direct the case.
    assert "gain_s" not in event["detail"]
    worker_run = other.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert (worker_run["moved"]["gain_s"], "节省" in worker_run["sentence"]["zh"]) == (None, False)
    assert rows("select open_work from worker_load where worker_id = :w", w=holder.id)[0][0] == 0


def test_redispatch_keeps_case_when_gain_is_below_minimum(city, scene):
    holder, other, case = scene
    publish_rules(city, gain_seconds=80_000)
    move_away(city, holder)
    stand(other, **city.in_grid("g1"))
    assert redispatch(city, case) == 0


def test_redispatch_respects_cool_down_and_maximum_of_moves(city, scene, accept):
    holder, other, case = scene
    third = city.worker("g1", name="丁")
    publish_rules(city, moves_most=2)
    off_duty(holder)
    stand(third, **city.in_grid("g1"))
    assert redispatch(city, case) == 1
    taken = accept(third, incident(third, case)).json
    off_duty(third)
    assert redispatch(city, case) == 0  # it rests
    assert redispatch(city, case, after=timedelta(minutes=31)) == 1
    last = accept(other, incident(other, case)).json
    assert (taken["status"], last["status"]) == ("accepted", "accepted")
    city.worker("g1", name="戊")
    off_duty(other)
    assert redispatch(city, case, after=timedelta(minutes=90)) == 0  # twice is enough
    assert incident(other, case)["assignment"]["worker"]["id"] == str(other.id)


def test_redispatch_keeps_case_of_off_duty_worker_without_alternative(city, scene):
    holder, other, case = scene
    off_duty(holder, other)
    assert redispatch(city, case) == 0
    assert incident(holder, case)["assignment"]["worker"]["id"] == str(holder.id)


def test_redispatch_keeps_case_reported_off_duty_in_own_grid(city, report):
    publish_rules(city)
    worker = city.worker("g1")
    off_duty(worker)
    city.worker("g2")
    case = report(worker, city.in_grid("g1"))
    assert case["assignment"]["state"] == "accepted"
    assert redispatch(city, case, after=timedelta(hours=5)) == 0


def test_redispatch_moves_offered_case_after_last_round(city, report):
    publish(city, max_rounds=1, redispatch=RULES)
    offered_worker, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    stand(offered_worker, **city.in_grid("g1"))
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    phone = PullClient(offered_worker).pull()
    move_away(city, offered_worker)
    stand(other, **city.in_grid("g1"))
    assert jobs.run_redispatch(clock.now(), limit=10_000) >= 1
    assert incident(other, case)["assignment"]["worker"]["id"] == str(other.id)
    [row] = [data for (entity, _), data in phone.pull().rows.items() if entity == "offer"]
    assert (row["state"], row["because"]) == ("withdrawn", "moved_away")


def test_redispatch_frees_worker_with_open_sos_without_naming_it(city, scene):
    holder, other, case = scene
    publish_rules(city, moves_most=0)
    off_duty(other)
    call_for_help(holder)
    assert redispatch(city, case) == 1
    after = incident(city.supervisor(), case)
    assert (after["status"], after["assignment"]) == ("filed", None)
    run = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert run["moved"]["because"] == "unavailable"
    assert "此刻不便承办" in run["sentence"]["zh"]


@pytest.mark.parametrize("order", ["lock", "pin", "on_scene", "start"])
def test_redispatch_keeps_case_that_is_started_on_scene_locked_or_pinned(city, scene, step, order):
    holder, other, case = scene
    move_away(city, holder)
    stand(other, **city.in_grid("g1"))
    match order:
        case "lock":
            step(city.supervisor(), case, "lock", note="police")
        case "pin":
            step(city.supervisor(), case, "pin", note="hers", worker_id=str(holder.id))
        case "start":
            step(holder, case, "start")
        case "on_scene":
            holder.post(f"/assignments/{case['assignment']['id']}/transitions", {"action": "on_scene"})
    assert redispatch(city, case) == 0


@pytest.mark.parametrize("because", ["upgraded", "eta_slipped"])
def test_redispatch_moves_upgraded_or_late_case_to_nearer_worker(city, scene, because):
    holder, other, case = scene
    publish_rules(city, moved_away_m=100_000)
    move_away(city, holder)
    stand(other, **city.in_grid("g1"))
    assert redispatch(city, case) == 0
    change = "priority = 1" if because == "upgraded" else "due_at = :soon"
    with db.transaction(SYSTEM) as session:
        binds = {"i": case["id"], "soon": clock.now() + timedelta(minutes=20)}
        session.execute(text(f"update incident set {change} where id = :i"), binds)
    assert redispatch(city, case) == 1
    run = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert (run["moved"]["because"], run["worker_id"]) == (because, str(other.id))


def test_redispatch_moves_nothing_when_profile_has_no_causes(city, scene):
    holder, other, case = scene
    publish_rules(city, on=[])
    move_away(city, holder)
    stand(other, **city.in_grid("g1"))
    assert redispatch(city, case) == 0
