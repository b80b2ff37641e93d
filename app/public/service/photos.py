"""Photos of people without an account: stored before the transaction of the report, processed as all photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import TooLarge, Unsupported, invalid_field
from app.core.ids import uuid7
from app.media import service as media
from app.media.rules import file_types
from app.public.rules.door import PHOTOS_MAX
from app.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A photo in the store that no report names yet."""

    id: UUID
    key: str
    size: int


def store_photos(store: media.Store, photos: Sequence[bytes], settings: Settings) -> list[StoredPhoto]:
    """Store the bytes of photos. Call it before the transaction of the report.

    Raises:
        Invalid: There are more than five photos (`photos_too_many`).
        TooLarge: A photo is larger than the settings allow.
        Unsupported: A file is no photo.
    """
    if len(photos) > PHOTOS_MAX:
        raise invalid_field("photos", "photos_too_many", most=PHOTOS_MAX)
    for content in photos:
        if len(content) > settings.media_limit_bytes:
            raise TooLarge("media_too_large", limit=settings.media_limit_bytes)
        if file_types.type_of(content[:64]) not in file_types.PHOTOS:
            raise Unsupported("media_type_not_taken")
    stored: list[StoredPhoto] = []
    try:
        for content in photos:
            media_id = uuid7()
            key = f"uploads/{media_id}/000000000000-{uuid7().hex[-12:]}"
            stored.append(StoredPhoto(media_id, key, len(content)))
            store.put(key, content)
    except Exception:
        discard_photos(store, stored)
        raise
    return stored


def with_photos(
    store: media.Store,
    photos: Sequence[bytes],
    settings: Settings,
    act: Callable[[list[StoredPhoto]], tuple[T, bool]],
) -> T:
    """Store photos, run `act` with them in a transaction of its own, and return its result.

    The photos are erased again if `act` fails, or returns False: the same report was stored before.

    Raises:
        Invalid, TooLarge, Unsupported: As `store_photos`.
    """
    stored = store_photos(store, photos, settings)
    is_new = False
    try:
        result, is_new = act(stored)
    finally:
        if not is_new:
            discard_photos(store, stored)
    return result


def discard_photos(store: media.Store, photos: Sequence[StoredPhoto]) -> None:
    """Erase photos whose report was not stored."""
    if photos:
        store.erase([photo.key for photo in photos])


def link_photos(
    session: Session, actor: Actor, photos: Sequence[StoredPhoto], *, incident_id: UUID, settings: Settings
) -> None:
    """Record stored photos as photos of a case, and enqueue their processing."""
    for photo in photos:
        media.receive_stored(
            session,
            actor,
            media_id=photo.id,
            kind="near",
            size=photo.size,
            key=photo.key,
            incident_id=incident_id,
            settings=settings,
        )
