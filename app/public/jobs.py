"""Job that erases what the public door keeps for a short time; composers of messages to reporters."""

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.messages import service as messages
from app.public import service
from app.public.rules import news

for _kind in (news.CONFIRMATION, news.CASE_STATE, news.CASE_REPLY):
    messages.register(_kind, service.NewsComposer())


@jobs.app.periodic(cron="41 * * * *")
@jobs.app.task(name="public.run_due", queueing_lock="public.run_due")
def tick(timestamp: int) -> None:
    """Erase every hour, at minute 41, digests of network addresses after two days, and addresses that are not used any more."""
    with db.transaction(SYSTEM) as session:
        service.forget_sources(session, now=clock.now())
        service.forget_old(session, now=clock.now())
