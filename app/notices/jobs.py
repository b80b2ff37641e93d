"""Job that deletes wrong codes."""

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.notices import service


@jobs.app.periodic(cron="43 * * * *")
@jobs.app.task(name="notices.run_due", queueing_lock="notices.run_due")
def tick(timestamp: int) -> None:
    """Delete every hour, at minute 43, the wrong codes that are older than two days."""
    with db.transaction(SYSTEM) as session:
        service.forget_failures(session, now=clock.now())
