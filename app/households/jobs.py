"""Job of the register: erase notes and end care tags in time."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.households import service


@jobs.app.periodic(cron="37 * * * *")
@jobs.app.task(name="households.run_due", queue=jobs.SLOW, queueing_lock="households.run_due")
def tick(timestamp: int) -> None:
    """Run `run_due` every hour."""
    with db.transaction(SYSTEM) as session:
        run_due(session, clock.now())


def run_due(session: Session, now: datetime) -> dict[str, int]:
    """Erase notes of visits and end care tags whose last day is over. Return the number of each."""
    return service.forget_what_is_over(session, now)
