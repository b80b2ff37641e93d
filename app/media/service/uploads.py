"""Uploads by tus 1.0.0: begin, receive parts of any size, resume, cancel.

The bytes of a part are stored first, as an object with a key of its own. Then a short transaction records the part. If this
transaction fails, the part does not count as received, and its object is erased together with the upload.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import (
    ChecksumWrong,
    Conflict,
    Gone,
    Malformed,
    NotFound,
    Throttled,
    TooLarge,
    Unsupported,
)
from app.core.ids import uuid7
from app.media import queries
from app.media.rules import tus
from app.media.service.object_store import Store
from app.settings import Settings

Transaction = Callable[[Actor], AbstractContextManager[Session]]
FINISH, ERASE = "media.finish", "media.erase"
UNFINISHED_MAX = 500
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an upload, in bytes.

    Attributes:
        received: Number of bytes that have arrived.
        length: Number of bytes of the whole file.
        expires_at: When the upload expires. None: all bytes have arrived.
        metadata_sent: The header `Upload-Metadata` as received.
    """

    id: UUID
    received: int
    length: int
    expires_at: datetime | None = None
    metadata_sent: str | None = None


def begin(
    session: Session, actor: Actor, *, length: str | None, metadata: str | None, settings: Settings
) -> Progress:
    """Begin an upload, or return the existing one for a repeated request.

    A request is repeated if it has the same id, length, digest and kind, and is from the same account.

    Raises:
        Malformed: A header cannot be parsed.
        TooLarge: The file is larger than the settings allow.
        Unsupported: The declared media type is not accepted.
        Conflict: `id_reused`: another upload has this id.
        Throttled: The account has too many unfinished uploads, or its quota is used up.
    """
    try:
        size = tus.length(length)
        declared = tus.declared(tus.metadata(metadata))
    except tus.Unreadable as fault:
        raise Malformed("upload_header_invalid", header=fault.args[0]) from None
    if size > settings.media_limit_bytes:
        raise TooLarge("media_too_large", limit=settings.media_limit_bytes)
    if not tus.is_type_known(declared.kind, declared.type):
        raise Unsupported("media_type_not_taken")
    media_id = declared.id or uuid7()
    now = clock.now()
    if queries.unfinished_of(session, actor.id) >= UNFINISHED_MAX:
        raise Throttled("too_many_uploads", retry_after_s=600)
    _require_quota(session, actor, media_id, size, now, settings)
    is_new = queries.begin(
        session,
        {
            "id": media_id,
            "kind": declared.kind,
            "uploaded_by": actor.id,
            "device_id": actor.device_id,
            "incident_id": declared.incident_id,
            "visit_id": declared.visit_id,
            "declared_type": declared.type,
            "declared_size": size,
            "declared_sha256": declared.sha256,
            "claims": {"said": declared.claims} if declared.claims else {},
            "metadata_sent": metadata,
            "now": now,
            "expires_at": now + timedelta(days=settings.media_upload_days),
        },
    )
    if not is_new:
        return _existing_upload(session, actor, media_id, size, declared)
    if size == 0:
        queries.mark_received(session, media_id, now=now, task=FINISH)
    return progress(session, actor, media_id=media_id)


