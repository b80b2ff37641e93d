"""Use cases of the versions of a profile: list, read, compare and announce them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.db import json_list
from app.core.errors import NotFound, invalid_field
from app.core.paging import number_after, page_body
from app.profiles.queries import versions as queries
from app.profiles.rules.diff import differences
from app.profiles.service.jurisdictions import jurisdiction_id_of

# Largest value of the column.
MAX_NUMBER = 2_147_483_647


def profile_versions(
    session: Session, actor: Actor, *, code: str, limit: int, cursor: str | None = None
) -> bytes:
    """Return a page of the versions of a profile, newest first."""
    before = number_after(cursor)
    row = queries.version_page(
        session,
        jurisdiction_id=jurisdiction_id_of(session, actor, code),
        before=None if before is None else min(before, MAX_NUMBER),
        limit=limit,
        now=clock.now(),
    )
    return page_body(json_list(row["items"]), [str(row["last_number"])] if row["has_more"] else None)


def profile_version(session: Session, actor: Actor, *, code: str, number: int) -> bytes:
    """Return a profile version with its document as JSON.

    Raises:
        NotFound: There is no such version.
    """
    jurisdiction_id = jurisdiction_id_of(session, actor, code)
    document = None
    if number <= MAX_NUMBER:
        document = queries.version(session, jurisdiction_id=jurisdiction_id, number=number, now=clock.now())
    if document is None:
        raise NotFound("not_found")
    return document


def profile_data(session: Session, actor: Actor, *, code: str, number: int) -> dict[str, Any]:
    """Return the parsed document of a profile version.

    Raises:
        NotFound: There is no such version.
    """
    jurisdiction_id = jurisdiction_id_of(session, actor, code)
    document = None
    if number <= MAX_NUMBER:
        document = queries.data_of(session, jurisdiction_id=jurisdiction_id, number=number)
    if document is None:
        raise NotFound("not_found")
    return document


def profile_difference(session: Session, actor: Actor, *, code: str, number: int, to: int) -> dict[str, Any]:
    """Return the differences from version `number` of a profile to version `to`.

    Version `to` may be older or newer.

    Raises:
        Invalid: There is no version `to`.
        NotFound: There is no version `number`.
    """
    old = profile_data(session, actor, code=code, number=number)
    try:
        new = profile_data(session, actor, code=code, number=to)
    except NotFound:
        raise invalid_field("to", "reference_unknown") from None
    items = [asdict(difference) for difference in differences(old, new)]
    return {"jurisdiction": code, "number": number, "to": to, "items": items}


def announce_rules(session: Session, now: datetime) -> int:
    """Announce to devices the profile versions that have come into force.

    Return the number of these versions.
    """
    return queries.announce(session, now=now)
