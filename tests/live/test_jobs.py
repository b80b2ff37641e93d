"""The real job worker beside the real server: what it does by itself, and how soon."""

import time

import orjson
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from app.core import db, jobs
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.exchange.service import EXPORT_TASK
from app.workforce import service as workforce
from tests.factories import make_city
from tests.live.databases import plain
from tests.live.processes import JOBS, Process, Wire, environment
from tests.waits import eventually

pytestmark = pytest.mark.usefixtures("jobs")


def channels(owner):
    """Every channel named in the source of any function of the database, and procrastinate's own."""
    channel_rows = owner.execute(
        r"""
        select distinct m[1] from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
          regexp_matches(p.prosrc, 'pg_notify\s*\(\s*''([^'']+)''', 'gi') m
        where n.nspname not in ('pg_catalog', 'information_schema')
        """
    )
    named = {row[0] for row in channel_rows}
    queues = ("procrastinate_queue#default", "procrastinate_any_queue", "procrastinate_queue_v1#default")
    return (
        named
        | {n + "default" for n in named if n.endswith("#")}
        | set(queues)
        | {"procrastinate_any_queue_v1"}
    )


def test_report_sends_no_notification(city, online, owner, settings):
    city.worker("g1", on_duty=False)
    reporter = online(city.supervisor())
    listened = channels(owner)
    assert len(listened) > 2
    with psycopg.connect(plain(settings.database_url), autocommit=True) as listener:
        for channel in listened:
            listener.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        owner.execute("select pg_notify('procrastinate_any_queue_v1', 'the listener hears')")
        assert [n.payload for n in listener.notifies(timeout=5, stop_after=1)] == ["the listener hears"]

        made = reporter.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1")})
        assert made.status_code == 201, made.data
        assert made.json["waiting"]["reason"] == "nobody_on_duty", "so a job was enqueued with it"
        assert list(listener.notifies(timeout=1)) == []
        assert owner.execute("select pg_notification_queue_usage()").fetchone()[0] == 0


@pytest.fixture
def starts(owner):
    """When the job of a case began: a job that was done is deleted, so a trigger of ours writes it down."""
    owner.execute(
        """
        create table seen_job (incident text, at timestamptz);
        create function see_job() returns trigger language plpgsql security definer set search_path = public as $$
          begin insert into seen_job values (new.args ->> 'incident_id', clock_timestamp()); return null; end $$;
        create trigger see_job after update of status on jobs.procrastinate_jobs
          for each row when (new.status = 'doing') execute function see_job();
        """
    )

    def of(case):
        return owner.execute("select at from seen_job where incident = %s", [case["id"]]).fetchone()

    yield of
    owner.execute(
        "drop trigger see_job on jobs.procrastinate_jobs; drop function see_job(); drop table seen_job"
    )


def test_report_job_does_not_wait_for_file_jobs(city, online, owner, starts):
    """Every place for files is taken by jobs that wait for a lock of ours, and more of them wait for a place."""
    city.worker("g1", on_duty=False)
    reporter = online(city.supervisor())
    waiting = "select count(*) from jobs.procrastinate_jobs where task_name = %s and status = 'doing'"
    with owner.transaction():
        owner.execute("select pg_advisory_xact_lock(hashtext('runs'), hashtext('export_run'))")
        with db.transaction(SYSTEM) as session:
            for _ in range(6):
                binds = jobs.enqueue_binds(EXPORT_TASK, queue=jobs.FILES)
                session.execute(text(f"select {jobs.ENQUEUE_SQL}"), binds)
        eventually(lambda: owner.execute(waiting, [EXPORT_TASK]).fetchone()[0] >= 2, seconds=15)
        case = reporter.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1")}).json
        eventually(lambda: starts(case), seconds=15)
        assert owner.execute(waiting, [EXPORT_TASK]).fetchone()[0] >= 2


def test_report_job_starts_within_one_second(city, online, starts):
    city.worker("g1", on_duty=False)
    reporter = online(city.supervisor())
    took = []
    for _ in range(5):
        case = reporter.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1")}).json
        answered = time.time()
        started = eventually(lambda case=case: starts(case), seconds=15)
        took.append(round(started[0].timestamp() - answered, 3))
    print(f"seconds from the answer to the start of its job: {took}")
    # The usual time counts: the machine may be busy with other things.
    assert sorted(took)[2] < 1, took


