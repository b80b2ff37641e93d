"""Days plan themselves: in the morning, when something changes, and never for nothing; phones get the plan, and lose it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import read_session, snapshot_session, transaction
from app.planning import jobs, service
from tests.live.processes import as_job_worker
from tests.planning.worlds import TOMORROW, at, hire, homes, ids, plan_of, plan_shift, reasons, replan, report
from tests.sync.pull_client import PullClient


def run_due_changes(now):
    """As the minutes pass: other tests' days change too, and are done by the way."""
    while jobs.plan_changes(now):
        pass


def version(worker):
    return plan_of(worker, worker)["version"]


def test_morning_job_plans_day_with_shift_once(square_city, worker):
    household_ids = homes(square_city, (0.1, 0.1), (0.2, 0.5))
    early, morning = at(4.5), at(6)
    jobs.plan_mornings(early)
    assert worker.get(f"/workers/{worker.id}/plan", day=str(TOMORROW)).status_code == 404
    assert jobs.plan_mornings(morning) >= 1
    plan = plan_of(worker, worker)
    assert sorted(ids(plan)) == sorted(household_ids) and plan["cause"] == "morning"
    jobs.plan_mornings(morning)
    assert plan_of(worker, worker) == plan


def test_morning_job_plans_early_shift_before_it_begins(square_city, person):
    early = hire(person, Role.WORKER, square_city.ids["-g2"], grid=square_city.ids["-g2"])
    plan_shift(early, 3, 9)
    jobs.plan_mornings(at(0.5))
    assert early.get(f"/workers/{early.id}/plan", day=str(TOMORROW)).status_code == 404
    jobs.plan_mornings(at(1.5))
    assert plan_of(early, early)["since"][:16] == at(3).isoformat()[:16]


@pytest.mark.parametrize("change", ["home", "visit", "case", "shift", "pin", "absence"])
def test_day_is_replanned_when_its_facts_change(square_city, worker, supervisor, person, change, sql):
    old, other = homes(square_city, (0.1, 0.1), (0.2, 0.5))
    replan(worker, worker)
    run_due_changes(at(8))
    was = version(worker)
    match change:
        case "home":
            (new,) = homes(square_city, (0.3, 0.9))
            expected = {old, other, new}
        case "visit":
            worker.post(
                f"/households/{old}/visits", {"id": "01890000-0000-7000-8000-" + old[-12:], "outcome": "done"}
            )
            expected = {other}
        case "case":
            expected = {old, other, report(worker, square_city, 0.3, 0.3)["id"]}
        case "shift":
            sql("update shift set deleted_at = now() where worker_id = :w", w=worker.id)
            expected = set()
        case "pin":
            path = f"/workers/{worker.id}/plan/stops/{old}/pin"
            assert worker.post(path, {"day": str(TOMORROW), "at": at(15).isoformat()}).status_code == 200
            was, expected = version(worker) - 1, {old, other}
        case "absence":
            substitute = hire(person, Role.WORKER, square_city.ids["-g2"], grid=square_city.ids["-g2"])
            body = {
                "substitute_id": str(substitute.id),
                "since": at(0).isoformat(),
                "until": at(24).isoformat(),
                "reason": "sick",
            }
            answer = supervisor.post(f"/workers/{worker.id}/substitute", body)
            assert answer.status_code in (200, 201), answer.json
            expected = set()
    run_due_changes(at(8))
    plan = plan_of(worker, worker)
    assert set(ids(plan)) == expected
    assert plan["version"] > was


