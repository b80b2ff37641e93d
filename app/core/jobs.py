"""The job queue: procrastinate in the same database, enqueued in the cause's transaction, polled by one worker.

Tasks are thin: each opens its transactions and calls a domain's `run_due`. Nothing here NOTIFYs.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
import procrastinate
from psycopg.conninfo import make_conninfo
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import db, logins, logs
from app.core.actor import SYSTEM
from app.core.errors import DomainError
from app.core.metrics import JOB_SECONDS, JOBS

log = logging.getLogger("gridward.jobs")
T = TypeVar("T")
QUEUE = "default"
CAUSED_BY = "caused_by_request"
RETRY_SECONDS = 1
# A worker that has not been heard of for so long is gone, and its jobs begin anew. It says so every 10 s.
GONE_SECONDS = 60
ATTEMPTS = 5
# For tasks that have one occasion only: the database went away under them, or broke a deadlock with them.
RETRY = procrastinate.RetryStrategy(max_attempts=5, wait=1, retry_exceptions={OperationalError})

# The connector is replaced in the worker process; request processes enqueue by SQL only.
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=""))

# One statement's part that enqueues a job; binds :job_task, :job_args (JSON text), :job_at (NULL = now).
ENQUEUE_SQL = f"""
  procrastinate_defer_jobs_v1(ARRAY[ROW('{QUEUE}', cast(:job_task as varchar), 0, null, null,
    cast(:job_args as jsonb), cast(:job_at as timestamptz))::procrastinate_job_to_defer_v1])
"""


def enqueue_binds(task: str, at: Any = None, **arguments: Any) -> dict[str, Any]:
    """Binds of ENQUEUE_SQL; the id of the request that causes the job travels along, for its lines in the log."""
    if request_id := logs.request_id.get():
        arguments[CAUSED_BY] = request_id
    return {"job_task": task, "job_args": orjson.dumps(arguments, default=str).decode(), "job_at": at}


def each(log: logging.Logger, things: Sequence[T], act: Callable[[Session, T], int]) -> int:
    """Each in a transaction of its own: one that fails is logged and keeps no other waiting. The sum of what `act` says."""
    count = 0
    for thing in things:
        try:
            with db.transaction(SYSTEM) as session:
                count += act(session, thing)
        except (DomainError, SQLAlchemyError) as error:
            log.error("%s: %s", thing, error)
    return count


def until_none_is_left(act: Callable[[Session], int]) -> int:
    """Some at a time, each time in a transaction of its own, until `act` finds no more. How many in all."""
    total = 0
    while True:
        with db.transaction(SYSTEM) as session:
            found = act(session)
        total += found
        if not found:
            return total


async def _logged(process: Any, context: procrastinate.JobContext, _worker: Any) -> Any:
    """Around every job: its lines name it, and failures are logged here, without values."""
    job = context.job
    caused_by: Any = job.task_kwargs.pop(CAUSED_BY, None)
    with logs.working_on(job_id=job.id, task=job.task_name, attempt=job.attempts + 1, caused_by=caused_by):
        began = time.perf_counter()
        try:
            answer = await process()
        except Exception:
            JOBS.labels(job.task_name, "failed").inc()
            log.error("job failed", exc_info=True)
            raise
        seconds = time.perf_counter() - began
        JOBS.labels(job.task_name, "done").inc()
        JOB_SECONDS.labels(job.task_name).observe(seconds)
        log.info("job done", extra={"fields": {"ms": round(seconds * 1000, 1)}})
        return answer


def conninfo(url: str) -> str:
    """Return a libpq conninfo for the worker, with the search path that the queue's unqualified functions need."""
    given: dict[str, str] = logins.conninfo(url)
    flags = "-csearch_path=public,jobs -ctimezone=UTC"
    given["options"] = f"{given.get('options') or ''} {flags}".strip()
    return make_conninfo("", **given)


async def work(url: str, *, poll_seconds: float, concurrency: int) -> None:
    """Run jobs until SIGTERM; a job under way gets 20 seconds to end. A database gone away is waited for."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    stopped = asyncio.create_task(stop.wait())
    log.info("job worker started")
    while not stop.is_set():
        run = asyncio.create_task(_run(url, poll_seconds, concurrency))
        await asyncio.wait({run, stopped}, return_when=asyncio.FIRST_COMPLETED)
        run.cancel()
        try:
            await run
        except asyncio.CancelledError:
            pass
        except procrastinate.exceptions.ConnectorException as error:
            log.warning("database unavailable: %s", error.__cause__)
        # The queue also ends by itself, without an error, when its heartbeat or its clock has met one.
        await asyncio.wait({stopped}, timeout=RETRY_SECONDS)
    log.info("job worker stopped")


async def _run(url: str, poll_seconds: float, concurrency: int) -> None:
    # The timeout also bounds how long a stop waits while the database is away.
    connector = procrastinate.PsycopgConnector(conninfo=conninfo(url), max_size=concurrency + 2, timeout=3)
    with app.replace_connector(connector) as worker_app:
        async with worker_app.open_async():
            releasing = asyncio.create_task(_release_jobs_of_the_gone(worker_app))
            try:
                await worker_app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=concurrency,
                    fetch_job_polling_interval=poll_seconds,
                    listen_notify=False,
                    shutdown_graceful_timeout=20,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    worker_middleware=[_logged],
                )
            finally:
                releasing.cancel()


async def _release_jobs_of_the_gone(worker_app: procrastinate.App) -> None:
    """Jobs that a killed worker had begun would stay begun for ever: they are due again.

    Every job may run twice anyway: what it did is committed together with the reason not to do it again.
    """
    while True:
        try:
            found = await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=GONE_SECONDS)
            for job in found:
                fields = {"fields": {"job": {"id": job.id, "task": job.task_name, "attempt": job.attempts}}}
                if job.attempts < ATTEMPTS:
                    await worker_app.job_manager.retry_job(job)
                    log.warning("job of a worker that is gone is due again", extra=fields)
                else:  # perhaps it is the job that ends its workers
                    failed = procrastinate.jobs.Status.FAILED
                    await worker_app.job_manager.finish_job(job, status=failed, delete_job=False)
                    log.error("job was begun too often without an end", extra=fields)
        except procrastinate.exceptions.ConnectorException as error:
            log.warning("jobs of workers that are gone: %s", error.__cause__)
        await asyncio.sleep(GONE_SECONDS / 2)
