"""Use case of the job that publishes notices to many households: it stores the states of their addressees."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock, jobs
from app.notices.queries import batches as queries
from app.notices.rules.notices import CONSENTS


def unfinished(session: Session) -> Sequence[UUID]:
    """Return the ids of notices with addressees whose states are not stored yet."""
    return queries.unfinished(session)


def store_batch(session: Session, notice_id: UUID) -> int:
    """Store the states of the next addressees of a notice. Return their number.

    Return 0 if none is left, or if another transaction has locked the notice. After the last ones the notice is
    `published`, so that workers and links reach its households, and the next jobs are added. A notice that was withdrawn
    meanwhile stays `withdrawn`; its addressees get their states all the same, so that none is without one.
    """
    notice = queries.lock(session, notice_id)
    if notice is None:
        return 0
    count = queries.store(session, notice, now=clock.now())
    if queries.finish(session, notice_id):
        add_next_jobs(session, notice["channels"])
    return count


def add_next_jobs(session: Session, channels: Collection[str]) -> None:
    """Add the jobs that follow when the states of all households of a notice are stored."""
    if "visit" in channels:
        session.execute(jobs.ENQUEUE, jobs.enqueue_binds("notices.put_tasks"))
    if CONSENTS.keys() & set(channels):
        session.execute(jobs.ENQUEUE, jobs.enqueue_binds("notices.make_messages", queue=jobs.MESSAGES))