def test_day_is_not_replanned_when_change_is_irrelevant(square_city, worker, sql):
    (home,) = homes(square_city, (0.1, 0.1))
    replan(worker, worker)
    run_due_changes(at(8))
    before = plan_of(worker, worker)
    (changes,) = sql(
        "select count(*) n from change_log where entity = 'day_plan' and row_id = :id", id=before["id"]
    )
    # A household of the grid changes in a field that no plan uses.
    answer = worker.patch(f"/households/{home}", {"label": "东侧"}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.json
    (due,) = [d for d in _changed(at(8)) if d[0] == worker.id] or [None]
    assert due is not None  # it is looked at
    run_due_changes(at(8))
    assert [d for d in _changed(at(8)) if d[0] == worker.id] == []
    after = plan_of(worker, worker)
    assert (after["version"], after["made_at"]) == (before["version"], before["made_at"])
    assert sql(
        "select count(*) n from change_log where entity = 'day_plan' and row_id = :id", id=before["id"]
    ) == [changes]


def _changed(now):
    with read_session() as session:
        return service.changed_days(session, now=now, limit=10_000)


@pytest.mark.parametrize("is_somebody_busy", [False, True], ids=["alone", "while a transaction stays open"])
def test_plan_of_older_snapshot_does_not_replace_newer_plan(square_city, worker, is_somebody_busy):
    with transaction(SYSTEM) as busy:
        if is_somebody_busy:
            # From now on it is the oldest that runs, in the older snapshot and in the newer one.
            busy.execute(text("select pg_current_xact_id()"))
        (home,) = homes(square_city, (0.1, 0.1))
        with snapshot_session() as session:
            old = service.gather_day(session, worker_id=worker.id, day=TOMORROW, now=clock.now())
        (new,) = homes(square_city, (0.3, 0.9))
        assert sorted(ids(replan(worker, worker))) == sorted([home, new])
        (route,) = service.solve_days([old])
        with transaction(SYSTEM) as session:
            assert not service.store_plan(session, old, route, cause="asked")
        assert sorted(ids(plan_of(worker, worker))) == sorted([home, new])
        # Nor is a newer plan said to be of an older snapshot, which would have it planned for nothing.
        newest = _seen_snapshot(worker)
        with transaction(SYSTEM) as session:
            same = replace(old, plan_id=UUID(plan_of(worker, worker)["id"]), plan_digest=old.digest)
            assert not service.store_plan(session, same, route, cause="change")
        assert _seen_snapshot(worker) == newest


def _seen_snapshot(worker):
    with read_session() as session:
        return session.scalar(text("select seen from day_plan where worker_id = :id"), {"id": worker.id})


def test_plan_is_synced_to_phone_of_its_worker_only(square_city, worker, supervisor, person):
    (home,) = homes(square_city, (0.1, 0.1))
    case = report(worker, square_city, 0.2, 0.2)
    replan(worker, worker)
    own_phone = PullClient(_Caller(worker)).pull()
    (row,) = [data for (entity, _), data in own_phone.rows.items() if entity == "day_plan"]
    assert sorted(ids(row)) == sorted([home, case["id"]])
    assert "address" not in str(row) and "household" not in row["stops"][0]
    assert PullClient(_Caller(supervisor)).pull().ids("day_plan") == set()
    # It comes again when the day changes, and ends with its day.
    (new,) = homes(square_city, (0.3, 0.9))
    replan(worker, worker)
    own_phone.pull()
    assert sorted(ids(own_phone.rows["day_plan", row["id"]])) == sorted([home, new, case["id"]])
    assert own_phone.until["day_plan", row["id"]][:10] == str(TOMORROW + timedelta(days=1))
    assert reasons(row) == {}


def test_plans_and_pins_are_deleted_after_retention_days(square_city, worker, sql, settings):
    (home,) = homes(square_city, (0.1, 0.1))
    plan = replan(worker, worker)
    worker.post(
        f"/workers/{worker.id}/plan/stops/{home}/pin", {"day": str(TOMORROW), "at": at(15).isoformat()}
    )
    for days, left in ((7, 1), (8, 0)):
        # The app itself deletes nothing: it is the jobs' role that may.
        with as_job_worker(settings), transaction(SYSTEM) as session:
            service.delete_old_plans(session, at(1) + timedelta(days=days), days=7)
        assert len(sql("select 1 from day_plan where id = :id", id=plan["id"])) == left
        assert len(sql("select 1 from plan_pin where worker_id = :w", w=worker.id)) == left


class _Caller:
    """The square city's person, as the small phone calls."""

    def __init__(self, person):
        self.person = person

    def get(self, path):
        return self.person.call("GET", path)
