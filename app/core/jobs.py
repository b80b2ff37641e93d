"""The job queue: procrastinate in the same database. One worker polls it.

A job is enqueued in the transaction of its cause. A task contains no logic: it opens its transactions and calls a domain's
`run_due`. No code here uses NOTIFY. The process that runs the jobs is `core/job_worker.py`.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import orjson
import procrastinate
from psycopg.conninfo import make_conninfo
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import db, logins, logs
from app.core.actor import SYSTEM
from app.core.db import Fragment
from app.core.errors import DomainError

T = TypeVar("T")
# Short jobs that somebody waits for: offers that pass on, calls for help, limits. Nothing slow may take their places.
QUEUE = "default"
# Jobs that may take minutes: plans, signals, figures of months, clean-up at night.
SLOW = "slow"
# Files of others, and the bytes of media: imports, exports, pictures, erasing in the store.
FILES = "files"
# Requests to push services, which may hang until their timeout.
ALERTS = "alerts"
# Requests to receivers of webhooks, which may hang, too.
WEBHOOKS = "webhooks"
# E-mail and SMS: mail servers and gateways may hang, too.
MESSAGES = "messages"
# Notices to many households, which people wait for and which take minutes: they wait for no plan and no clean-up.
PUBLICATIONS = "publications"
CAUSED_BY = "caused_by_request"
# For tasks that have one occasion only: the database went away under them, or broke a deadlock with them.
RETRY = procrastinate.RetryStrategy(max_attempts=5, wait=1, retry_exceptions={OperationalError})

# The connector is replaced in the worker process; request processes enqueue by SQL only.
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=""))

# The call that adds a job to its queue, an expression for statements that write the rows of the job, too. Its binds are
# :job_queue, :job_task, :job_args (JSON text) and :job_at (NULL = now).
ENQUEUE_SQL = """
  procrastinate_defer_jobs_v1(ARRAY[ROW(cast(:job_queue as varchar), cast(:job_task as varchar), 0, null, null,
    cast(:job_args as jsonb), cast(:job_at as timestamptz))::procrastinate_job_to_defer_v1])
"""
# The same as a statement of its own.
ENQUEUE = Fragment("select {job}", job=Fragment(ENQUEUE_SQL))


def enqueue_binds(task: str, at: Any = None, *, queue: str = QUEUE, **arguments: Any) -> dict[str, Any]:
    """Return the binds of ENQUEUE_SQL for a job.

    They include the id of the current request, which the log lines of the job contain.
    """
    if request_id := logs.request_id.get():
        arguments[CAUSED_BY] = request_id
    args_json = orjson.dumps(arguments, default=str).decode()
    return {"job_queue": queue, "job_task": task, "job_args": args_json, "job_at": at}


def run_each(log: logging.Logger, items: Sequence[T], act: Callable[[Session, T], int]) -> int:
    """Run `act` for each item, as `run_steps` does for each item of each step; return the sum of the results."""
    return run_steps(log, {"all": (items, act)})["all"]


def run_steps(
    log: logging.Logger, steps: Mapping[str, tuple[Sequence[Any], Callable[[Session, Any], int]]]
) -> dict[str, int]:
    """Run the function of each step for each of its items, in a transaction of its own; return the sum of each step.

    A failure does not stop the other items. What the data or the database may cause is logged.

    Raises:
        ExceptionGroup: Other failures, which are bugs of the server, when all items are done. The job has then failed.
    """
    counts = dict.fromkeys(steps, 0)
    bugs: list[Exception] = []

    def attempt(act: Callable[[Session, Any], int], item: Any) -> int:
        with db.transaction(SYSTEM) as session:
            return act(session, item)

    for name, (items, act) in steps.items():
        for item in items:
            try:
                counts[name] += db.with_retries(partial(attempt, act, item))
            except (DomainError, SQLAlchemyError) as error:
                log.error("%s: %s", item, error)
            except Exception as error:
                log.exception("%s: %s", name, item)
                bugs.append(error)
    if bugs:
        raise ExceptionGroup(f"{len(bugs)} items failed", bugs)
    return counts


def run_until_none_left(act: Callable[[Session], int]) -> int:
    """Run `act` again and again until it returns 0, each time in a transaction of its own.

    Return the sum of the results.
    """
    total = 0
    while True:
        with db.transaction(SYSTEM) as session:
            count = act(session)
        total += count
        if not count:
            return total


def conninfo(url: str) -> str:
    """Return the libpq connection string of the job worker.

    It sets the search path that the unqualified functions of procrastinate need.
    """
    parameters: dict[str, str] = logins.conninfo(url)
    flags = "-csearch_path=public,jobs -ctimezone=UTC"
    parameters["options"] = f"{parameters.get('options') or ''} {flags}".strip()
    return make_conninfo("", **parameters)
