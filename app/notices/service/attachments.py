"""Use cases of the files of notices: attach, remove, open. The media store checks and cleans them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, invalid_field
from app.media import service as media
from app.media.rules.file_types import EXTENSIONS
from app.notices.queries import attachments as queries
from app.notices.rules.notices import ATTACHMENTS_BYTES_MAX

COLUMN = "notice_id"
Item = dict[str, Any]


class MediaOfNotices:
    """Access rules for files of a notice, as package `media` calls them."""

    def sees(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor sees the notice that the file is attached to."""
        return queries.sees_notice(session, actor, media[COLUMN])

    def knows_claims(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return False: only the sender may read the place and time that a picture states."""
        return False

    def may_remove(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return False: the author removes a file by a change of the draft."""
        return False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a notice as its household sees it.

    Attributes:
        titles: `{language: title}`.
        type: Media type.
    """

    media_id: UUID
    titles: dict[str, str]
    type: str
    size: int

    @property
    def extension(self) -> str:
        """Return the extension of the name of the file."""
        return EXTENSIONS[self.type]


def attach(
    session: Session,
    actor: Actor,
    *,
    notice_id: UUID,
    items: Sequence[Item],
    bytes_max: int = ATTACHMENTS_BYTES_MAX,
) -> None:
    """Store the files of a draft in place of the present ones. Files that are left out are erased.

    Raises:
        Invalid: A file was sent by another account, is attached elsewhere, is a voice note or was refused; it is listed twice;
            it has no Chinese or English title; or the files are too large together.
    """
    ids = [item["media_id"] for item in items]
    candidates = queries.candidates(session, ids, notice_id=notice_id, account_id=actor.id)
    faults = [fault for place in range(len(items)) for fault in _faults(place, items, candidates)]
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})
    if sum(candidates[id]["size"] for id in ids) > bytes_max:
        raise invalid_field("attachments", "notice_files_large", most=bytes_max // 1_000_000)
    before = [row["id"] for row in queries.attached(session, notice_id)]
    for media_id in ids:
        if candidates[media_id][COLUMN] is None:
            media.link_to_record(
                session, actor, media.NO_RECORDS, media_id=media_id, column=COLUMN, record_id=notice_id
            )
    queries.set_attachments(
        session, notice_id, [{"media_id": item["media_id"], "titles": item["titles"]} for item in items]
    )
    for media_id in before:
        if media_id not in candidates:
            media.remove_unchecked(session, media_id=media_id)


def _faults(place: int, items: Sequence[Item], candidates: dict[UUID, RowMapping]) -> list[dict[str, Any]]:
    item = items[place]
    media_id = item["media_id"]
    of_id = f"attachments.{place}.media_id"
    if media_id in [earlier["media_id"] for earlier in items[:place]]:
        return [{"field": of_id, "code": "repeated"}]
    if media_id not in candidates:
        return [{"field": of_id, "code": "reference_unknown"}]
    if candidates[media_id]["kind"] == "voice":
        return [{"field": of_id, "code": "notice_file_kind"}]
    if candidates[media_id]["state"] == "refused":
        return [{"field": of_id, "code": "notice_file_not_taken"}]
    if not {"zh", "en"} & set(item["titles"]):
        return [{"field": f"attachments.{place}.titles", "code": "notice_language_missing"}]
    return []


def require_ready(session: Session, notice_id: UUID) -> None:
    """Raise Conflict if a file of a notice is not ready: it is being checked (`media_pending`) or was refused."""
    for row in queries.attached(session, notice_id):
        if row["state"] == "refused":
            raise Conflict("notice_file_refused")
        if row["state"] != "ready":
            raise Conflict("media_pending")


def attachments_of(session: Session, notice_id: UUID) -> list[Attachment]:
    """Return the files of a notice that can be read, in their order."""
    return [
        Attachment(row["id"], row["titles"], row["content_type"], row["size"])
        for row in queries.attached(session, notice_id)
        if row["state"] == "ready"
    ]


def remove_attachments(session: Session, notice_id: UUID) -> None:
    """Erase the files of a notice for good."""
    for row in queries.attached(session, notice_id):
        media.remove_unchecked(session, media_id=row["id"])
    queries.set_attachments(session, notice_id, [])
