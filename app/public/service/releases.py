"""Release to the public: a person decides which words and photos of a case everybody may see, or hides the case."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound, invalid_field
from app.core.links import link
from app.core.paging import encode_cursor, key_after
from app.profiles import service as profiles
from app.profiles.rules.publicity import Publicity
from app.public.queries import releases as queries
from app.public.rules.door import BOX_MEMBERS, LANGUAGES, WAITING_DAYS
from app.public.rules.free_words import clean_words


def release_of(session: Session, actor: Actor, *, incident_id: UUID) -> dict[str, Any]:
    """Return what of a case is released, and what can be.

    Raises:
        NotFound: There is no such case in an area where the actor may release.
    """
    row = case_to_release(session, actor, incident_id)
    publicity, in_force = _publicity(session, row)
    is_hidden = row["hidden_at"] is not None
    is_public = publicity is not Publicity.NOT_PUBLIC and not is_hidden
    has_pages = is_public and in_force is not None and in_force.profile.public_door.is_open
    released = list(row["photo_ids"])
    return {
        "incident_id": row["id"],
        "publicity": publicity,
        "is_public": is_public,
        "is_hidden": is_hidden,
        "words": row["words"],
        "photo_ids": released,
        "reported_words": row["reported_words"],
        "proposed_words": clean_words(row["reported_words"]).words,
        "available_photo_ids": [photo["id"] for photo in row["photos"]],
        "photos": [_photo(photo, released) for photo in row["photos"]],
        "pages": _pages(session, row) if has_pages else None,
        "updated_at": row["updated_at"],
    }


def _photo(photo: dict[str, Any], released: Sequence[UUID]) -> dict[str, Any]:
    """Return a photo of a case for the person who releases it."""
    boxes = [dict(zip(BOX_MEMBERS, box, strict=True)) for box in photo["boxes"]]
    shown = {name: photo[name] for name in ("id", "kind", "width", "height", "created_at")}
    return shown | {"is_released": UUID(photo["id"]) in released, "boxes": boxes}


def _pages(session: Session, row: dict[str, Any]) -> dict[str, str]:
    """Return the links to the public page of a case, by language."""
    body, _ = profiles.jurisdiction(session, row["jurisdiction_id"])
    code = orjson.loads(body)["code"]
    return {language: link(f"/public/{code}/{language}/cases/{row['id']}") for language in LANGUAGES}


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
    row = case_to_release(session, actor, incident_id)
    publicity, _ = _publicity(session, row)
    if publicity is Publicity.NOT_PUBLIC and (words or photo_ids):
        raise Conflict("case_not_public")
    if publicity is not Publicity.PUBLIC and photo_ids:
        raise Conflict("case_not_public")
    if not {str(photo_id) for photo_id in photo_ids} <= {photo["id"] for photo in row["photos"]}:
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


def case_to_release(session: Session, actor: Actor, incident_id: UUID) -> dict[str, Any]:
    """Return a case with what is released of it (`queries.releasable`).

    Raises:
        NotFound: There is no such case in an area where the actor may release.
    """
    row = queries.releasable(session, actor, incident_id, now=clock.now())
    if row is None:
        raise NotFound("not_found")
    return row


def _publicity(session: Session, row: dict[str, Any]) -> tuple[Publicity, profiles.ProfileInForce | None]:
    """Return the publicity of a case by the profile in force, and the profile.

    A case that is not an ordinary one is never public.
    """
    in_force = profiles.readable_profile(session, row["jurisdiction_id"], clock.now())
    category = in_force.profile.taxonomy.categories.get(row["category"]) if in_force else None
    is_open = category is not None and row["is_ordinary"]
    return (category.publicity if category is not None and is_open else Publicity.NOT_PUBLIC), in_force


def cases_to_release(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """Return a page of cases whose words or photos wait for a person who releases them, the newest first.

    Cases that were reported earlier than `WAITING_DAYS` ago are left out.
    """
    after = key_after(cursor, datetime.fromisoformat, UUID)
    now = clock.now()
    rows = queries.waiting(
        session,
        actor,
        _public_categories(session, actor, now),
        since=now - timedelta(days=WAITING_DAYS),
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
        now=now,
    )
    items = [dict(row) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return {
        "items": items,
        "next": encode_cursor([last["reported_at"].isoformat(), str(last["id"])]) if last else None,
    }


def _public_categories(session: Session, actor: Actor, now: datetime) -> list[tuple[UUID, str, bool]]:
    """Return the public categories of the jurisdictions of an actor: jurisdiction, code, whether photos are shown."""
    public_ones = []
    for jurisdiction in orjson.loads(profiles.list_jurisdictions(session, actor))["items"]:
        in_force = profiles.readable_profile(session, UUID(jurisdiction["id"]), now)
        categories = in_force.profile.taxonomy.categories.values() if in_force else ()
        public_ones += [
            (UUID(jurisdiction["id"]), category.code, category.publicity is Publicity.PUBLIC)
            for category in categories
            if category.publicity is not Publicity.NOT_PUBLIC
        ]
    return public_ones
