"""Work that is not begun goes from somebody who will not come in time to somebody who will; nobody is bounced."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.incidents import jobs, service
from tests.dispatch.acts import call_for_help, off_duty, publish, stand
from tests.fieldapp.phone import Phone

RULES = {
    "on": ["shift_ended", "unavailable", "moved_away", "eta_slipped", "upgraded"],
    "moved_away_m": 1000,
    "gain_seconds": 300,
    "cool_down_minutes": 30,
    "moves_most": 1,
    "off_duty_minutes": 0,
}


def rule(city, **more: Any) -> None:
    """Publish the city's rules of passing work on."""
    publish(city, redispatch=RULES | more)


def move(city, case, after: timedelta = timedelta(0)) -> int:
    """What the tick does for one case."""
    now = clock.now() + after
    with db.read_session() as session:
        found = [
            one
            for one in service.slipping(session, now=now, limit=10_000)
            if str(one.incident_id) == case["id"]
        ]
    moved = 0
    for one in found:
        with db.transaction(SYSTEM) as session:
            moved += service.move_on(session, one, now=now)
    return moved


@pytest.fixture
def scene(city, report, accept):
    """The worker of g1 has accepted a case near to her, and another one of g2 could take it."""
    rule(city)
    holder, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    place = city.in_grid("g1")
    stand(holder, **place)
    case = report(city.worker("g3", on_duty=False), place)
    return holder, other, accept(holder, case).json


def leave(city, person) -> None:
    """Her newest place is 4 km off."""
    far = city.at(1.9, 0.1)
    with db.transaction(SYSTEM) as session:
        sql = "update worker_position set geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) where worker_id = :w"
        assert session.execute(text(sql), far | {"w": person.id}).rowcount == 1


def shown(person, case):
    return person.get(f"/incidents/{case['id']}").json


def test_who_has_moved_away_gives_place_to_who_is_nearer_and_reads_why(city, scene, rows):
    holder, other, case = scene
    phone = Phone(holder).pull()
    assert move(city, case) == 0
    leave(city, holder)
    assert move(city, case) == 0  # the other one may be anywhere
    stand(other, **city.in_grid("g1"))
    assert move(city, case) == 1
    after = shown(other, case)
    assert (after["status"], after["assignment"]["worker"]["id"]) == ("dispatched", str(other.id))
    row = phone.pull().rows["assignment", case["assignment"]["id"]]
    assert (row["state"], row["ended_because"]) == ("withdrawn", "moved_away")
    run = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert (run["moved"]["from"], run["moved"]["because"]) == (str(holder.id), "moved_away")
    assert run["moved"]["gain_s"] > 300
    assert run["sentence"]["zh"].startswith("甲已远离现场，改派更近的人员。可节省约")
    assert run["sentence"]["en"].startswith(
        "甲 has moved too far from the place; another worker is nearer. It saves"
    )
    hers = next(v for v in run["candidates"] if v["worker_id"] == str(holder.id))
    assert (hers["eligible"], hers["reason"]) == (False, "moved_on")
    event = next(
        e for e in other.get(f"/incidents/{case['id']}/events").json["items"] if e["action"] == "move_on"
    )
    assert (event["from_status"], event["to_status"]) == ("accepted", "filed")
    # How much nearer is for those who direct the case.
    assert "gain_s" not in event["detail"]
    hers = other.get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert (hers["moved"]["gain_s"], "节省" in hers["sentence"]["zh"]) == (None, False)
    assert rows("select open_work from worker_load where worker_id = :w", w=holder.id)[0][0] == 0


def test_nobody_is_moved_for_little(city, scene):
    holder, other, case = scene
    rule(city, gain_seconds=80_000)
    leave(city, holder)
    stand(other, **city.in_grid("g1"))
    assert move(city, case) == 0


