"""Job that announces profile versions to devices when the versions come into force."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.profiles import service


@jobs.app.periodic(cron="* * * * *")
@jobs.app.task(name="areas.run_due", queueing_lock="areas.run_due")
def each_minute(timestamp: int) -> None:
    """Announce every minute the profile versions that have come into force."""
    with db.transaction(SYSTEM) as session:
        run_due(session, clock.now())


def run_due(session: Session, now: datetime) -> int:
    """Announce profile versions that came into force; return the number of their jurisdictions."""
    return service.announce_rules(session, now)
