"""What the field apps' books forget."""

from datetime import datetime, timedelta

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.fieldapp import service
from app.settings import Settings

BATCH = 1_000


@jobs.app.periodic(cron="51 19 * * *")  # UTC: at night in China
@jobs.app.task(name="fieldapp.run_due", queueing_lock="fieldapp.run_due")
def tick(timestamp: int) -> None:
    run_due(clock.now(), settings=Settings.from_env())


def run_due(now: datetime, *, settings: Settings, batch: int = BATCH) -> int:
    """Forget dead letters whose days are over, resolved or not. Returns how many."""
    total, before = 0, now - timedelta(days=settings.dead_letter_days)
    while True:
        with db.transaction(SYSTEM) as session:
            found = service.forget_dead_letters(session, before=before, limit=batch)
        total += found
        if not found:
            return total
