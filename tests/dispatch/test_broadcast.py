"""Broadcast offers: several workers are offered a case, the first acceptance wins."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core import clock, db
from app.core.actor import SYSTEM
from app.incidents import jobs, service
from tests.dispatch.acts import off_duty, publish
from tests.sync.pull_client import PullClient


@pytest.fixture
def offers(rows):
    def of(case):
        sql = "select worker_id, state, because from offer where incident_id = :i order by offered_at, id"
        return {row.worker_id: (row.state, row.because) for row in rows(sql, i=case["id"])}

    return of


@pytest.fixture
def workers(city):
    return [
        city.worker(grid, name=name)
        for grid, name in (("g1", "甲"), ("g1", "乙"), ("g2", "丙"), ("g3", "丁"))
    ]


@pytest.fixture
def scene(city, workers, report):
    """All small matters are asked of three at once; a case that has been."""
    publish(city, broadcast={"priorities": [3], "most": 3})
    reporter = city.worker("g4", on_duty=False, name="戊")
    return reporter, report(reporter, city.in_grid("g1"))


def withdraw_from_absent(case):
    """Do the step of the job for this case alone: the job takes it up among those of the whole database."""
    now = clock.now()
    with db.read_session() as session:
        assert UUID(case["id"]) in service.cases_of_absent(session, now=now, limit=10_000)
    with db.transaction(SYSTEM) as session:
        assert service.withdraw_from_absent(session, incident_id=UUID(case["id"]), now=now)


def answer_offer(person, case, how="accept", **body):
    return person.post(f"/assignments/{case['assignment']['id']}/{how}", body)


def test_broadcast_gives_case_to_first_acceptance_and_withdraws_other_offers(
    city, workers, scene, offers, rows
):
    first, second, third, fourth = workers
    reporter, case = scene
    assert (case["status"], case["assignment"]["state"], case["assignment"]["worker"]) == (
        "dispatched",
        "open",
        None,
    )
    assert offers(case) == {p.id: ("offered", None) for p in (first, second, third)}
    loads = "select open_work from worker_load where worker_id = any(:w) order by open_work"
    assert [r[0] for r in rows(loads, w=[p.id for p in workers])] == [0, 0, 0, 0]
    phones = {p.id: PullClient(p).pull() for p in (first, third, fourth)}
    assert {len(phone.ids("offer")) for phone in (phones[first.id], phones[third.id])} == {1}
    assert case["id"] in phones[third.id].ids("incident")
    assert [a["state"] for a in third.get("/assignments").json["items"]] == ["open"]
    assert answer_offer(fourth, case).status_code == 404  # never asked
    won = answer_offer(third, case)
    assert (won.status_code, won.json["status"]) == (200, "accepted")
    assert won.json["assignment"]["worker"]["id"] == str(third.id)
    assert answer_offer(third, case).status_code == 200
    assert (answer_offer(first, case).status_code, answer_offer(first, case).json["code"]) == (
        409,
        "assignment_taken",
    )
    assert offers(case) == {
        third.id: ("accepted", None),
        first.id: ("withdrawn", "taken_by_other"),
        second.id: ("withdrawn", "taken_by_other"),
    }
    assert [r[0] for r in rows(loads, w=[p.id for p in workers])] == [0, 0, 0, 1]
    [row] = [v for (entity, _), v in phones[first.id].pull().rows.items() if entity == "offer"]
    assert (row["state"], row["because"]) == ("withdrawn", "taken_by_other")
    explanation = reporter.get(f"/incidents/{case['id']}/dispatch").json
    assert explanation["runs"][-1]["outcome"] == "broadcast"
    assert explanation["runs"][-1]["sentence"]["zh"].startswith("同时派给3人，先接受者承办。")
    assert any("他人先于甲接受" in offer["sentence"]["zh"] for offer in explanation["offers"])


def test_broadcast_case_is_pulled_by_offered_workers_until_taken(city, workers, report):
    publish(city, broadcast={"priorities": [3], "most": 4})
    first, far = workers[0], workers[3]  # far: of another community, so the case is visible only by the offer
    phone = PullClient(far).pull()
    case = report(city.worker("g4", on_duty=False), city.in_grid("g1"))
    assert case["id"] in phone.pull().ids("incident")
    assert answer_offer(first, case).status_code == 200
    assert case["id"] not in phone.pull().ids("incident")
    assert answer_offer(far, case).status_code == 404


def test_broadcast_continues_until_all_offered_workers_declined(city, workers, scene, offers):
    first, second, third, fourth = workers
    _, case = scene
    after = answer_offer(first, case, "decline", reason="too far").json
    assert after["assignment"]["state"] == "open"
    answer_offer(second, case, "decline", reason="too far")
    last = answer_offer(third, case, "decline", reason="too far").json
    # A broadcast happens once: the next offer goes to a single worker.
    assert (last["assignment"]["state"], last["assignment"]["worker"]["id"]) == ("offered", str(fourth.id))
    assert {offers(case)[p.id][0] for p in (first, second, third)} == {"declined"}


def test_broadcast_offers_end_as_expired_or_undelivered_when_unanswered(city, workers, scene, offers):
    first, second, third, fourth = workers
    reporter, case = scene
    explained_offers = reporter.get(f"/incidents/{case['id']}/dispatch").json["offers"]
    offer_id = next(o["id"] for o in explained_offers if o["worker_id"] == str(first.id))
    assert first.post(f"/offers/{offer_id}/delivered").status_code == 204
    jobs.run_case(UUID(case["id"]), clock.now() + timedelta(days=5))
    states = offers(case)
    assert {p.id: states[p.id][0] for p in workers} == {
        first.id: "expired",
        second.id: "undelivered",
        third.id: "undelivered",
        fourth.id: "offered",
    }


def test_broadcast_offer_is_withdrawn_when_worker_goes_off_duty(city, workers, scene, offers):
    first, second, third, _ = workers
    _, case = scene
    off_duty(first)
    withdraw_from_absent(case)
    assert [offers(case)[p.id][0] for p in (first, second, third)] == ["withdrawn", "offered", "offered"]
    off_duty(second, third)
    withdraw_from_absent(case)
    assert [offers(case)[p.id][0] for p in (second, third)] == ["withdrawn", "withdrawn"]


def test_broadcast_acceptance_is_refused_when_worker_is_full(city, report):
    publish(city, broadcast={"priorities": [3], "most": 3})
    worker = city.worker("g1", capacity=1)
    reporter = city.worker("g4", on_duty=False)
    first_case, second_case = (report(reporter, city.in_grid("g1")) for _ in range(2))
    assert answer_offer(worker, first_case).status_code == 200
    refused = answer_offer(worker, second_case)
    assert (refused.status_code, refused.json["reason"]) == (409, "full")


def test_broadcast_after_rings_repeats_unanswered_offers_once(city, report, offers):
    publish(city, broadcast={"after_rings": True, "most": 5})
    silent, refusing = city.worker("g1", name="甲"), city.worker("g2", name="乙")
    reporter = city.worker("g4", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    assert case["assignment"]["state"] == "offered"
    jobs.run_case(UUID(case["id"]), clock.now() + timedelta(days=5))
    second = reporter.get(f"/incidents/{case['id']}").json
    assert second["assignment"]["worker"]["id"] == str(refusing.id)
    answer = answer_offer(refusing, second, "decline", reason="too far").json
    assert answer["assignment"]["state"] == "open"
    assert offers(case)[silent.id] == ("offered", None)
    runs = reporter.get(f"/incidents/{case['id']}/dispatch").json["runs"]
    outcomes = [(r["outcome"], r["reason"]) for r in runs]
    assert outcomes.index(("waiting", "nobody_eligible")) + 1 == outcomes.index(
        ("broadcast", "broadcast_rings")
    )
    jobs.run_case(UUID(case["id"]), clock.now() + timedelta(days=15))
    ended = reporter.get(f"/incidents/{case['id']}").json
    assert (ended["assignment"], ended["waiting"]["reason"]) == (None, "nobody_eligible")
