"""Periodic job that deletes old dead letters."""

from datetime import datetime, timedelta

from app.core import clock, jobs
from app.settings import Settings
from app.sync import service

BATCH = 1_000


@jobs.app.periodic(cron="51 19 * * *")  # UTC; it is night in China
@jobs.app.task(name="fieldapp.run_due", queue=jobs.SLOW, queueing_lock="fieldapp.run_due")
def tick(timestamp: int) -> None:
    """Delete old dead letters; the job queue calls this function every night."""
    run_due(clock.now(), settings=Settings.from_env())


def run_due(now: datetime, *, settings: Settings, batch: int = BATCH) -> int:
    """Delete all dead letters older than `dead_letter_days` days, and return their number.

    Resolved and open letters are deleted alike.
    """
    before = now - timedelta(days=settings.dead_letter_days)
    return jobs.run_until_none_left(lambda s: service.forget_dead_letters(s, before=before, limit=batch))
