"""Use cases that find jurisdictions: by code, by actor, or the default one.

`app.areas` creates jurisdictions, together with their root unit.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import SYSTEM, Actor, Permission
from app.core.errors import NotFound, invalid_field
from app.profiles.queries import jurisdictions as queries


def list_jurisdictions(session: Session, actor: Actor) -> bytes:
    """Return the jurisdictions in the actor's scope as JSON, each with its version in force."""
    return queries.jurisdictions(session, actor, now=clock.now())


def jurisdiction_id_of(session: Session, actor: Actor, code: str) -> UUID:
    """Return the id of the jurisdiction with this code.

    Raises:
        NotFound: There is none, or it is not in the actor's scope.
    """
    row = None if "\0" in code else queries.jurisdiction(session, code=code, now=clock.now())
    if row is None or not actor.reads_jurisdiction(row["id"]):
        raise NotFound("not_found")
    jurisdiction_id: UUID = row["id"]
    return jurisdiction_id


def jurisdiction_named(session: Session, code: str | None, actor: Actor = SYSTEM) -> UUID:
    """Return the id of the jurisdiction with this code; None: the actor's own one.

    Raises:
        Invalid: `jurisdiction`: there is none, or it is not in the actor's scope.
    """
    try:
        return own_jurisdiction(session, actor) if code is None else jurisdiction_id_of(session, actor, code)
    except NotFound:
        raise invalid_field("jurisdiction", "reference_unknown") from None


def own_jurisdiction(session: Session, actor: Actor) -> UUID:
    """Return the id of the jurisdiction to use if an actor does not name one.

    An actor with one jurisdiction uses it. An actor with several uses the default jurisdiction if it is in the actor's scope,
    else the oldest of their own. An actor for the whole installation uses the default jurisdiction.

    Raises:
        NotFound: There is no jurisdiction.
    """
    own_ids = actor.jurisdiction_ids
    if len(own_ids) == 1 and not actor.everywhere_with(Permission.AREA_READ):
        return own_ids[0]
    default_id = queries.default_jurisdiction_id(session)
    if default_id is None:
        raise NotFound("not_found")
    return default_id if not own_ids or actor.reads_jurisdiction(default_id) else min(own_ids)


def jurisdiction(session: Session, jurisdiction_id: UUID) -> tuple[bytes, int]:
    """Return a jurisdiction as JSON, with the version of its row.

    Raises:
        NotFound: There is no such jurisdiction.
    """
    row = queries.jurisdiction(session, id=jurisdiction_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row["item"], row["version"]


def has_jurisdiction(session: Session) -> bool:
    """Return True if there is a jurisdiction, and lock the creation of the first jurisdiction.

    The advisory lock lasts until the transaction ends. Without the lock, two concurrent callers would both find no jurisdiction
    and each create a first one.
    """
    queries.lock_first_jurisdiction(session)
    return queries.default_jurisdiction_id(session) is not None


def set_root_unit(session: Session, jurisdiction_id: UUID, unit_id: UUID) -> None:
    """Store the root unit of a jurisdiction, which owns the categories that no other unit owns."""
    queries.set_root_unit(session, jurisdiction_id, unit_id)


def lock_jurisdiction(session: Session, jurisdiction_id: UUID) -> None:
    """Lock a jurisdiction against other changes of its areas or profile until the commit."""
    queries.lock_jurisdiction(session, jurisdiction_id)
