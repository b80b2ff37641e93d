"""Job that erases the digests of network addresses of public reports."""

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.public import service


@jobs.app.periodic(cron="41 * * * *")
@jobs.app.task(name="public.run_due", queueing_lock="public.run_due")
def tick(timestamp: int) -> None:
    """Erase every hour, at minute 41, the digests of addresses that are older than two days."""
    with db.transaction(SYSTEM) as session:
        service.forget_sources(session, now=clock.now())
