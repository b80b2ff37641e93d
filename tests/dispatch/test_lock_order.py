"""Concurrent transactions on offers and loads finish without a deadlock."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event

from app.core import clock, db
from app.incidents import jobs
from tests.live.databases import plain
from tests.live.races import overload

# How long a thread waits at the crossing for the other one, which may wait for a lock of this one.
PATIENCE_S = 1.5


@contextmanager
def crossing(at: str) -> Iterator[list[type]]:
    """Two threads each wait once, before the first statement that contains `at`, until both are there. Yields the
    errors that PostgreSQL has raised meanwhile."""
    errors: list[type] = []
    barrier, been = threading.Barrier(2), threading.local()

    def meet(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if at in statement and not hasattr(been, "there"):
            been.there = True
            # Broken where the other one waits for a lock of this one: that is in order.
            with suppress(threading.BrokenBarrierError):
                barrier.wait(PATIENCE_S)

    def note(context: Any) -> None:
        errors.append(type(context.original_exception))

    engine = db.engine()
    event.listen(engine, "before_cursor_execute", meet)
    event.listen(engine, "handle_error", note)
    try:
        yield errors
    finally:
        event.remove(engine, "before_cursor_execute", meet)
        event.remove(engine, "handle_error", note)


def run_concurrently(*acts: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [done.result(20) for done in [pool.submit(act) for act in acts]]


def expire_offer(case: dict[str, Any]) -> None:
    """What the follow-up of a case does whose offer has passed its time."""
    jobs.run_case(UUID(case["id"]), clock.now())


def end_offers_of(owner: Any, *cases: dict[str, Any]) -> None:
    sql = "update offer set expires_at = clock_timestamp() where incident_id = any(%s)"
    owner.execute(sql, [[UUID(c["id"]) for c in cases]])


@pytest.fixture
def owner(settings) -> Iterator[Any]:
    with psycopg.connect(plain(settings.database_url), autocommit=True) as connection:
        yield connection


@pytest.fixture
def offered_cases(city, report) -> list[tuple[Any, dict[str, Any]]]:
    """Two workers of neighbouring grids, each asked for a case of the own grid: each is the next in line of the other."""
    workers = [city.worker(grid) for grid in ("g1", "g2")]
    reporter = city.worker("g3", on_duty=False)
    cases = [report(reporter, city.in_grid(grid)) for grid in ("g1", "g2")]
    assert [c["assignment"]["worker"]["id"] for c in cases] == [str(w.id) for w in workers]
    return list(zip(workers, cases, strict=True))


@pytest.mark.parametrize("ends", ["expire", "decline", "both"])
def test_concurrently_ended_offers_move_to_each_others_worker_without_deadlock(
    city, offered_cases, rows, owner, ends
):
    def decline(person: Any, case: dict[str, Any]) -> None:
        answer = person.post(f"/assignments/{case['assignment']['id']}/decline", {"reason": "太远"})
        assert answer.status_code == 200, answer.json

    (first_worker, first_case), (second_worker, second_case) = offered_cases
    first = (
        (lambda: decline(first_worker, first_case))
        if ends == "decline"
        else (lambda: expire_offer(first_case))
    )
    second = (
        (lambda: decline(second_worker, second_case))
        if ends != "expire"
        else (lambda: expire_offer(second_case))
    )
    end_offers_of(owner, *{"expire": (first_case, second_case), "decline": (), "both": (first_case,)}[ends])
    with crossing("insert into dispatch_run") as errors:
        run_concurrently(first, second)
    assert psycopg.errors.DeadlockDetected not in errors
    live = rows(
        "select incident_id, worker_id from assignment where incident_id = any(:ids) and state = 'offered'",
        ids=[UUID(first_case["id"]), UUID(second_case["id"])],
    )
    assert dict(map(tuple, live)) == {
        UUID(first_case["id"]): second_worker.id,
        UUID(second_case["id"]): first_worker.id,
    }
    assert overload(owner, city) == []


def test_load_of_worker_filled_meanwhile_is_not_locked(city, settings, owner):
    """Two choices wait for two workers who are both filled before they are locked, and then for each other's."""
    first_id, second_id = (city.worker(grid, capacity=1).id for grid in ("g1", "g2"))
    fill = "update worker_load set open_work = open_work + 1 where worker_id = %s"
    take = "select take_load(%s, false, false, clock_timestamp(), '{}')"
    waits = "select count(*) from pg_locks where not granted and pid = any(%s)"
    connections = [psycopg.connect(plain(settings.database_url)) for _ in range(4)]
    filling, choosing = connections[:2], connections[2:]
    try:
        for connection, worker_id in zip(filling, (first_id, second_id), strict=True):
            connection.execute(fill, [worker_id])
        with ThreadPoolExecutor(2) as pool:
            taken = [
                pool.submit(lambda c=c, ranked=ranked: c.execute(take, [ranked]).fetchone()[0])
                for c, ranked in zip(choosing, ([first_id, second_id], [second_id, first_id]), strict=True)
            ]
            pids = [c.info.backend_pid for c in choosing]
            for _ in range(1_000):
                if owner.execute(waits, [pids]).fetchone()[0] == 2:
                    break
            for connection in filling:
                connection.commit()
            assert [future.result(20) for future in taken] == [None, None]
        locked = "select worker_id from worker_load where worker_id = any(%s) for update nowait"
        assert len(owner.execute(locked, [[first_id, second_id]]).fetchall()) == 2
    finally:
        for connection in connections:
            connection.close()


