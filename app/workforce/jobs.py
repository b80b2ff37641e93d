"""What the workforce does by itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.workforce import service


@jobs.app.periodic(cron="27 * * * *")
@jobs.app.task(name="workforce.run_due", queueing_lock="workforce.run_due")
def tick(timestamp: int) -> None:
    with db.transaction(SYSTEM) as session:
        run_due(session, clock.now())


def run_due(session: Session, now: datetime) -> None:
    """Make the partitions of the coming days, and forget positions whose time is over."""
    service.prepare_partitions(session, now)
    service.drop_old_partitions(session, now)