def test_job_worker_passes_on_expired_offers_and_places_waiting_cases(app, settings, city, online, owner):
    """An expired offer goes to the next worker; a waiting case goes to the worker who comes on duty."""
    reporter = online(city.supervisor())
    first, second = city.worker("g1", name="王芳"), city.worker("g2", name="陈刚")
    offered = reporter.post(
        "/incidents", {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102"}
    ).json
    assert offered["assignment"]["worker"]["id"] == str(first.id)

    asleep = make_city(app, settings)
    late = asleep.worker("g1", on_duty=False)
    waiting = reporter.post(
        "/incidents", {"id": str(uuid7()), **asleep.in_grid("g1"), "category": "E0102"}
    ).json
    assert waiting["waiting"]["reason"] == "nobody_on_duty"

    began = time.monotonic()
    owner.execute("update offer set expires_at = clock_timestamp() where incident_id = %s", [offered["id"]])
    with db.transaction(SYSTEM) as session:
        workforce.start_duty(session, SYSTEM, worker_id=late.id)

    # It has been held for its minute already.
    owner.execute(
        "update incident set waiting_since = waiting_since - interval '1 minute' where id = %s",
        [waiting["id"]],
    )

    sql = "select worker_id from assignment where incident_id = %s and state = 'offered'"

    def offered_to(case):
        return (owner.execute(sql, [case["id"]]).fetchone() or [None])[0]

    eventually(lambda: offered_to(offered) == second.id, seconds=25, every=0.05)
    passed_on = time.monotonic() - began
    eventually(lambda: offered_to(waiting) == late.id, seconds=25, every=0.05)
    print(f"passed on after {passed_on:.1f} s, placed after {time.monotonic() - began:.1f} s")

    events = [e["action"] for e in reporter.get(f"/incidents/{offered['id']}/events").json["items"]]
    assert events == ["report", "file", "dispatch", "expire", "dispatch"]
    assert reporter.get(f"/incidents/{offered['id']}").json["status"] == "dispatched"


def test_jobs_of_killed_worker_are_taken_over(settings, folder, owner):
    """Begun, and nobody is left who does them; one of them has ended its worker too often."""
    owner.execute("set search_path = jobs, public")
    begun = """insert into procrastinate_jobs (queue_name, task_name, args, status, attempts)
               values ('default', 'incidents.follow_up', %s, 'doing', %s) returning id"""
    nobody = orjson.dumps({"incident_id": str(uuid7())}).decode()
    ids = [owner.execute(begun, [nobody, attempts]).fetchone()[0] for attempts in (1, 5)]
    # Of a periodic task that another run waits for, only one may wait.
    tick = """insert into procrastinate_jobs (queue_name, task_name, queueing_lock, args, status, scheduled_at)
              values ('default', 'planning.forget', 'planning.forget', '{"timestamp": 1}', %s, now() + interval '1 hour')
              returning id"""
    left, waiting = (owner.execute(tick, [status]).fetchone()[0] for status in ("doing", "todo"))
    worker = Process(folder / "next-jobs.log", environment(settings, folder), *JOBS)
    try:
        # Another worker may do them first; one that is asked to end while it starts ends by the signal.
        eventually(lambda: "job worker started" in worker.log_text(), seconds=30)
        state = "select status::text from procrastinate_jobs where id = any(%s) order by id"
        eventually(lambda: owner.execute(state, [ids]).fetchall() == [("failed",)], seconds=30)
        eventually(lambda: owner.execute(state, [[left, waiting]]).fetchall() == [("todo",)], seconds=5)
        assert worker.stop() == 0, worker.log_text()
    finally:
        worker.kill()
        owner.execute("delete from procrastinate_jobs where id = any(%s)", [[*ids, left, waiting]])


def test_failed_periodic_run_is_removed_by_next_success(owner):
    owner.execute("set search_path = jobs, public")
    job = """insert into procrastinate_jobs (queue_name, task_name, args, status)
             values ('default', %s, '{"timestamp": 1}', %s) returning id"""
    periodic, single = (
        owner.execute(job, [task, "failed"]).fetchone()[0] for task in ("areas.run_due", "media.erase")
    )
    try:
        owner.execute(job, ["areas.run_due", "todo"])
        state = "select id from procrastinate_jobs where id = any(%s) and status = 'failed'"
        eventually(lambda: owner.execute(state, [[periodic, single]]).fetchall() == [(single,)], seconds=60)
    finally:
        owner.execute("delete from procrastinate_jobs where id = %s", [single])


# A worker registers, and the cancellation that comes meanwhile is lost, as Python 3.11 does at the end of a statement.
LOSES_CANCELLATION = """
import asyncio
from procrastinate.manager import JobManager
register = JobManager.register_worker

async def lose(manager):
    print("registering", flush=True)
    until = asyncio.get_running_loop().time() + 2
    while (left := until - asyncio.get_running_loop().time()) > 0:
        try:
            await asyncio.sleep(left)
        except asyncio.CancelledError:
            pass
    return await register(manager)

JobManager.register_worker = lose
"""


def test_job_worker_stops_although_a_cancellation_is_lost(settings, folder):
    log = folder / "losing-jobs.log"
    worker = Process(log, environment(settings, folder), "-c", LOSES_CANCELLATION + JOBS[1], *JOBS[2:])
    try:
        eventually(lambda: "registering" in worker.log_text(), seconds=30)
        assert worker.stop() == 0, worker.log_text()
    finally:
        worker.kill()


def test_job_worker_survives_failed_connection_and_stops_while_frozen(settings, folder, tmp_path_factory):
    wire = Wire(settings.database_url, tmp_path_factory.mktemp("w"))
    log = folder / "frozen-jobs.log"
    worker = Process(log, environment(settings, folder) | {"DATABASE_URL": wire.url}, *JOBS)

    def has_logged(what):
        assert worker.child.poll() is None, worker.log_text()
        return what in log.read_text()

    try:
        # Nothing listens: the pool gives up opening, which is no psycopg error that procrastinate knows.
        eventually(lambda: has_logged("database unavailable: psycopg_pool.PoolTimeout"), seconds=90)
        wire.is_frozen.set()
        wire.mend()
        eventually(lambda: wire.opened)  # and now it waits for an answer to its first bytes
        # By itself: what ends it after 23 s exits with 1.
        assert worker.stop(seconds=40) == 0, worker.log_text()
    finally:
        worker.kill()
