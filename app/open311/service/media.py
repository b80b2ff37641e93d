"""Photos that a portal names by URL: fetched by a job, through the guarded client, if the operator allows it.

Without the setting the URLs are attributes of the case, and no request is sent.
"""

import hashlib
import logging
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock, db, idempotency, jobs
from app.core.actor import SYSTEM, Actor
from app.core.errors import DomainError
from app.core.outgoing import Limits, OutgoingClient, OutgoingFailed, OutgoingRefused
from app.media import service as media
from app.public import service as public
from app.public.rules.door import door_actor
from app.public.service.photos import link_photos
from app.settings import Settings

log = logging.getLogger("gridward.open311")

FETCH = "open311.fetch_photo"
SECONDS = 10
BYTES_MAX = 20_000_000
_BUSY = 429


def enqueue_fetches(
    session: Session, caller: Actor, incident_id: UUID, urls: Sequence[str], settings: Settings
) -> None:
    """Enqueue a job for each photo of a case, in the transaction of the case, if the operator allows it."""
    if not settings.open311_media_urls:
        return
    for url in urls:
        binds = jobs.enqueue_binds(
            FETCH, queue=jobs.FILES, incident_id=incident_id, account_id=caller.id, url=url
        )
        session.execute(jobs.ENQUEUE, binds)


def fetch_photo(
    store: media.Store,
    client: OutgoingClient,
    settings: Settings,
    *,
    incident_id: UUID,
    account_id: UUID,
    url: str,
) -> str:
    """Fetch a photo and add it to its case. Return the outcome as a code. Idempotent for the case and the URL.

    Raises:
        OutgoingFailed: There was no answer. A later attempt may succeed.
    """
    key = f"photo {incident_id} {hashlib.sha256(url.encode()).hexdigest()}"
    operation = idempotency.Request(f"open311:{account_id}", key, FETCH, b"")
    try:
        answer = client.request(
            "GET",
            url,
            headers={"Accept": "image/*"},
            limits=Limits(seconds=SECONDS, body_bytes=min(BYTES_MAX, settings.media_limit_bytes)),
        )
        if answer.status == _BUSY or answer.status >= 500:
            raise OutgoingFailed(f"status {answer.status}")
        if answer.status != 200:
            return _refused(incident_id, f"status {answer.status}")
    except OutgoingRefused as error:
        return _refused(incident_id, str(error))

    def link(photos: list[public.StoredPhoto]) -> tuple[str, bool]:
        is_linked = db.with_retries(partial(_link, incident_id, account_id, photos, operation, settings))
        return "added" if is_linked else "added_before", is_linked

    try:
        return public.with_photos(store, [answer.body], settings, link)
    except DomainError as error:
        return _refused(incident_id, error.code)


def _link(
    incident_id: UUID,
    account_id: UUID,
    photos: Sequence[public.StoredPhoto],
    operation: idempotency.Request,
    settings: Settings,
) -> bool:
    with db.transaction(SYSTEM) as session:
        if idempotency.stored_response(session, operation) is not None:
            return False
        link_photos(
            session,
            door_actor(incident_id, account_id),
            photos,
            incident_id=incident_id,
            settings=settings,
        )
        idempotency.store_response(session, operation, {}, now=clock.now())
    return True


def _refused(incident_id: UUID, reason: str) -> str:
    # Without the URL: it may hold what identifies a person.
    log.warning("photo of case %s was not fetched: %s", incident_id, reason)
    return "refused"
