"""Photos with black boxes: a person blackens faces and number plates, and the public sees only the copy with the boxes."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, Unavailable
from app.media import service as media
from app.public.queries import releases as queries
from app.public.service.releases import case_to_release, release_of
from app.settings import Settings

Transaction = Callable[[Actor], AbstractContextManager[Session]]


def redact_photo(
    transaction: Transaction,
    store: media.Store,
    actor: Actor,
    *,
    incident_id: UUID,
    media_id: UUID,
    boxes: Sequence[media.Box],
    settings: Settings,
) -> dict[str, Any]:
    """Make the copy of a photo with black boxes, and return what of the case is released.

    The copy is made between two transactions. If the photo is released, the public sees the copy from then on.

    Args:
        boxes: They replace those of the photo. Empty: the public sees the photo without boxes.

    Raises:
        NotFound: There is no such case in an area where the actor may release, or the photo is not of the case.
        Unavailable: The copy cannot be made now. Nothing is changed.
    """
    with transaction(actor) as session:
        former = _copy_of(session, actor, incident_id, media_id)
    copy_id = None
    if boxes:
        copy_id = media.make_redaction(store, media_id=media_id, boxes=boxes, settings=settings)
    try:
        with transaction(actor) as session:
            former = _copy_of(session, actor, incident_id, media_id)
            queries.store_redaction(session, media_id, actor, boxes=boxes, copy_id=copy_id, now=clock.now())
            accounts.record(
                session,
                actor,
                action="public.redact",
                entity="incident",
                entity_id=incident_id,
                detail={"photo": str(media_id), "boxes": len(boxes)},
            )
            outcome = release_of(session, actor, incident_id=incident_id)
    except Exception:
        _erase(store, media_id, copy_id)
        raise
    _erase(store, media_id, former)
    return outcome


def _copy_of(session: Session, actor: Actor, incident_id: UUID, media_id: UUID) -> UUID | None:
    """Return the id of the copy of a photo of a case; None: it has no boxes."""
    photos = case_to_release(session, actor, incident_id)["photos"]
    photo = next((photo for photo in photos if photo["id"] == str(media_id)), None)
    if photo is None:
        raise NotFound("not_found")
    return UUID(photo["copy_id"]) if photo["copy_id"] else None


def _erase(store: media.Store, media_id: UUID, copy_id: UUID | None) -> None:
    if copy_id is None:
        return
    try:
        media.erase_redaction(store, media_id=media_id, copy_id=copy_id)
    except Unavailable:
        # No record names the copy any more, and it is erased with the photo.
        return


def redacted_photo_key(session: Session, actor: Actor, *, incident_id: UUID, media_id: UUID) -> str:
    """Return the key of a photo in the store as the public would see it.

    Raises:
        NotFound: There is no such case in an area where the actor may release, or the photo is not of the case.
    """
    return shown_key(media_id, _copy_of(session, actor, incident_id, media_id))


def shown_key(media_id: UUID, copy_id: UUID | None) -> str:
    """Return the key of what the public sees of a photo: the copy with black boxes, else the large thumbnail."""
    if copy_id is not None:
        return media.redaction_key(media_id, copy_id)
    return media.thumbnail_key(media_id, "large")
