"""Jobs of media: process received files, erase removed files, clean up."""

from typing import Any
from uuid import UUID

import procrastinate

from app.core import clock, db, jobs
from app.core.actor import SYSTEM
from app.media import service

# The store may be unavailable for a while. After five attempts the periodic job enqueues the task again.
_RETRY = procrastinate.RetryStrategy(max_attempts=5, exponential_wait=2)


@jobs.app.task(name=service.FINISH, queue=jobs.FILES, retry=_RETRY)
def finish(media_id: str, **_: Any) -> None:
    """Process a received file."""
    settings, store = service.configured()
    service.finish(db.transaction, store, media_id=UUID(media_id), settings=settings)


@jobs.app.task(name=service.ERASE, queue=jobs.FILES, retry=_RETRY)
def erase(media_id: str, **_: Any) -> None:
    """Erase the bytes of a removed file from the object store."""
    service.erase(db.transaction, service.configured()[1], media_id=UUID(media_id))


@jobs.app.task(name=service.SWEEP, queue=jobs.FILES, retry=_RETRY)
def sweep(media_id: str, **_: Any) -> None:
    """Erase the stored parts of an upload that has ended."""
    service.sweep(db.transaction, service.configured()[1], media_id=UUID(media_id))


@jobs.app.periodic(cron="*/10 * * * *")
@jobs.app.task(name="media.run_due", queueing_lock="media.run_due")
def tick(timestamp: int) -> None:
    """Remove expired uploads and unlinked files, and enqueue lost jobs again."""
    with db.transaction(SYSTEM) as session:
        service.run_due(session, clock.now(), settings=service.configured()[0])
