"""Hourly job of the register: erase expired visit notes and end expired care tags."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.households import service


@jobs.app.periodic(cron="37 * * * *")
@jobs.app.task(name="households.run_due", queue=jobs.SLOW, queueing_lock="households.run_due")
def tick(timestamp: int) -> None:
    """Run the hourly clean-up of the register (`run_due`)."""
    with db.transaction(SYSTEM) as session:
        run_due(session, clock.now())


def run_due(session: Session, now: datetime) -> dict[str, int]:
    """Erase expired visit notes and end expired care tags. Return the number of each."""
    return service.forget_what_is_over(session, now)
