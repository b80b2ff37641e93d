"""Periodic jobs of the workforce: deletion of old positions, tracks, calls for help."""

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import clock, db, jobs, retention
from app.core.actor import SYSTEM
from app.settings import Settings
from app.workforce import service

log = logging.getLogger("gridward.workforce.jobs")


@jobs.app.periodic(cron="27 * * * *")
@jobs.app.task(name="workforce.run_due", queue=jobs.SLOW, queueing_lock="workforce.run_due")
def tick(timestamp: int) -> None:
    """Run the hourly work: partitions of the position table, deletion of old positions, tracks."""
    settings = Settings.from_env()
    with db.transaction(SYSTEM) as session:
        run_due(session, clock.now(), settings=settings)
    with db.transaction(SYSTEM) as session:
        service.drop_old_tracks(session, clock.now(), days=settings.track_days)
    make_tracks(clock.now())


@jobs.app.periodic(cron="* * * * * */15")
@jobs.app.task(name="workforce.watch_sos", queueing_lock="workforce.watch_sos")
def watch(timestamp: int) -> None:
    """Run the job `watch_sos` with the settings of this process."""
    watch_sos(clock.now(), settings=Settings.from_env())


def run_due(session: Session, now: datetime, *, settings: Settings) -> None:
    """Make the position partitions of the coming days, and delete positions that are too old.

    Positions are deleted from all tables that contain places of workers.
    """
    service.prepare_partitions(session, now)
    service.drop_old_partitions(session, now, days=settings.position_days)
    retention.blank_places(session, before=now - timedelta(days=settings.position_days))


def make_tracks(now: datetime, *, limit: int = 1000) -> int:
    """Make the track lines of ended duties, and remake those for which positions came late.

    Returns the number of lines.
    """
    with db.read_session() as session:
        due = service.duties_to_trace(session, now, limit=limit)
    return jobs.run_each(log, due, lambda s, i: service.trace_duty(s, duty_id=i, now=now))


def watch_sos(now: datetime, *, settings: Settings, limit: int = 100) -> dict[str, int]:
    """Escalate unacknowledged calls for help, and erase the places of calls closed long ago.

    To escalate a call is to notify more people. Returns the number of calls escalated and the number of places erased.
    """
    after = timedelta(minutes=settings.sos_escalate_minutes)
    with db.read_session() as session:
        unanswered = service.unanswered_sos(session, now=now, after=after, limit=limit)
        over = service.sos_with_place(
            session, now=now, place_stored_for=timedelta(hours=settings.sos_place_hours), limit=limit
        )
    return {
        "escalated": jobs.run_each(
            log, unanswered, lambda s, i: service.escalate_sos(s, sos_id=i, now=now, after=after)
        ),
        "erased": jobs.run_each(log, over, lambda s, i: service.erase_sos_place(s, sos_id=i, now=now)),
    }
