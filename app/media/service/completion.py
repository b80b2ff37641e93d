"""Processing of a complete upload: verification of what the client declared, then cleaning.

Afterwards the bytes that the client sent, with their metadata, are erased: the stored parts and the temporary file.
"""

import tempfile
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import SYSTEM
from app.media import queries
from app.media.rules import file_types
from app.media.service.decoder import Cleaned, Refused, decode
from app.media.service.object_store import Store
from app.media.service.uploads import ERASE, FINISH, Transaction, sha256_of
from app.settings import Settings

_SNIFFED_BYTES = 70_000
_FAMILIES = {"voice": "voice", "document": "document"}
SWEEP = "media.sweep"
# A job that did not run for so long was lost.
STUCK_AFTER = timedelta(minutes=10)


def content_key(media_id: UUID) -> str:
    """Return the store key of the cleaned bytes of a file."""
    return f"media/{media_id}/content"


def thumbnail_key(media_id: UUID, name: str) -> str:
    """Return the store key of a thumbnail of a picture.

    Args:
        name: One of THUMBNAILS.
    """
    return f"media/{media_id}/{name}"


def finish(transaction: Transaction, store: Store, *, media_id: UUID, settings: Settings) -> str | None:
    """Process a received upload. Return `ready` or the code of a refusal.

    None: there is nothing to process. Two concurrent runs are safe: both write the same objects, and only one of them changes
    the database.
    """
    with transaction(SYSTEM) as session:
        upload = queries.upload(session, media_id)
        parts = queries.parts(session, media_id)
    if upload is None or upload["state"] != "received" or upload["deleted_at"] is not None:
        return None
    folder = settings.spool_folder()
    with tempfile.TemporaryFile(dir=folder) as file:
        for part in parts:
            for block in store.stream(part["key"]):
                file.write(block)
        outcome = _outcome(store, upload, file, settings)
    with transaction(SYSTEM) as session:
        is_done = queries.complete(session, media_id, outcome | {"now": clock.now()})
    sweep(transaction, store, media_id=media_id)
    return (outcome.get("refusal") or "ready") if is_done else None


def _outcome(store: Store, upload: RowMapping, file: IO[bytes], settings: Settings) -> dict[str, Any]:
    """Clean the file and store the result. Return the new column values of its record."""
    try:
        type_ = _verified_type(upload, file)
        names = tuple(file_types.THUMBNAILS) if type_ in file_types.PHOTOS else ()
        with Cleaned(settings.spool_folder(), names) as cleaned:
            decode(
                file, cleaned, type=type_, size=upload["declared_size"], megapixels=settings.media_megapixels
            )
            return _store_cleaned(store, upload["id"], cleaned)
    except Refused as refused:
        return {"state": "refused", "refusal": refused.args[0]}


def _verified_type(upload: RowMapping, file: IO[bytes]) -> str:
    """Verify a file against the size, digest and type that the client declared.

    Return the media type of the file.

    Raises:
        Refused: Size, digest or type is not the declared one, or the type is not accepted.
    """
    size = file.seek(0, 2)
    if size == 0:
        raise Refused("empty")
    digest = sha256_of(file)
    if size != upload["declared_size"] or upload["declared_sha256"] not in (None, digest):
        raise Refused("checksum_mismatch")
    head = file.read(_SNIFFED_BYTES)
    file.seek(max(0, size - _SNIFFED_BYTES))
    tail = file.read()
    file.seek(0)
    type_ = file_types.type_of(head)
    if type_ is None:
        raise Refused("type_not_taken")
    if file_types.family_of(type_) != _FAMILIES.get(
        upload["kind"], "photo"
    ) or not file_types.matches_declared(upload["declared_type"], type_):
        raise Refused("type_mismatch")
    if file_types.is_polyglot(file_types.FileEnds(head, tail, size), is_document=type_ == file_types.PDF):
        raise Refused("two_things_at_once")
    return type_


def _store_cleaned(store: Store, media_id: UUID, cleaned: Cleaned) -> dict[str, Any]:
    facts = cleaned.facts
    digest, size = sha256_of(cleaned.content), cleaned.content.seek(0, 2)
    for name, file in cleaned.thumbnails.items():
        file.seek(0)
        store.put(thumbnail_key(media_id, name), file)
    cleaned.content.seek(0)
    store.put(content_key(media_id), cleaned.content)
    outcome = {
        "state": "ready",
        "stripped": facts["stripped"],
        "content_type": facts["type"],
        "size": size,
        "sha256": digest,
    }
    if "width" in facts:
        outcome |= {"width": facts["width"], "height": facts["height"]}
        outcome["claims"] = {"exif": facts["claims"]} if facts["claims"] else {}
    return outcome


def sweep(transaction: Transaction, store: Store, *, media_id: UUID) -> None:
    """Erase the stored parts of an upload that has ended, and their records.

    The objects are found by listing the store, so parts without a record are erased, too.
    """
    store.erase(store.under(f"uploads/{media_id}"))
    with transaction(SYSTEM) as session:
        queries.delete_parts(session, media_id)


def erase(transaction: Transaction, store: Store, *, media_id: UUID) -> None:
    """Erase all bytes of a removed file. Its record stays in the table."""
    with transaction(SYSTEM) as session:
        upload = queries.upload(session, media_id)
    if upload is None or upload["deleted_at"] is None:
        return
    sweep(transaction, store, media_id=media_id)
    store.erase(store.under(f"media/{media_id}"))
    with transaction(SYSTEM) as session:
        queries.mark_erased(session, media_id)


def run_due(session: Session, now: datetime, *, settings: Settings, limit: int = 200) -> dict[str, int]:
    """Remove expired uploads and unlinked files, and enqueue jobs again that did not run.

    Return the number of files for each reason.
    """
    due = queries.due_media(
        session,
        now=now,
        loose_before=now - timedelta(days=settings.media_loose_days),
        stuck_before=now - STUCK_AFTER,
        limit=limit,
    )
    for media_id in (*due["expired"], *due["loose"]):
        queries.mark_removed(session, media_id, now=now, task=ERASE)
    for media_id in (*due["unfinished"], *due["with_parts"]):
        queries.enqueue(session, FINISH if media_id in due["unfinished"] else SWEEP, media_id)
    for media_id in due["unerased"]:
        queries.enqueue(session, ERASE, media_id)
    return {name: len(due[name]) for name in ("expired", "loose", "unfinished", "unerased", "with_parts")}
