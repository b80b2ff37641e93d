"""Use cases of photos and voice notes of cases: list, attach, detach."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.actor import Actor, Permission
from app.core.errors import Conflict, Forbidden, NotFound, invalid_field
from app.incidents.cases.queries import attachments, views
from app.media import service as media
from app.media.models import Media

MAX_ITEMS = 200
COLUMN = "incident_id"


class MediaOfCases:
    """The rules for who may see and remove media of a case, as package `media` calls them."""

    def sees(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor sees the case that the file belongs to."""
        return attachments.is_media_visible(session, actor, media_id=media["id"], now=clock.now())

    def knows_claims(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may read the place and time that the file itself states.

        The actor must direct the case.
        """
        return _may_direct(session, actor, media[COLUMN], Permission.INCIDENT_DIRECT)

    def may_remove(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may remove the file: they must be allowed to correct the case."""
        return _may_direct(session, actor, media[COLUMN], Permission.INCIDENT_CORRECT)


def _may_direct(session: Session, actor: Actor, incident_id: UUID, permission: Permission) -> bool:
    return views.may_direct(session, actor, incident_id=incident_id, permission=permission, now=clock.now())


def media_of(session: Session, actor: Actor, *, incident_id: UUID) -> bytes:
    """Return the photos and voice notes of a case as JSON, oldest first.

    Files whose upload or processing has not ended are listed, too.

    Raises:
        NotFound: The actor does not see the case.
    """
    now = clock.now()
    facts = views.relation_facts(session, actor, incident_id=incident_id, now=now)
    if facts is None:
        raise NotFound("not_found")
    has_part = any(
        facts[name] for name in ("is_director", "is_handler", "is_checker", "is_verifier", "is_offered")
    )
    items = attachments.media_items(
        session,
        actor,
        incident_id=incident_id,
        item=media.media_json(_MEDIA_M),
        has_part=has_part,
        now=now,
        limit=MAX_ITEMS,
    )
    return b'{"items":' + items + b"}"


# The statement that lists the media of a case names them by this alias.
_MEDIA_M = aliased(Media, name="m")


def attach(
    session: Session, actor: Actor, records: media.Records, *, incident_id: UUID, media_id: UUID
) -> None:
    """Attach a photo or voice note to a case. The actor must see the file and the case.

    Raises:
        NotFound: The actor does not see the case or the file.
        Conflict: The file belongs to another case or visit.
    """
    _require_visible(session, actor, incident_id)
    media.link_to_record(session, actor, records, media_id=media_id, column=COLUMN, record_id=incident_id)


def detach(session: Session, actor: Actor, *, incident_id: UUID, media_id: UUID) -> None:
    """Detach a photo or voice note from a case.

    Raises:
        NotFound: The actor does not see the case, or the file does not belong to it.
        Forbidden: The actor may not correct the case.
    """
    _require_visible(session, actor, incident_id)
    if not _may_direct(session, actor, incident_id, Permission.INCIDENT_CORRECT):
        raise Forbidden("permission_missing", permission=Permission.INCIDENT_CORRECT.value)
    media.unlink_from_record(session, actor, media_id=media_id, column=COLUMN, record_id=incident_id)


def _require_visible(session: Session, actor: Actor, incident_id: UUID) -> None:
    if not views.is_visible(session, actor, incident_id=incident_id, now=clock.now()):
        raise NotFound("not_found")


def named_photos(
    session: Session, actor: Actor, *, incident_id: UUID, media_ids: list[UUID]
) -> list[dict[str, Any]]:
    """Attach to a case the photos that a transition names. Return id and state of each photo.

    The state is `pending` for a photo whose upload has not begun.

    Raises:
        Invalid: A photo was sent by another account, or was removed.
        Conflict: A photo was refused, or belongs to another case or visit.
    """
    photos = []
    for index, media_id in enumerate(dict.fromkeys(media_ids)):
        state = media.own_media_state(session, actor, media_id=media_id)
        if state == "not_mine":
            raise invalid_field(f"media.{index}", "reference_unknown")
        if state == "refused":
            raise Conflict("media_refused")
        if state is not None:
            media.link_to_record(
                session, actor, media.NO_RECORDS, media_id=media_id, column=COLUMN, record_id=incident_id
            )
        photos.append({"id": media_id, "state": state or "pending"})
    return photos
