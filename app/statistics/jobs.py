"""Jobs that store the monthly statistics of grids and release rounded monthly figures."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.settings import Settings
from app.statistics import service

log = logging.getLogger("gridward.supervision.jobs")


@jobs.app.periodic(cron="13 * * * *")
@jobs.app.task(name="supervision.release_months", queue=jobs.SLOW, queueing_lock="supervision.release_months")
def release_months(timestamp: int) -> None:
    """Release the rounded figures of due months; the job queue calls this function every hour."""
    release_due_months(clock.now())


def release_due_months(now: datetime) -> int:
    """Release the rounded figures of all months that are due, and return their number.

    A month is due ten days after its end.
    """
    with db.read_session() as session:
        due = service.months_due(session, now)
    return jobs.run_each(log, due, lambda session, month: service.release(session, *month, now))


@jobs.app.periodic(cron="*/10 * * * *")
@jobs.app.task(name="supervision.close_months", queue=jobs.SLOW, queueing_lock="supervision.close_months")
def close_months(timestamp: int) -> None:
    """Store statistics of ended months; the job queue calls this function every ten minutes."""
    close_due_months(clock.now())


def close_due_months(now: datetime, *, limit: int = 300) -> int:
    """Store the monthly statistics of at most `limit` grids whose month has ended.

    Returns the number of stored pairs of grid and month.
    """
    track_days = Settings.from_env().track_days
    with db.read_session() as session:
        due = service.grids_due(session, now, limit=limit)

    def keep(session: Session, grid_month: service.Due) -> int:
        service.close(session, *grid_month, now, track_days=track_days)
        return 1

    # A grid that fails is due again in the next run, ten minutes later.
    return jobs.run_each(log, due, keep)
