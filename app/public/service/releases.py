"""Release to the public: a person decides which words and photos of a case everybody may see, or hides the case."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, invalid_field
from app.profiles import service as profiles
from app.profiles.rules.publicity import Publicity
from app.public.queries import releases as queries
from app.public.rules.free_words import clean_words


def release_of(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """Return what of a case is released, and what can be.

    Raises:
        NotFound: There is no such case in an area where the actor may release.
    """
    row = _case(session, actor, incident_id)
    publicity = _publicity(session, row)
    is_hidden = row["hidden_at"] is not None
    return {
        "incident_id": row["id"],
        "publicity": publicity,
        "is_public": publicity is not Publicity.NOT_PUBLIC and not is_hidden,
        "is_hidden": is_hidden,
        "words": row["words"],
        "photo_ids": list(row["photo_ids"]),
        "proposed_words": clean_words(row["reported_words"]).words,
        "available_photo_ids": list(row["photos"]),
        "updated_at": row["updated_at"],
    }


def release(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    words: str | None = None,
    photo_ids: Sequence[UUID] = (),
    is_hidden: bool = False,
) -> dict[str, Any]:
    """Store what everybody may see of a case. It replaces what was released before.

    Args:
        words: The released words; None: none.
        photo_ids: Processed photos of the case, in the order of the pages.
        is_hidden: The case is shown to nobody without an account, except by the links of its reporters.

    Raises:
        NotFound: There is no such case in an area where the actor may release.
        Conflict: Words or photos are released of a case that is never public (`case_not_public`).
        Invalid: A photo is not of the case or not processed.
    """
    row = _case(session, actor, incident_id)
    publicity = _publicity(session, row)
    if publicity is Publicity.NOT_PUBLIC and (words or photo_ids):
        raise Conflict("case_not_public")
    if publicity is not Publicity.PUBLIC and photo_ids:
        raise Conflict("case_not_public")
    if not set(photo_ids) <= set(row["photos"]):
        raise invalid_field("photo_ids", "not_photo_of_case")
    queries.store(
        session,
        incident_id,
        actor,
        words=words or None,
        photo_ids=photo_ids,
        is_hidden=is_hidden,
        now=clock.now(),
    )
    accounts.record(
        session,
        actor,
        action="public.release",
        entity="incident",
        entity_id=incident_id,
        detail={"words": bool(words), "photos": [str(id) for id in photo_ids], "hidden": is_hidden},
    )
    return release_of(session, actor, incident_id=incident_id)


def _case(session: Session, actor: Actor, incident_id: UUID) -> RowMapping:
    row = queries.releasable(session, actor, incident_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row


def _publicity(session: Session, row: RowMapping) -> Publicity:
    """Return the publicity of a case: by the profile in force, and never public if the case is not an ordinary one."""
    in_force = profiles.readable_profile(session, row["jurisdiction_id"], clock.now())
    category = in_force.profile.taxonomy.categories.get(row["category"]) if in_force else None
    return category.publicity if category is not None and row["is_ordinary"] else Publicity.NOT_PUBLIC
