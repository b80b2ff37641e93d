"""What supervision does by itself."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.settings import Settings
from app.supervision import service

log = logging.getLogger("gridward.supervision.jobs")


@jobs.app.periodic(cron="* * * * * */30")
@jobs.app.task(name="supervision.audit_shapes", queue=jobs.SLOW, queueing_lock="supervision.audit_shapes")
def audit(timestamp: int) -> None:
    run_due(clock.now())


@jobs.app.periodic(cron="*/5 * * * *")
@jobs.app.task(
    name="supervision.look_for_signals",
    queue=jobs.SLOW,
    queueing_lock="supervision.look_for_signals",
    lock="supervision.look_for_signals",  # a look may take longer than the five minutes up to the next
)
def look(timestamp: int) -> None:
    look_where_due(clock.now())


def look_where_due(now: datetime) -> int:
    """Look for signals where it is time to: each hour, or each night. How many looks were taken."""
    with db.read_session() as session:
        due = service.due_looks(session, now)
    limit = Settings.from_env().signal_statement_timeout_ms

    def look_at(session: Session, one: tuple[UUID, str]) -> int:
        return service.look_for_signals(session, *one, now, statement_timeout_ms=limit) is not None

    return jobs.each(log, due, look_at)


@jobs.app.periodic(cron="13 * * * *")
@jobs.app.task(name="supervision.release_months", queue=jobs.SLOW, queueing_lock="supervision.release_months")
def release_months(timestamp: int) -> None:
    tell_months(clock.now())


def tell_months(now: datetime) -> int:
    """Tell the months that have been over for long enough, for good. How many."""
    with db.read_session() as session:
        due = service.months_due(session, now)
    return jobs.each(log, due, lambda session, one: service.release(session, *one, now))


@jobs.app.periodic(cron="*/10 * * * *")
@jobs.app.task(name="supervision.close_months", queue=jobs.SLOW, queueing_lock="supervision.close_months")
def close_months(timestamp: int) -> None:
    keep_cycles(clock.now())


def keep_cycles(now: datetime, *, limit: int = 300) -> int:
    """Count the months that are over in the grids where that is not done yet, each for good. How many."""
    track_days = Settings.from_env().track_days
    with db.read_session() as session:
        due = service.grids_due(session, now, limit=limit)

    def keep(session: Session, one: service.Due) -> int:
        service.close(session, *one, now, track_days=track_days)
        return 1

    # One that fails is due again in ten minutes.
    return jobs.each(log, due, keep)


def run_due(now: datetime) -> int:
    """Audit the shapes of the jurisdictions where they have changed since. How many."""
    with db.read_session() as session:
        due = service.jurisdictions_to_audit(session, now)
    count = 0
    for jurisdiction_id in due:
        try:
            service.audit_shapes(jurisdiction_id, now)
            count += 1
        except SQLAlchemyError as error:
            # One city's shapes keep no other city waiting.
            log.error("jurisdiction %s: %s", jurisdiction_id, error)
    return count
