"""Use case of the retention: what happened at households is deleted some time after a notice ended."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.notices.queries import retention as queries
from app.notices.service.attachments import remove_attachments
from app.settings import Settings

BATCH = 5_000


def forget_states(session: Session, *, settings: Settings, most: int = BATCH) -> int:
    """Delete states, deliveries, replies and files of one notice that ended long ago, of at most `most` households.

    The numbers by state stay with the notice, and replies stay cases. Return 0 if nothing is due.
    """
    now = clock.now()
    row = queries.due(session, before=now - timedelta(days=settings.notice_days))
    if row is None:
        return 0
    if row["published_at"] is not None:
        queries.store_numbers(session, row["id"])
        if queries.delete_states(session, row["id"], most=most) == most:
            return 1
        queries.mark_erased(session, row["id"], now=now)
    remove_attachments(session, row["id"])
    return 1