def test_linked_cases_close_concurrently_without_deadlock(city, report, step, rows):
    boss, reporter = city.supervisor(), city.worker("g3", on_duty=False)
    cases = [report(reporter, city.in_grid("g1")) for _ in range(2)]
    path = f"/incidents/{cases[0]['id']}/link"
    assert boss.post(path, {"to_id": cases[1]["id"], "reason": "同一处"}).status_code == 200
    bosses = [city.supervisor(), city.supervisor()]
    for each in bosses:
        each.get("/me")

    def close(person: Any, case: dict[str, Any]) -> int:
        return int(step(person, case, "force_close", note="重复", reason="other").status_code)

    with crossing("insert into incident_event") as errors:
        answers = run_concurrently(
            *(lambda b=b, c=c: close(b, c) for b, c in zip(bosses, cases, strict=True))
        )
    assert answers == [200, 200]
    assert errors == []
    ended = rows("select status from incident where id = any(:i)", i=[UUID(c["id"]) for c in cases])
    assert {row.status for row in ended} == {"force_closed"}


def test_substitution_and_offer_expiry_run_concurrently_without_deadlock(city, report, rows, owner):
    """Substitution moves several offers in one transaction while another offer of the worker expires."""
    absent, other = city.worker("g1"), city.worker("g2")
    reporter, boss = city.worker("g3", on_duty=False), city.supervisor()
    cases = [report(reporter, city.in_grid("g1")) for _ in range(2)]
    theirs = report(reporter, city.in_grid("g2"))
    end_offers_of(owner, theirs)
    body = {
        "substitute_id": str(other.id),
        "until": (clock.now() + timedelta(days=1)).isoformat(),
        "reason": "leave",
    }

    def stand_in() -> None:
        answer = boss.post(f"/workers/{absent.id}/substitute", body)
        assert answer.status_code == 200, answer.json

    with crossing("insert into dispatch_run") as errors:
        run_concurrently(stand_in, lambda: expire_offer(theirs))
    assert psycopg.errors.DeadlockDetected not in errors
    ids = [UUID(c["id"]) for c in cases]
    live = rows("select worker_id from assignment where incident_id = any(:i) and state = 'offered'", i=ids)
    assert {row.worker_id for row in live} <= {other.id}
    assert overload(owner, city) == []
