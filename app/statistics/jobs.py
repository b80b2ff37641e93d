"""Close months and release rounded figures."""

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
    release_due_months(clock.now())


def release_due_months(now: datetime) -> int:
    """Tell the months that have been over for long enough, for good. How many."""
    with db.read_session() as session:
        due = service.months_due(session, now)
    return jobs.run_each(log, due, lambda session, month: service.release(session, *month, now))


@jobs.app.periodic(cron="*/10 * * * *")
@jobs.app.task(name="supervision.close_months", queue=jobs.SLOW, queueing_lock="supervision.close_months")
def close_months(timestamp: int) -> None:
    close_due_months(clock.now())


def close_due_months(now: datetime, *, limit: int = 300) -> int:
    """Count the months that are over in the grids where that is not done yet, each for good. How many."""
    track_days = Settings.from_env().track_days
    with db.read_session() as session:
        due = service.grids_due(session, now, limit=limit)

    def keep(session: Session, grid_month: service.Due) -> int:
        service.close(session, *grid_month, now, track_days=track_days)
        return 1

    # One that fails is due again in ten minutes.
    return jobs.run_each(log, due, keep)
