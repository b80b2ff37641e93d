"""Job that erases old SMS; composer of the answers to them."""

from app.core import db, jobs
from app.core.actor import SYSTEM
from app.messages import service as messages
from app.sms import service
from app.sms.service.receiving import REPLY

messages.register(REPLY, service.ReplyComposer())


@jobs.app.periodic(cron="47 3 * * *")
@jobs.app.task(name="sms.run_due", queue=jobs.SLOW, queueing_lock="sms.run_due")
def tick(timestamp: int) -> None:
    """Erase sender and words of SMS each night after 90 days."""
    with db.transaction(SYSTEM) as session:
        service.erase_old(session)
