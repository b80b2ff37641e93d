"""Periodic job that detects signals, hourly and nightly."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.settings import Settings
from app.signals import service

log = logging.getLogger("gridward.supervision.jobs")


@jobs.app.periodic(cron="*/5 * * * *")
@jobs.app.task(
    name="supervision.look_for_signals",
    queue=jobs.SLOW,
    queueing_lock="supervision.look_for_signals",
    lock="supervision.look_for_signals",  # a run may take longer than the five minutes up to the next one
)
def look(timestamp: int) -> None:
    """Run the signal detectors that are due; the job queue calls this every five minutes."""
    look_where_due(clock.now())


def look_where_due(now: datetime) -> int:
    """Detect signals in each jurisdiction whose hourly or nightly run is due.

    Returns the number of runs.
    """
    with db.read_session() as session:
        due = service.due_runs(session, now)
    limit = Settings.from_env().signal_statement_timeout_ms

    def look_at(session: Session, due_run: tuple[UUID, str]) -> int:
        return service.detect_signals(session, *due_run, now, statement_timeout_ms=limit) is not None

    return jobs.run_each(log, due, look_at)
