"""The job worker: a process that runs the jobs of `core/jobs.py` until it gets a signal.

The worker waits for an unavailable database without a limit, and ends within END_SECONDS of the first signal, even if a job
hangs.
"""

import asyncio
import faulthandler
import logging
import signal
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import procrastinate
import psycopg
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool

from app.core import logs
from app.core.jobs import CAUSED_BY, QUEUE, app, conninfo
from app.core.metrics import JOB_SECONDS, JOBS

log = logging.getLogger("gridward.jobs")

# A job under way may take so long after the first signal; then the process ends in any case.
STOP_SECONDS, END_SECONDS = 20, 23
# One attempt to reach the database, and the pause after a failed one.
CONNECT_SECONDS, RETRY_SECONDS = 5, 1
# Queues in which no offer or call for help waits are asked so many times less often: three that are asked every 0.3 s
# took a tenth of a slow processor.
SLOW_POLL_FACTOR = 4
# A worker whose last heartbeat is older is gone, and its jobs are due again. Heartbeats come every 10 s.
GONE_SECONDS = 60
# A job that was begun so often without an end has failed: perhaps it is what ends its workers.
ATTEMPTS = 5
SIGNALS = (signal.SIGTERM, signal.SIGINT)

_FORGET_FAILED = """
  delete from procrastinate_jobs where task_name = %(task)s and status = 'failed' and id < %(before)s returning id
"""


async def work(url: str, *, poll_seconds: float, concurrency: Mapping[str, int]) -> None:
    """Run jobs until SIGTERM or SIGINT. A second signal ends the process at once.

    Args:
        concurrency: Maximum number of concurrent jobs of each queue.
    """
    loop = asyncio.get_running_loop()
    # A thread for each job, and some for looking up addresses. The default has four more than there are processors.
    loop.set_default_executor(ThreadPoolExecutor(sum(concurrency.values()) + 4))
    stop = asyncio.Event()

    def begin_to_stop(_signum: int, _frame: Any) -> None:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_DFL)
        # A job's thread and a task that swallows its cancellation would both hold the process for ever. This
        # timer needs neither the event loop nor the interpreter's lock; it writes down where each thread stands.
        faulthandler.dump_traceback_later(END_SECONDS, exit=True)
        loop.call_soon_threadsafe(stop.set)

    # Not `loop.add_signal_handler`, which a loop that is blocked would never call.
    for signum in SIGNALS:
        signal.signal(signum, begin_to_stop)
    stop_waiter = asyncio.create_task(stop.wait())
    log.info("job worker started")
    while not stop.is_set():
        run = asyncio.create_task(_run(url, poll_seconds, concurrency))
        await asyncio.wait({run, stop_waiter}, return_when=asyncio.FIRST_COMPLETED)
        run.cancel()
        try:
            await run
        except asyncio.CancelledError:
            pass
        except (procrastinate.exceptions.ConnectorException, psycopg.Error, OSError) as error:
            log.warning("database unavailable: %s", error.__cause__ or error)
        # The queue also ends by itself, without an error, when its heartbeat or its clock has met one.
        await asyncio.wait({stop_waiter}, timeout=RETRY_SECONDS)
    log.info("job worker stopped")


