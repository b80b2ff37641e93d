"""Photos and voice notes on visits: who sees the visit sees them."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.actor import Actor, Permission
from app.core.db import as_sql
from app.households.models import Visit
from app.households.queries import attachments
from app.media import service as media

_VISIT_V = aliased(Visit, name="v")


class MediaOfVisits:
    """What households answer when media ask about one that hangs on a visit (`media.service.records.Rule`)."""

    def sees(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        return _holds(session, actor, media, Permission.RESIDENT_READ)

    def knows_claims(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        return False  # where and when a phone says it was is its sender's own

    def may_remove(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        is_own: bool = media["uploaded_by"] == actor.id
        return is_own or _holds(session, actor, media, Permission.RESIDENT_ERASE)


def _holds(session: Session, actor: Actor, media: RowMapping, permission: Permission) -> bool:
    return attachments.is_visible(
        session, actor, media_id=media["id"], permission=permission, now=clock.now()
    )


def media_on_visit() -> str:
    """Return SQL of the JSON list of the media of a visit `v`, for statements that are still put together as text."""
    return as_sql(attachments.media_of_visit(_VISIT_V))


def forget_of_home(session: Session, household_id: UUID) -> None:
    """What was photographed and said at a home goes for good, as the notes of visits do."""
    for media_id in attachments.of_visits_to(session, household_id):
        media.remove_unchecked(session, media_id=media_id)
