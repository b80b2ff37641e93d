"""Access to photos and voice notes of visits, for actors who may read the visit."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.actor import Actor, Permission
from app.households.models import Visit
from app.households.queries import attachments
from app.media import service as media

_VISIT_V = aliased(Visit, name="v")


class MediaOfVisits:
    """Access rules for photos and voice notes that are linked to a visit.

    The class implements the interface `Rule` of `media.service.records`.
    """

    def sees(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor may read the visit, and the worker who made it sent the file."""
        return _holds(session, actor, media, Permission.RESIDENT_READ)

    def knows_claims(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return False: only the sender may read the place and time that the device states."""
        return False

    def may_remove(self, session: Session, actor: Actor, media: RowMapping) -> bool:
        """Return True if the actor sent the file, or may erase residents of the visited household."""
        is_own: bool = media["uploaded_by"] == actor.id
        return is_own or _holds(session, actor, media, Permission.RESIDENT_ERASE)


def _holds(session: Session, actor: Actor, media: RowMapping, permission: Permission) -> bool:
    return attachments.is_visible(
        session, actor, media_id=media["id"], permission=permission, now=clock.now()
    )


def remove_media_of_home(session: Session, household_id: UUID) -> None:
    """Remove all media of visits to a household permanently."""
    for media_id in attachments.of_visits_to(session, household_id):
        media.remove_unchecked(session, media_id=media_id)
