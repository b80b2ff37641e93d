"""What time does to rules: a version that was published ahead comes into force."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.profiles import service


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="areas.run_due", queueing_lock="areas.run_due")
def each_minute(timestamp: int) -> None:
    with db.transaction(SYSTEM) as session:
        run_due(session, clock.now())


def run_due(session: Session, now: datetime) -> int:
    """Tell phones of rules that hold since the last time; of how many jurisdictions."""
    return service.announce_rules(session, now)
