"""Checks that the use cases of the register share: idempotency, faults, areas, search words."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock, idempotency
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, Invalid, invalid_field
from app.households.queries import operations, premises_search
from app.households.rules.rows import Fault, national_id_faults

# Words that more premises have than this, as a share and as a number, are too common to search for.
COMMON_SHARE, COMMON_ROWS = 0.2, 20_000


def is_first(session: Session, actor: Actor, *, route: str, key: UUID, payload: dict[str, Any]) -> bool:
    """Store the key of an operation. Return False if the same operation was applied before.

    Raises:
        Conflict: `id_reused`: the key belongs to another operation, or to the same one with another body.
    """
    digest = idempotency.digest({"route": route, **payload})
    applied = operations.claim(
        session, principal=actor.principal, key=key, route=route, digest=digest, now=clock.now()
    )
    if applied is not None and (applied["route"] != route or bytes(applied["digest"]) != digest):
        raise Conflict("id_reused")
    return applied is None


def require_first_each(session: Session, actor: Actor, *, route: str, payloads: Mapping[UUID, Any]) -> None:
    """Store the keys of several operations.

    Raises:
        Conflict: `id_reused`: one of the keys was used before.
    """
    digests = {key: idempotency.digest({"route": route, **payload}) for key, payload in payloads.items()}
    claimed = operations.claim_each(
        session, principal=actor.principal, route=route, digests=digests, now=clock.now()
    )
    if claimed < len(payloads):
        raise Conflict("id_reused")


def require_sound(faults: list[Fault]) -> None:
    """Raise Invalid with the list of faults, if the list is not empty."""
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def require_inside(is_inside: bool) -> None:
    """Raise Forbidden if a point is not in an area where the actor may edit the register.

    Args:
        is_inside: Whether the point is in such an area.
    """
    if not is_inside:
        raise Forbidden("outside_own_areas")


def require_no_number(filters: dict[str, Any]) -> None:
    """Raise Invalid if a filter contains a national id number.

    Filters are part of the URL, which proxies write to their logs.
    """
    require_sound(national_id_faults({name: filters.get(name) for name in ("q", "external_ref", "resident")}))


def require_selective(session: Session, words: str | None) -> None:
    """Raise Invalid if the words of a search occur in a large share of all addresses.

    Such a search would have to read a large part of the table.
    """
    if words is None:
        return
    matching, total = premises_search.share_with(session, words)
    if matching > COMMON_ROWS and matching > COMMON_SHARE * total:
        raise invalid_field("q", "too_common")