async def _run(url: str, poll_seconds: float, concurrency: Mapping[str, int]) -> None:
    """Run the queues with a connection pool of their own, until this coroutine is cancelled.

    It raises an error when the database becomes unavailable.
    """
    # The timeout also bounds how long a stop waits while the database is away.
    pool = AsyncConnectionPool(
        conninfo(url),
        kwargs={"connect_timeout": CONNECT_SECONDS},
        min_size=1,
        max_size=sum(concurrency.values()) + 2,
        timeout=3,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    try:
        # procrastinate's own opening waits for 30 s, and leaves the pool's tasks behind when it is cancelled: one that
        # is connecting swallows its cancellation, waits for the next connection to make, and the loop never ends.
        await pool.open(wait=True, timeout=CONNECT_SECONDS)
        with app.replace_connector(procrastinate.PsycopgConnector()) as worker_app:
            async with worker_app.open_async(pool):
                releasing = asyncio.create_task(_release_stalled_jobs(worker_app))
                try:
                    await _run_queues(worker_app, poll_seconds, concurrency)
                finally:
                    releasing.cancel()
    finally:
        await pool.close(timeout=1)


async def _run_queues(
    worker_app: procrastinate.App, poll_seconds: float, concurrency: Mapping[str, int]
) -> None:
    """Run each queue with its own number of jobs at a time, until one queue ends.

    No job waits for jobs of another queue. When one queue ends, the other queues are stopped.
    """
    workers = [
        Worker(
            worker_app,
            queues=[queue],
            name=queue,
            concurrency=slots,
            fetch_job_polling_interval=poll_seconds if queue == QUEUE else SLOW_POLL_FACTOR * poll_seconds,
            listen_notify=False,
            shutdown_graceful_timeout=STOP_SECONDS,
            delete_jobs="successful",
            install_signal_handlers=False,
            worker_middleware=[_run_job],
        )
        for queue, slots in concurrency.items()
    ]
    runs = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        await asyncio.wait(runs, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for worker, run in zip(workers, runs, strict=True):
            # Python 3.11 loses a cancellation at the moment at which a statement ends, but this is remembered.
            worker.stop()
            if worker.worker_id is None:  # not registered yet: the database may not answer
                run.cancel()
        results = await asyncio.gather(*runs, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _run_job(process: Any, context: procrastinate.JobContext, _worker: Any) -> Any:
    """Run one job, and log its failure without values.

    All log lines of the job contain its name and id.
    """
    job = context.job
    caused_by: Any = job.task_kwargs.pop(CAUSED_BY, None)
    with logs.job_context(job_id=job.id, task=job.task_name, attempt=job.attempts + 1, caused_by=caused_by):
        started_at = time.perf_counter()
        try:
            result = await process()
        except Exception:
            JOBS.labels(job.task_name, "failed").inc()
            log.error("job failed", exc_info=True)
            raise
        seconds = time.perf_counter() - started_at
        JOBS.labels(job.task_name, "done").inc()
        JOB_SECONDS.labels(job.task_name).observe(seconds)
        log.info("job done", extra={"fields": {"ms": round(seconds * 1000, 1)}})
        if is_periodic(job):
            await _forget_failed_runs(context)
        return result


def is_periodic(job: procrastinate.jobs.Job) -> bool:
    """Return True if the job's task is periodic.

    Each run of such a task does all work that is due.
    """
    return any(name == job.task_name for name, _ in app.periodic_registry.periodic_tasks)


async def _forget_failed_runs(context: procrastinate.JobContext) -> None:
    """Delete earlier failed runs of a periodic task that has just succeeded.

    The successful run has also done the work of the failed runs.
    """
    job = context.job
    try:
        deleted = await context.app.connector.execute_query_all_async(
            _FORGET_FAILED, task=job.task_name, before=job.id
        )
    except procrastinate.exceptions.ConnectorException as error:
        # The job itself is done; its next run deletes them.
        log.warning("failed runs were kept: %s", error.__cause__)
        return
    if deleted:
        log.warning(
            "earlier runs had failed", extra={"fields": {"failed_jobs": [row["id"] for row in deleted]}}
        )


async def _release_stalled_jobs(worker_app: procrastinate.App) -> None:
    """Put jobs back into the queue whose worker was killed while it ran them.

    It is safe to run a job twice: its effects are committed together with a record that prevents their repetition.
    """
    while True:
        try:
            stalled = await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=GONE_SECONDS)
            for job in stalled:
                await _release(worker_app.job_manager, job)
        except procrastinate.exceptions.ConnectorException as error:
            log.warning("jobs of workers that are gone: %s", error.__cause__)
        await asyncio.sleep(GONE_SECONDS / 2)


async def _release(manager: Any, job: procrastinate.jobs.Job) -> None:
    statuses = procrastinate.jobs.Status
    fields = {"fields": {"job": {"id": job.id, "task": job.task_name, "attempt": job.attempts}}}
    if job.attempts >= ATTEMPTS:
        await manager.finish_job(job, status=statuses.FAILED, delete_job=False)
        log.error("job was begun too often without an end", extra=fields)
        return
    try:
        await manager.retry_job(job)
    except procrastinate.exceptions.UniqueViolation:
        # Only one run of a periodic task may wait. The one that waits does all that is due.
        await manager.finish_job(job, status=statuses.ABORTED, delete_job=True)
        log.warning("job of a worker that is gone is done by the next run", extra=fields)
    else:
        log.warning("job of a worker that is gone is due again", extra=fields)
