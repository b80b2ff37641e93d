"""What waits is solved together, a district at a time, by the job that runs every ten seconds."""

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


def test_what_waited_is_given_out_in_one_batch_each_to_her_own_grid(city, report, runs, rows):
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
    kept = rows(
        "select demands, placed, input_hash, input from dispatch_batch where id = :b", b=last[0].batch_id
    )[0]
    assert (kept.demands, kept.placed, kept.input_hash) == (3, 3, last[0].input_hash)
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


def test_a_case_is_held_as_long_as_its_priority_allows_and_takes_others_along(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    now = clock.now()
    with clock.at(now):
        assert report(reporter, city.in_grid("g1"))["priority"] == 3
    with clock.at(now + timedelta(seconds=59)):
        report(reporter, city.in_grid("g1"))
    on_duty(worker)
    assert solve(city, now + timedelta(seconds=59)) is None
    assert solve(city, now + timedelta(seconds=60)) == 2


def test_the_most_pressing_are_not_held_at_all(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    now = clock.now()
    with clock.at(now):
        case = report(reporter, city.in_grid("g1"))
        with db.transaction(SYSTEM) as session:
            session.execute(text("update incident set priority = 1 where id = :i"), {"i": case["id"]})
        on_duty(worker)
    assert solve(city, now) == 1


def test_nothing_is_written_while_nothing_has_changed(city, report, rows, runs):
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
def test_who_gets_nobody_is_told_which_rule_kept_everybody_out(city, scene, reason, runs):
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


def test_nobody_on_duty_any_more_is_said_when_it_becomes_so(city, report, runs):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", capacity=1)
    report(reporter, city.in_grid("g1"))
    case = report(reporter, city.in_grid("g1"))
    solve(city)
    assert runs(case)[-1].reason == batch.EVERYONE_FULL
    off_duty(worker)
    solve(city)
    assert runs(case)[-1].reason == batch.NOBODY_ON_DUTY


def test_a_worker_who_was_filled_meanwhile_takes_no_more_and_the_loser_is_told(city, report, runs, rows):
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
        found = queries.waiting(session, path=district.path, reasons=batching.RETRIED, limit=10)
        waiting, _ = batching._demands(session, {row["id"]: row for row in found}, now=now)
        solved = dispatch.solve_batch(
            session,
            waiting,
            area_id=district.area_id,
            path=district.path,
            profile=profile,
            settings=rules,
            now=now,
        )
        assert (solved.decision.worker >= 0).all()
        with db.transaction(SYSTEM) as other:  # a report of hers comes in between
            other.execute(
                text("update worker_load set open_work = open_work + 1 where worker_id = :w"),
                {"w": worker.id},
            )
        ids = {row["id"] for row in found}
        placed = dispatch.give_out(session, solved, ids, profile=profile, settings=rules, now=now)
    assert sorted(p.outcome for p in placed.values()) == ["offered", "waiting"]
    assert {p.reason for p in placed.values()} == {"responsible", batch.LOST_RACE}
    assert rows("select open_work from worker_load where worker_id = :w", w=worker.id)[0][0] == 2
    assert sorted(runs(c)[-1].reason for c in cases) == [batch.LOST_RACE, "responsible"]


def test_two_solvers_at_once_one_works_and_the_other_leaves_it(city, report, rows):
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
            assert not dispatch.is_mine_to_solve(other, district.area_id)
            assert dispatch.is_mine_to_solve(other, city.areas["s"]), "another district's solver goes on"
    assert len(rows("select 1 from assignment where incident_id = :i", i=case["id"])) == 1
    with db.transaction(SYSTEM) as session:  # and the lock is gone with the first
        assert service.solve_district(session, district, now=held()) == 0


def test_a_case_that_somebody_is_at_work_on_stays_with_them(city, report, rows):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    with db.transaction(SYSTEM) as session:
        session.execute(text("select 1 from incident where id = :i for update"), {"i": case["id"]})
        assert solve(city) == 0
    assert rows("select 1 from assignment where incident_id = :i", i=case["id"]) == []
    assert solve(city) == 1


def test_a_check_that_nobody_could_make_is_given_to_somebody_else_than_the_handler(
    city, report, accept, step
):
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


def test_the_tick_solves_what_is_due(city, report):
    reporter, worker = city.worker("g3", on_duty=False), city.worker("g1", on_duty=False)
    case = report(reporter, city.in_grid("g1"))
    on_duty(worker)
    jobs.run_due(held(), limit=10_000)
    assert reporter.get(f"/incidents/{case['id']}").json["assignment"]["worker"]["id"] == str(worker.id)
