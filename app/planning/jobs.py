"""What planning does by itself: days that begin, days that change, days that are over.

Each day is stored in a transaction of its own: one that fails is logged and keeps nobody else waiting.
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
# So many days are solved with one question to the child: about a street.
BATCH = 60


@jobs.app.periodic(cron="*/5 * * * *")
@jobs.app.task(name="planning.mornings", queue=jobs.SLOW, queueing_lock="planning.mornings")
def mornings(timestamp: int) -> None:
    plan_mornings(clock.now())


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="planning.changes", queue=jobs.SLOW, queueing_lock="planning.changes")
def changes(timestamp: int) -> None:
    plan_changes(clock.now())


@jobs.app.periodic(cron="47 19 * * *")  # UTC: at night in China
@jobs.app.task(name="planning.forget", queue=jobs.SLOW, queueing_lock="planning.forget")
def nightly(timestamp: int) -> None:
    with db.transaction(SYSTEM) as session:
        service.forget(session, clock.now(), days=Settings.from_env().plan_days)


def plan_mornings(now: datetime, *, limit: int = 600) -> int:
    """Plan the days that begin, street by street. Returns how many."""
    with db.read_session() as session:
        due = service.beginning(session, now=now, limit=limit)
    return _plan(due, now, "morning")


def plan_changes(now: datetime, *, limit: int = 300) -> int:
    """Plan anew the days of which something changed. Returns how many have another plan."""
    with db.read_session() as session:
        due = service.changed(session, now=now, limit=limit)
    return _plan(due, now, "change")


def _plan(due: Sequence[tuple[UUID, date]], now: datetime, cause: str) -> int:
    made = 0
    for start in range(0, len(due), BATCH):
        days = []
        for worker_id, day in due[start : start + BATCH]:
            try:
                with db.snapshot_session() as session:
                    days.append(service.gather(session, worker_id=worker_id, day=day, now=now))
            except (DomainError, SQLAlchemyError) as error:
                log.error("day of worker %s: %s", worker_id, type(error).__name__)
        days = service.timed_by_street(days)
        for gathered, route in zip(days, service.solve(days), strict=True):
            try:
                with db.transaction(SYSTEM) as session:
                    made += service.keep(session, gathered, route, cause=cause)
            except (DomainError, SQLAlchemyError) as error:
                log.error("plan of worker %s: %s", gathered.worker_id, type(error).__name__)
    return made
