"""Checks of all use cases of the register: repetition, faults, scope, search words."""

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
    """Claim an operation. Return True if it is new, False if it was applied before.

    Raises:
        Conflict: `id_reused`: another operation has this id, or the same one with another body.
    """
    digest = idempotency.digest({"route": route, **payload})
    applied = operations.claim(
        session, principal=actor.principal, key=key, route=route, digest=digest, now=clock.now()
    )
    if applied is not None and (applied["route"] != route or bytes(applied["digest"]) != digest):
        raise Conflict("id_reused")
    return applied is None


def require_first_each(session: Session, actor: Actor, *, route: str, payloads: Mapping[UUID, Any]) -> None:
    """Claim several operations by their keys.

    Raise Conflict (`id_reused`) if one of them is not new.
    """
    digests = {key: idempotency.digest({"route": route, **payload}) for key, payload in payloads.items()}
    claimed = operations.claim_each(
        session, principal=actor.principal, route=route, digests=digests, now=clock.now()
    )
    if claimed < len(payloads):
        raise Conflict("id_reused")


def require_sound(faults: list[Fault]) -> None:
    """Raise Invalid with all faults, if there are any."""
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def require_inside(is_inside: bool) -> None:
    """Raise Forbidden if a place is not in an area where the actor may edit the register."""
    if not is_inside:
        raise Forbidden("outside_own_areas")


def require_no_number(filters: dict[str, Any]) -> None:
    """Raise Invalid if a filter contains a citizen's number.

    Proxies would write it to their logs with the address.
    """
    require_sound(national_id_faults({name: filters.get(name) for name in ("q", "external_ref", "resident")}))


def require_selective(session: Session, words: str | None) -> None:
    """Raise Invalid if the words of a search occur in a large share of all addresses.

    Such a search would read all premises.
    """
    if words is None:
        return
    matching, total = premises_search.share_with(session, words)
    if matching > COMMON_ROWS and matching > COMMON_SHARE * total:
        raise invalid_field("q", "too_common")
