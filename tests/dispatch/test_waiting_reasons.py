"""Reasons why a case has no assignment, with their sentences in both languages."""

import pytest
from sqlalchemy import text

from app.boards.rules.sentences import WAITING_SENTENCES
from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.dispatch.rules.batch import ASKED_ENOUGH, LOST_RACE
from app.dispatch.rules.run_sentences import outcome_sentences
from app.incidents import service as incidents
from app.incidents.cases.rules.waiting_reasons import LOCKED, RETRIED
from tests.dispatch.acts import on_duty, solve
from tests.factories import Person
from tests.sample_sizes import drawn_share


@pytest.fixture
def case_by_reason(city, report, step, accept):
    """For each reason how a case comes to wait for it. Each returns the case's id."""
    boss, reporter = city.supervisor("d"), city.worker("g3", on_duty=False, name="报告人")
    place = city.in_grid("g1")

    def holder(case):
        worker_id = case["assignment"]["worker"]["id"]
        with db.read_session() as session:
            sql = text("select username from account where id = cast(:i as uuid)")
            return Person(worker_id, session.execute(sql, {"i": worker_id}).scalar_one(), boss.client)

    def locked():
        worker = city.worker("g1")
        case = report(reporter, place)
        step(boss, case, "lock", note="police")
        worker.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "too far"})
        return case["id"]

    def declined(times):
        for n in range(times):
            city.worker("g1", name=f"工{n}")
        case = report(reporter, place)
        while (shown := boss.get(f"/incidents/{case['id']}").json)["assignment"] is not None:
            path = f"/assignments/{shown['assignment']['id']}/decline"
            assert holder(shown).post(path, {"reason": "too far"}).status_code == 200
        return case["id"]

    def returned():
        worker = city.worker("g1")
        case = report(reporter, place)
        accept(worker, case)
        step(worker, case, "return", note="not ours")
        return case["id"]

    def fed_back():
        worker = city.worker("g1")
        case = report(reporter, place)
        accept(worker, case)
        step(worker, case, "feed_back", note="done")
        return case["id"]

    def solved(first, *, category="E0102", workers=1, capacity=5, cases=1):
        people = [city.worker("g1", on_duty=False, capacity=capacity) for _ in range(workers)]
        made = [report(reporter, place, category=category) for _ in range(cases)]
        on_duty(*people)
        if first:
            with db.transaction(SYSTEM) as session:
                session.execute(text("update incident set priority = 1 where id = :i"), {"i": made[0]["id"]})
        solve(city)
        return made[-1]["id"]

    def full():
        city.worker("g1", capacity=1)
        report(reporter, place)
        case_id = report(reporter, place)["id"]
        solve(city)
        return case_id

    def imported():
        case_id = uuid7()
        case = incidents.ImportedCase(
            id=case_id,
            **place,
            lon_sent=0.0,
            lat_sent=0.0,
            coord_sys="wgs84",
            category="E0102",
            words="",
            reported_at=clock.now(),
            closed_at=None,
        )
        with db.transaction(SYSTEM) as session:
            incidents.import_cases(session, SYSTEM, jurisdiction_id=city.jurisdiction_id, cases=[case])
        return str(case_id)

    def pinned():
        case = report(reporter, place)
        step(boss, case, "pin", note="knows it", worker_id=str(city.worker("g2", on_duty=False).id))
        return case["id"]

    def all_excluded():
        case_id = declined(1)
        solve(city)
        return case_id

    def on_the_spot():
        worker = city.worker("g1")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("secrets.randbelow", lambda _: 0)
            return report(worker, place, handled_on_the_spot={"note": "picked up"})["id"]

    about = {"kind": "worker", "id": str(reporter.id)}
    return {
        "no_grid": lambda: report(reporter, city.in_no_grid())["id"],
        "conduct": lambda: report(city.worker("g4"), place, category="E0690", about=about)["id"],
        "nobody_on_duty": lambda: report(reporter, place)["id"],
        "nobody_eligible": lambda: declined(1),
        "nobody_skilled": lambda: solved(False, category="E0603"),
        "all_excluded": all_excluded,
        "everyone_full": full,
        "outranked": lambda: solved(True, capacity=1, cases=2),
        "asked_enough": lambda: declined(9),
        "returned": returned,
        "no_checker": fed_back,
        "check_due": on_the_spot,
        "imported": imported,
        "waits_for_pinned": pinned,
        "locked": locked,
    }


# Who loses a race is tried again; what waits for a second has a lead (tests/incidents/test_second_workers.py), and what
# waits to be verified is not filed (tests/incidents/test_verification.py).
BESIDE = {LOST_RACE, "no_second", "no_verifier"}
REASONS = sorted({*RETRIED, ASKED_ENOUGH, LOCKED, "no_grid", "conduct", "returned", "imported"} - BESIDE)


@pytest.mark.wide
@pytest.mark.parametrize("reason", drawn_share(REASONS, one_in=2, name="waiting reasons"))
def test_waiting_reason_is_listed_in_queue_and_explained_by_sentences(city, case_by_reason, reason):
    case = case_by_reason[reason]()
    boss = city.supervisor("d")
    shown = boss.get(f"/incidents/{case}").json
    assert (shown["assignment"], shown["waiting"]["reason"]) == (None, reason)
    listed = boss.get(f"/supervision/queue?reason={reason}&limit=200").json["items"]
    item = next(entry for entry in listed if entry["incident"]["id"] == case)
    assert item["sentence"] == WAITING_SENTENCES[reason]
    assert item["sentence"]["en"] != reason != item["sentence"]["zh"]
    run = boss.get(f"/incidents/{case}/dispatch").json["runs"][-1]
    assert run["sentence"]["en"] and run["sentence"]["zh"]
    if run["outcome"] == "waiting":
        sentences = outcome_sentences(run["outcome"], run["reason"], None)
        assert sentences["en"] != run["reason"] != sentences["zh"]


def test_waiting_reasons_all_have_sentences():
    assert set(WAITING_SENTENCES) >= set(REASONS)
