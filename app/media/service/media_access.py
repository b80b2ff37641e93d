"""Reading, linking and removing of files, with the access rules of the linked record.

The linked record is a case or a visit. Its domain implements the rules (`records.Rule`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound
from app.media import queries
from app.media.rules import file_types
from app.media.service.completion import content_key, thumbnail_key
from app.media.service.records import Records
from app.media.service.uploads import ERASE


@dataclass(frozen=True, slots=True)
class Content:
    """A file to download.

    Attributes:
        key: Key of the object in the store.
        type: Media type.
        size: Number of bytes. None: unknown.
        tag: Value for the ETag, from the hex digest of the whole file.
        name: File name for the client.
    """

    key: str
    type: str
    size: int | None
    tag: str
    name: str


def record(session: Session, actor: Actor, records: Records, *, media_id: UUID) -> tuple[bytes, int]:
    """Return the record of a file as JSON, and its version.

    `claims` (place and time as the device states them) is null, unless the actor sent the file, or the access rule of the
    linked case or visit lets the actor read the claims.
    """
    media = _visible_media(session, actor, records, media_id)
    may_read_claims = media["uploaded_by"] == actor.id
    rule = records.of(media)
    may_read_claims = may_read_claims or (rule is not None and rule.knows_claims(session, actor, media))
    claims = orjson.dumps(media["claims"]) if may_read_claims else b"null"
    return media["body"].rstrip()[:-1] + b',"claims":' + claims + b"}", media["version"]


def content(session: Session, actor: Actor, records: Records, *, media_id: UUID) -> Content:
    """Return what is needed to download the cleaned bytes of a file.

    Raises:
        NotFound: The actor may not see the file.
        Conflict: `media_pending` (the file is not processed yet) or `media_refused`.
    """
    media = _require_ready(_visible_media(session, actor, records, media_id))
    name = f"{media_id}.{file_types.EXTENSIONS[media['content_type']]}"
    return Content(content_key(media_id), media["content_type"], media["size"], media["sha256"], name)


def thumbnail(session: Session, actor: Actor, records: Records, *, media_id: UUID, size: str) -> Content:
    """Return what is needed to download a thumbnail of a photo.

    Raises:
        NotFound: The actor may not see the file, or the file is a voice note.
        Conflict: `media_pending` (the file is not processed yet) or `media_refused`.
    """
    media = _require_ready(_visible_media(session, actor, records, media_id))
    if media["width"] is None or size not in file_types.THUMBNAILS:
        raise NotFound("not_found")
    name = f"{media_id}-{size}.jpg"
    return Content(
        thumbnail_key(media_id, size), file_types.JPEG, None, f"{media['sha256'][:32]}-{size}", name
    )


def _require_ready(media: RowMapping) -> RowMapping:
    if media["state"] == "refused":
        raise Conflict("media_refused", reason=media["refusal"])
    if media["state"] != "ready":
        raise Conflict("media_pending")
    return media


def _visible_media(session: Session, actor: Actor, records: Records, media_id: UUID) -> RowMapping:
    """Return the record of a file if the actor sent it or may see the linked record.

    Raises:
        NotFound: The actor did not send the file and may not see the linked record, or the file was removed.
    """
    media = queries.record(session, media_id, me=actor.id)
    if media is None or media["deleted_at"] is not None:
        raise NotFound("not_found")
    if media["uploaded_by"] == actor.id:
        return media
    rule = records.of(media)
    if rule is None or not rule.sees(session, actor, media):
        raise NotFound("not_found")
    return media


def remove(session: Session, actor: Actor, records: Records, *, media_id: UUID) -> None:
    """Remove a file permanently. A job erases its bytes; the record stays, marked as removed.

    Raises:
        NotFound: The actor may not see the file, or it was removed before.
        Forbidden: The actor may not correct the linked record. For a file without link: the actor did not send it.
    """
    media = _visible_media(session, actor, records, media_id)
    rule = records.of(media)
    is_allowed = media["uploaded_by"] == actor.id if rule is None else rule.may_remove(session, actor, media)
    if not is_allowed:
        raise Forbidden("media_not_yours_to_remove")
    queries.mark_removed(session, media_id, now=clock.now(), task=ERASE)
    _audit(session, actor, "remove", media, media_id=media_id, kind=media["kind"])


def remove_unchecked(session: Session, *, media_id: UUID) -> None:
    """Remove a file without checking access.

    The domain of the linked record has checked access and writes the audit event.
    """
    queries.mark_removed(session, media_id, now=clock.now(), task=ERASE)


def link_to_record(
    session: Session, actor: Actor, records: Records, *, media_id: UUID, column: str, record_id: UUID
) -> None:
    """Link a file to a case, visit or notice. The caller has checked that the actor sees this record.

    Raises:
        NotFound: The actor did not send the file and does not see it.
        Conflict: The file is linked to another record.
    """
    media = _visible_media(session, actor, records, media_id)
    if not queries.link_to_record(
        session, media_id, column=column, record_id=record_id, admitted_by=actor.id
    ):
        raise Conflict("media_hangs_elsewhere")
    _audit(session, actor, "link", {**media, column: record_id}, media_id=media_id)


def unlink_from_record(
    session: Session, actor: Actor, *, media_id: UUID, column: str, record_id: UUID
) -> None:
    """Remove the link of a file. The caller has checked that the actor may correct the record.

    Raises:
        NotFound: The file is not linked to this record.
    """
    media = queries.record(session, media_id, me=actor.id)
    if media is None or media["deleted_at"] is not None or media[column] != record_id:
        raise NotFound("not_found")
    queries.unlink_from_records(session, media_id)
    _audit(session, actor, "unlink", media, media_id=media_id)


def own_media_state(session: Session, actor: Actor, *, media_id: UUID) -> str | None:
    """Return the state of a file that the actor sent.

    None: the upload has not begun. `not_mine`: another account sent the file, or the file was removed.
    """
    media = queries.record(session, media_id, me=actor.id)
    if media is None:
        return None
    if media["uploaded_by"] != actor.id or media["deleted_at"] is not None:
        return "not_mine"
    state: str = media["state"]
    return state


def _audit(session: Session, actor: Actor, act: str, media: Mapping[Any, Any], **detail: Any) -> None:
    """Write an audit event on the linked case of a file, or on the file if no case is linked."""
    incident_id = media["incident_id"]
    entity, entity_id = ("incident", incident_id) if incident_id else ("media", media["id"])
    accounts.record(session, actor, action=f"media.{act}", entity=entity, entity_id=entity_id, detail=detail)