def _require_quota(
    session: Session, actor: Actor, media_id: UUID, size: int, now: datetime, settings: Settings
) -> None:
    """Raise Throttled if an upload exceeds the account's files per hour or bytes per 24 hours.

    Uploads count from their beginning, also those that were complete and then removed. Otherwise an account could send and
    remove without limit. A repeated request for the same upload is not counted again. Concurrent requests may each exceed the
    quota by one upload.
    """
    totals = queries.sent_totals(session, actor.id, besides=media_id, hour=now - HOUR, day=now - DAY)
    if totals["files"] >= settings.uploads_per_hour:
        wait = totals["first_in_hour"] + HOUR - now
        quota = _limit_in_words(settings.uploads_per_hour, "files an hour", "每小时 %s 个文件")
    elif totals["bytes"] + size > settings.upload_bytes_per_day:
        wait = (totals["first_in_day"] or now) + DAY - now
        quota = _limit_in_words(settings.upload_bytes_per_day // 1_000_000, "MB in 24 hours", "24 小时 %s MB")
    else:
        return
    seconds = max(1, int(wait.total_seconds()) + 1)
    raise Throttled("upload_quota_reached", retry_after_s=seconds, quota=quota)


def _limit_in_words(number: int, english: str, chinese: str) -> dict[str, str]:
    return {"en": f"{number:,} {english}", "zh": chinese % f"{number:,}"}


def _existing_upload(
    session: Session, actor: Actor, media_id: UUID, size: int, declared: tus.Declared
) -> Progress:
    upload = queries.upload(session, media_id)
    is_same = (
        upload is not None
        and upload["uploaded_by"] == actor.id
        and (upload["declared_size"], upload["declared_sha256"], upload["kind"])
        == (size, declared.sha256, declared.kind)
    )
    if not is_same:
        raise Conflict("id_reused")
    return progress(session, actor, media_id=media_id)


def progress(session: Session, actor: Actor, *, media_id: UUID) -> Progress:
    """Return the progress of an upload of the actor.

    Raises:
        NotFound: The actor has no such upload.
        Gone: The upload expired or was cancelled.
    """
    return _progress(_own_upload(queries.upload(session, media_id), actor))


def _own_upload(upload: RowMapping | None, actor: Actor) -> RowMapping:
    if upload is None or upload["uploaded_by"] != actor.id:
        raise NotFound("not_found")
    if upload["deleted_at"] is not None:
        raise Gone("upload_gone")
    if upload["state"] == "uploading" and upload["expires_at"] < clock.now():
        raise Gone("upload_gone")
    return upload


def _progress(upload: RowMapping) -> Progress:
    is_open = upload["state"] == "uploading"
    return Progress(
        id=upload["id"],
        received=upload["received"],
        length=upload["declared_size"],
        expires_at=upload["expires_at"] if is_open else None,
        metadata_sent=upload["metadata_sent"],
    )


def receive(
    transaction: Transaction,
    actor: Actor,
    store: Store,
    *,
    media_id: UUID,
    offset: str | None,
    checksum: str | None,
    content: IO[bytes],
) -> Progress:
    """Store the bytes of one PATCH request. If the request was cut short, store what arrived.

    With a checksum, all bytes are stored or none.

    Raises:
        Malformed: A header cannot be parsed.
        Conflict: The offset is not the number of received bytes, for example because another request with this offset was
            first.
        TooLarge: More bytes were sent than the upload declared.
        ChecksumWrong: The bytes do not have the digest of the header.
        NotFound: The actor has no such upload.
        Gone: The upload expired or was cancelled.
    """
    try:
        start, expected = tus.length(offset), tus.checksum(checksum)
    except tus.Unreadable as fault:
        header = "Upload-Offset" if fault.args[0] == "Upload-Length" else fault.args[0]
        raise Malformed("upload_header_invalid", header=header) from None
    with transaction(actor) as session:
        upload = _require_offset(_own_upload(queries.upload(session, media_id), actor), start)
    size = content.seek(0, 2)
    if start + size > upload["declared_size"]:
        raise TooLarge("upload_too_long", length=upload["declared_size"])
    content.seek(0)
    if expected is not None and not expected.matches(_blocks(content)):
        raise ChecksumWrong("checksum_wrong")
    if size == 0:
        return _progress(upload)
    content.seek(0)
    key = f"uploads/{media_id}/{start:012d}-{uuid7().hex[-12:]}"
    store.put(key, content)
    try:
        with transaction(actor) as session:
            locked = _require_offset(_own_upload(queries.lock_upload(session, media_id), actor), start)
            queries.add_part(session, media_id, start=start, size=size, key=key)
            if start + size == locked["declared_size"]:
                queries.mark_received(session, media_id, now=clock.now(), task=FINISH)
    except (Conflict, Gone, NotFound):
        store.erase([key])
        raise
    return Progress(media_id, start + size, upload["declared_size"], upload["expires_at"])


def _require_offset(upload: RowMapping, start: int) -> RowMapping:
    if upload["received"] != start:
        raise Conflict("upload_offset_wrong", extra={"offset": upload["received"]})
    return upload


def receive_stored(
    session: Session,
    actor: Actor,
    *,
    media_id: UUID,
    kind: str,
    size: int,
    key: str,
    incident_id: UUID,
    settings: Settings,
) -> None:
    """Record a file that the server has stored as one object, link it to a case, and enqueue its processing.

    The caller has checked that the actor may add files to the case. The same limits hold as for uploads in parts, except for
    the quota of an account.

    Args:
        key: Key of the object in the store.
    """
    now = clock.now()
    values = {
        "id": media_id,
        "kind": kind,
        "uploaded_by": actor.id,
        "device_id": None,
        "incident_id": incident_id,
        "visit_id": None,
        "declared_type": None,
        "declared_size": size,
        "declared_sha256": None,
        "claims": {},
        "metadata_sent": None,
        "now": now,
        "expires_at": now + timedelta(days=settings.media_upload_days),
    }
    queries.begin(session, values)
    queries.add_part(session, media_id, start=0, size=size, key=key)
    queries.mark_received(session, media_id, now=now, task=FINISH)
    queries.link_to_record(
        session, media_id, column="incident_id", record_id=incident_id, admitted_by=actor.id
    )


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    while block := content.read(_BLOCK):
        yield block


def give_up(session: Session, actor: Actor, *, media_id: UUID) -> None:
    """Cancel an unfinished upload and enqueue the erasure of its bytes.

    Raises:
        Conflict: The upload is complete.
    """
    upload = _own_upload(queries.lock_upload(session, media_id), actor)
    if upload["state"] != "uploading":
        raise Conflict("upload_finished")
    queries.mark_removed(session, media_id, now=clock.now(), task=ERASE)
    accounts.record(session, actor, action="media.give_up", entity="media", entity_id=media_id)


def sha256_of(content: IO[bytes]) -> str:
    """Return the SHA-256 hex digest of a whole file, and rewind the file."""
    content.seek(0)
    hasher = hashlib.sha256()
    for block in _blocks(content):
        hasher.update(block)
    content.seek(0)
    return hasher.hexdigest()
