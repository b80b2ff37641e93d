"""Copies of photos with black boxes, for readers who may not see the photo itself.

A copy is made of the large thumbnail, so it has at most its size. The caller records which copy of a photo is in use.
"""

import tempfile
from collections.abc import Sequence
from uuid import UUID

from app.core.errors import Unavailable
from app.core.ids import uuid7
from app.media.service.completion import thumbnail_key
from app.media.service.decoder import Refused, redact
from app.media.service.object_store import Store
from app.settings import Settings

# Left, top, width and height, as shares of the width and height of a photo.
Box = tuple[float, float, float, float]
BOXES_MAX = 40


def redaction_key(media_id: UUID, copy_id: UUID) -> str:
    """Return the store key of a copy. It is erased with the photo."""
    return f"media/{media_id}/redacted-{copy_id}"


def make_redaction(store: Store, *, media_id: UUID, boxes: Sequence[Box], settings: Settings) -> UUID:
    """Store a copy of a processed photo with black boxes, and return the id of the copy.

    Raises:
        Unavailable: The store or the process that decodes pictures is not available, or failed.
    """
    copy_id, folder = uuid7(), settings.spool_folder()
    with tempfile.TemporaryFile(dir=folder) as thumbnail, tempfile.TemporaryFile(dir=folder) as copy:
        size = sum(thumbnail.write(block) for block in store.stream(thumbnail_key(media_id, "large")))
        try:
            redact(thumbnail, copy, boxes=boxes, size=size)
        except Refused:
            # The thumbnail was made here, so it is not the fault of the caller.
            raise Unavailable("media_busy", retry_after_s=30) from None
        copy.seek(0)
        store.put(redaction_key(media_id, copy_id), copy)
    return copy_id


def erase_redaction(store: Store, *, media_id: UUID, copy_id: UUID) -> None:
    """Erase a copy that is not in use any more."""
    store.erase([redaction_key(media_id, copy_id)])
