"""Batch dispatch: waiting cases of a district are solved together by a periodic job."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock, db
from app.core.actor import SYSTEM
from app.dispatch import service as dispatch
from app.dispatch.rules import batch
from app.incidents import jobs, service
from tests.dispatch.acts import held, off_duty, on_duty, solve


@pytest.fixture
def runs(rows):
    def of(case):
        return rows(
            "select tier, outcome, reason, worker_id, candidates, batch_id, input_hash from dispatch_run "
            "where incident_id = :i order by at, recorded_at",
            i=case["id"],
        )

    return of


def test_batch_assigns_waiting_cases_to_workers_of_their_grids(city, report, runs, rows):
    reporter = city.worker("g3", on_duty=False)
    first, second = city.worker("g1", on_duty=False), city.worker("g2", on_duty=False)
    cases = [report(reporter, city.in_grid(grid)) for grid in ("g1", "g2", "g1")]
    assert {c["waiting"]["reason"] for c in cases} == {"nobody_on_duty"}
    on_duty(first, second)
    assert solve(city) == 3
    shown = [reporter.get(f"/incidents/{c['id']}").json for c in cases]
    assert [s["status"] for s in shown] == ["dispatched"] * 3
    assert [s["waiting"] for s in shown] == [None] * 3
    assert [s["assignment"]["worker"]["id"] for s in shown] == [str(p.id) for p in (first, second, first)]
    last = [runs(c)[-1] for c in cases]
    assert {(r.tier, r.outcome, r.reason) for r in last} == {(1, "offered", "responsible")}
    assert len({r.batch_id for r in last}) == 1
    assert len({r.input_hash for r in last}) == 1
    assert rows("select open_work from worker_load where worker_id = :w", w=first.id)[0][0] == 2
    stored = rows(
        "select demands, placed, input_hash, input from dispatch_batch where id = :b", b=last[0].batch_id
    )[0]
    assert (stored.demands, stored.placed, stored.input_hash) == (3, 3, last[0].input_hash)
    offers = rows("select count(*) from offer where incident_id = any(:i)", i=[UUID(c["id"]) for c in cases])
    follow_ups = rows(
        "select count(*) from jobs.procrastinate_jobs where task_name = 'incidents.follow_up' "
        "and args ->> 'incident_id' = any(:i) and scheduled_at > now() + interval '1 minute'",
        i=[c["id"] for c in cases],
    )
    assert (offers[0][0], follow_ups[0][0]) == (3, 3)
    events = [e["action"] for e in reporter.get(f"/incidents/{cases[0]['id']}/events").json["items"]]
    assert events[-1] == "dispatch"
    assert first.post(f"/assignments/{shown[0]['assignment']['id']}/accept").json["status"] == "accepted"


def test_batch_waits_for_hold_time_of_priority_and_includes_younger_cases(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    now = clock.now()
    with clock.at(now):
        assert report(reporter, city.in_grid("g1"))["priority"] == 3
    with clock.at(now + timedelta(seconds=59)):
        report(reporter, city.in_grid("g1"))
    on_duty(worker)
    assert solve(city, now + timedelta(seconds=59)) is None
    assert solve(city, now + timedelta(seconds=60)) == 2


def test_batch_does_not_hold_cases_of_highest_priority(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    now = clock.now()
    with clock.at(now):
        case = report(reporter, city.in_grid("g1"))
        with db.transaction(SYSTEM) as session:
            session.execute(text("update incident set priority = 1 where id = :i"), {"i": case["id"]})
        on_duty(worker)
    assert solve(city, now) == 1


def test_batch_writes_nothing_when_nothing_changed(city, report, rows, runs):
    reporter = city.worker("g3", on_duty=False)
    city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    before = (len(runs(case)), rows("select version from incident where id = :i", i=case["id"])[0][0])
    assert [solve(city), solve(city)] == [0, 0]
    assert (len(runs(case)), rows("select version from incident where id = :i", i=case["id"])[0][0]) == before


@pytest.fixture
def scene(city, report):
    """For each reason a city in which a case of an own kind waits for it. Returns the case."""
    reporter = city.worker("g3", on_duty=False, name="报告人")

    def nobody_skilled():
        worker = city.worker("g1", on_duty=False)
        case = report(reporter, city.in_grid("g1"), category="E0603")
        on_duty(worker)
        return case

    def everyone_full():
        city.worker("g1", capacity=1)
        report(reporter, city.in_grid("g1"))
        return report(reporter, city.in_grid("g1"))

    def all_excluded():
        worker = city.worker("g1")
        case = report(reporter, city.in_grid("g1"))
        worker.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "in a cellar"})
        return case

    def outranked():
        worker = city.worker("g1", capacity=1, on_duty=False)
        case = report(reporter, city.in_grid("g1"))
        other = report(reporter, city.in_grid("g1"))
        with db.transaction(SYSTEM) as session:
            session.execute(text("update incident set priority = 1 where id = :i"), {"i": other["id"]})
        on_duty(worker)
        return case

    return {
        batch.NOBODY_SKILLED: nobody_skilled,
        batch.EVERYONE_FULL: everyone_full,
        batch.ALL_EXCLUDED: all_excluded,
        batch.OUTRANKED: outranked,
    }


@pytest.mark.parametrize(
    "reason", [batch.NOBODY_SKILLED, batch.EVERYONE_FULL, batch.ALL_EXCLUDED, batch.OUTRANKED]
)
def test_batch_stores_reason_when_no_worker_is_eligible(city, scene, reason, runs):
    case = scene[reason]()
    supervisor = city.supervisor()
    solve(city)
    shown = supervisor.get(f"/incidents/{case['id']}").json
    assert shown["waiting"]["reason"] == reason
    assert (runs(case)[-1].tier, runs(case)[-1].reason) == (1, reason)
    item = next(
        i
        for i in supervisor.get(f"/supervision/queue?reason={reason}").json["items"]
        if i["incident"]["id"] == case["id"]
    )
    assert item["sentence"]["zh"] and item["sentence"]["en"]
    assert [e["action"] for e in supervisor.get(f"/incidents/{case['id']}/events").json["items"]][
        -1
    ] == "wait"


def test_batch_updates_waiting_reason_when_last_worker_goes_off_duty(city, report, runs):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", capacity=1)
    report(reporter, city.in_grid("g1"))
    case = report(reporter, city.in_grid("g1"))
    solve(city)
    assert runs(case)[-1].reason == batch.EVERYONE_FULL
    off_duty(worker)
    solve(city)
    assert runs(case)[-1].reason == batch.NOBODY_ON_DUTY


def test_batch_offers_one_case_when_worker_load_rose_meanwhile(city, report, runs, rows):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", capacity=2, on_duty=False)
    cases = [report(reporter, city.in_grid("g1")) for _ in range(2)]
    on_duty(worker)
    now = held()
    from app.incidents.dispatching.queries import batch as queries
    from app.incidents.dispatching.service import batch as batching
    from app.profiles import service as profiles

    with db.transaction(SYSTEM) as session:
        [district] = [
            d for d in service.due_districts(session, now=now, limit=9999) if d.area_id == city.areas["d"]
        ]
        profile = profiles.profile_at(session, district.jurisdiction_id, now)
        rules = profiles.settings_for(profile, area_id=district.area_id, at=now)
        incident_rows = queries.waiting(session, path=district.path, reasons=batching.RETRIED, limit=10)
        waiting, _ = batching._demands(session, {row["id"]: row for row in incident_rows}, now=now)
        context = dispatch.DispatchContext(profile, rules, now)
        solved = dispatch.solve_batch(session, context, waiting, area_id=district.area_id, path=district.path)
        assert (solved.decision.worker >= 0).all()
        with db.transaction(SYSTEM) as other:  # a report by the worker comes in between
            other.execute(
                text("update worker_load set open_work = open_work + 1 where worker_id = :w"),
                {"w": worker.id},
            )
        ids = {row["id"] for row in incident_rows}
        placed = dispatch.write_solution(session, context, solved, ids)
    assert sorted(p.outcome for p in placed.values()) == ["offered", "waiting"]
    assert {p.reason for p in placed.values()} == {"responsible", batch.LOST_RACE}
    assert rows("select open_work from worker_load where worker_id = :w", w=worker.id)[0][0] == 2
    assert sorted(runs(c)[-1].reason for c in cases) == [batch.LOST_RACE, "responsible"]


def test_batch_of_district_is_solved_by_one_of_two_concurrent_solvers(city, report, rows):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    with db.transaction(SYSTEM) as session:
        district = next(
            d for d in service.due_districts(session, now=held(), limit=9999) if d.area_id == city.areas["d"]
        )
        assert service.solve_district(session, district, now=held()) == 1
        with db.transaction(SYSTEM) as other:  # the first has not committed
            assert service.solve_district(other, district, now=held()) == 0
            assert not dispatch.try_lock_district(other, district.area_id)
            assert dispatch.try_lock_district(other, city.areas["s"]), "another district's solver goes on"
    assert len(rows("select 1 from assignment where incident_id = :i", i=case["id"])) == 1
    with db.transaction(SYSTEM) as session:  # and the lock is gone with the first
        assert service.solve_district(session, district, now=held()) == 0


def test_batch_skips_case_locked_by_other_transaction(city, report, rows):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    with db.transaction(SYSTEM) as session:
        session.execute(text("select 1 from incident where id = :i for update"), {"i": case["id"]})
        assert solve(city) == 0
    assert rows("select 1 from assignment where incident_id = :i", i=case["id"]) == []
    assert solve(city) == 1


def test_batch_assigns_waiting_check_to_worker_other_than_handler(city, report, accept, step):
    worker, other = city.worker("g1"), city.worker("g2", on_duty=False)
    case = report(city.worker("g3", on_duty=False), city.in_grid("g1"))
    accept(worker, case)
    assert step(worker, case, "feed_back", note="done").json["waiting"]["reason"] == "no_checker"
    assert solve(city) == 0
    on_duty(other)
    assert solve(city) == 1
    shown = worker.get(f"/incidents/{case['id']}").json
    assert (shown["status"], shown["assignment"]["role"]) == ("checking", "check")
    assert shown["assignment"]["worker"]["id"] == str(other.id)


def test_dispatch_job_solves_due_districts(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    jobs.run_due(held(), limit=10_000)
    assert reporter.get(f"/incidents/{case['id']}").json["assignment"]["worker"]["id"] == str(worker.id)


def test_ended_case_that_still_says_it_waits_does_not_stop_the_batch(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    ended, waiting = (report(reporter, city.in_grid("g1")) for _ in range(2))
    with db.transaction(SYSTEM) as session:
        session.execute(text("update incident set status = 'closed' where id = :id"), {"id": ended["id"]})
    assert solve(city) == 0
    on_duty(worker)
    assert solve(city) == 1
    assert reporter.get(f"/incidents/{waiting['id']}").json["status"] == "dispatched"