def test_a_case_rests_after_a_move_and_is_moved_so_often_at_most(city, scene, accept):
    holder, other, case = scene
    third = city.worker("g1", name="丁")
    rule(city, moves_most=2)
    off_duty(holder)
    stand(third, **city.in_grid("g1"))
    assert move(city, case) == 1
    taken = accept(third, shown(third, case)).json
    off_duty(third)
    assert move(city, case) == 0  # it rests
    assert move(city, case, after=timedelta(minutes=31)) == 1
    last = accept(other, shown(other, case)).json
    assert (taken["status"], last["status"]) == ("accepted", "accepted")
    city.worker("g1", name="戊")
    off_duty(other)
    assert move(city, case, after=timedelta(minutes=90)) == 0  # twice is enough
    assert shown(other, case)["assignment"]["worker"]["id"] == str(other.id)


def test_work_of_somebody_off_duty_stays_with_her_where_nobody_else_can_take_it(city, scene):
    holder, other, case = scene
    off_duty(holder, other)
    assert move(city, case) == 0
    assert shown(holder, case)["assignment"]["worker"]["id"] == str(holder.id)


def test_what_she_reported_off_duty_in_her_own_grid_stays_hers(city, report):
    rule(city)
    worker = city.worker("g1")
    off_duty(worker)
    city.worker("g2")
    case = report(worker, city.in_grid("g1"))
    assert case["assignment"]["state"] == "accepted"
    assert move(city, case, after=timedelta(hours=5)) == 0


def test_what_is_only_offered_moves_on_too_and_however_often_it_was_offered(city, report):
    publish(city, max_rounds=1, redispatch=RULES)
    asked, other = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    stand(asked, **city.in_grid("g1"))
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    phone = Phone(asked).pull()
    leave(city, asked)
    stand(other, **city.in_grid("g1"))
    assert jobs.run_moves(clock.now(), limit=10_000) >= 1
    assert shown(other, case)["assignment"]["worker"]["id"] == str(other.id)
    [row] = [data for (entity, _), data in phone.pull().rows.items() if entity == "offer"]
    assert (row["state"], row["because"]) == ("withdrawn", "moved_away")


def test_whoever_calls_for_help_is_relieved_at_once_and_nobody_reads_why(city, scene):
    holder, other, case = scene
    rule(city, moves_most=0)
    off_duty(other)
    call_for_help(holder)
    assert move(city, case) == 1
    after = shown(city.supervisor(), case)
    assert (after["status"], after["assignment"]) == ("filed", None)
    told = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert told["moved"]["because"] == "unavailable"
    assert "此刻不便承办" in told["sentence"]["zh"]


@pytest.mark.parametrize("order", ["lock", "pin", "on_scene", "start"])
def test_what_is_begun_locked_or_pinned_to_her_stays_hers(city, scene, step, order):
    holder, other, case = scene
    leave(city, holder)
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
    assert move(city, case) == 0


@pytest.mark.parametrize("because", ["upgraded", "eta_slipped"])
def test_a_more_pressing_case_or_a_late_way_goes_to_who_is_nearer(city, scene, because):
    holder, other, case = scene
    rule(city, moved_away_m=100_000)
    leave(city, holder)
    stand(other, **city.in_grid("g1"))
    assert move(city, case) == 0
    change = "priority = 1" if because == "upgraded" else "due_at = :soon"
    with db.transaction(SYSTEM) as session:
        binds = {"i": case["id"], "soon": clock.now() + timedelta(minutes=20)}
        session.execute(text(f"update incident set {change} where id = :i"), binds)
    assert move(city, case) == 1
    run = city.supervisor().get(f"/incidents/{case['id']}/dispatch").json["runs"][-1]
    assert (run["moved"]["because"], run["worker_id"]) == (because, str(other.id))


def test_a_profile_that_names_no_cause_moves_nothing(city, scene):
    holder, other, case = scene
    rule(city, on=[])
    leave(city, holder)
    stand(other, **city.in_grid("g1"))
    assert move(city, case) == 0
