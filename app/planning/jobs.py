"""Periodic jobs: plan the days that begin, plan changed days again, delete old plans.

Each day is stored in its own transaction. If a day fails, the failure is logged and the other days are planned.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.core.errors import DomainError
from app.planning import service
from app.settings import Settings

log = logging.getLogger("gridward.planning.jobs")
# Days solved by one child process: about those of one street office.
BATCH = 60


@jobs.app.periodic(cron="*/5 * * * *")
@jobs.app.task(name="planning.mornings", queue=jobs.SLOW, queueing_lock="planning.mornings")
def mornings(timestamp: int) -> None:
    """Run the job that makes plans for workers whose shift begins today and who have no plan."""
    plan_mornings(clock.now())


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="planning.changes", queue=jobs.SLOW, queueing_lock="planning.changes")
def changes(timestamp: int) -> None:
    """Run the job that remakes plans whose inputs (cases, shifts, visits) have changed."""
    plan_changes(clock.now())


@jobs.app.periodic(cron="47 19 * * *")  # UTC: at night in China
@jobs.app.task(name="planning.forget", queue=jobs.SLOW, queueing_lock="planning.forget")
def nightly(timestamp: int) -> None:
    """Run the job that deletes old plans."""
    with db.transaction(SYSTEM) as session:
        service.delete_old_plans(session, clock.now(), days=Settings.from_env().plan_days)


def plan_mornings(now: datetime, *, limit: int = 600) -> int:
    """Make plans for workers whose shift begins today and who have no plan, street by street.

    Before 5:00 local time, only shifts that begin within two hours count. Returns the number of stored plans.
    """
    with db.read_session() as session:
        due = service.unplanned_days(session, now=now, limit=limit)
    return _plan(due, now, "morning")


def plan_changes(now: datetime, *, limit: int = 300) -> int:
    """Remake the plans whose inputs have changed. Returns the number of new plans."""
    with db.read_session() as session:
        due = service.changed_days(session, now=now, limit=limit)
    return _plan(due, now, "change")


def _plan(due: Sequence[tuple[UUID, date]], now: datetime, cause: str) -> int:
    stored_count = 0
    for start in range(0, len(due), BATCH):
        days = []
        for worker_id, day in due[start : start + BATCH]:
            try:
                with db.snapshot_session() as session:
                    days.append(service.gather_day(session, worker_id=worker_id, day=day, now=now))
            except (DomainError, SQLAlchemyError) as error:
                log.error("day of worker %s: %s", worker_id, type(error).__name__)
        days = service.with_street_times(days)
        for gathered, route in zip(days, service.solve_days(days), strict=True):
            try:
                with db.transaction(SYSTEM) as session:
                    stored_count += service.store_plan(session, gathered, route, cause=cause)
            except (DomainError, SQLAlchemyError) as error:
                log.error("plan of worker %s: %s", gathered.worker_id, type(error).__name__)
    return stored_count
