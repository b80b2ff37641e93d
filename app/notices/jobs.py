"""Jobs of notices: publication to many households, rows of phones, messages, old states; composer of their words."""

import logging

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.messages import service as messages
from app.notices import service
from app.notices.service.messages import KIND
from app.settings import Settings

log = logging.getLogger("gridward.notices")
messages.register(KIND, service.NoticeComposer())


@jobs.app.periodic(cron="43 * * * *")
@jobs.app.task(name="notices.run_due", queueing_lock="notices.run_due")
def tick(timestamp: int) -> None:
    """Delete wrong codes older than two days, and make the messages that a killed job left behind. Every hour, at minute 43."""
    with db.transaction(SYSTEM) as session:
        service.forget_failures(session, now=clock.now())
        service.wake_if_unmade(session)


@jobs.app.periodic(cron="* * * * * */15")
@jobs.app.task(
    name="notices.resume_publications", queue=jobs.PUBLICATIONS, queueing_lock="notices.resume_publications"
)
def resume(timestamp: int) -> None:
    """Go on with publications to many households that a killed job left behind. Every 15 seconds."""
    store_addressees()


@jobs.app.task(name="notices.store_addressees", queue=jobs.PUBLICATIONS, retry=jobs.RETRY)
def store_addressees() -> None:
    """Store the states of the households of notices, one batch of each notice by turns, each in its own transaction.

    A batch is deleted in the transaction that stores its rows. So a job that is killed, or that runs twice, stores none twice.
    """
    while True:
        with db.read_session() as session:
            notice_ids = service.unfinished(session)
        if not jobs.run_each(log, notice_ids, service.store_batch):
            return


@jobs.app.periodic(cron="*/5 * * * *")
@jobs.app.task(name="notices.watch_tasks", queueing_lock="notices.watch_tasks")
def watch_tasks(timestamp: int) -> None:
    """Put households to tell on phones: of a notice that began, or in place of those told. Every five minutes."""
    put_all_tasks()


@jobs.app.task(name="notices.put_tasks", retry=jobs.RETRY)
def put_tasks() -> None:
    """Put the households to tell of a published notice on phones."""
    put_all_tasks()


def put_all_tasks() -> None:
    """Put households to tell on phones, in pages of their own transactions."""
    after = service.FIRST
    while True:
        with db.transaction(SYSTEM) as session:
            last = service.put_tasks(session, after=after)
        if last is None:
            return
        after = last


@jobs.app.periodic(cron="17 19 * * *")  # UTC: at night in China
@jobs.app.task(name="notices.forget", queue=jobs.SLOW, queueing_lock="notices.forget")
def forget(timestamp: int) -> None:
    """Delete each night what happened at households to notices that ended long ago."""
    settings = Settings.from_env()
    jobs.run_until_none_left(lambda session: service.forget_states(session, settings=settings))


@jobs.app.task(name="notices.make_messages", queue=jobs.MESSAGES, retry=jobs.RETRY)
def make_messages() -> None:
    """Make the SMS and e-mails of published notices, in batches of their own transactions."""
    settings = Settings.from_env()
    jobs.run_until_none_left(lambda session: service.make_messages(session, settings=settings))
