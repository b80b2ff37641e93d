"""Repeats and refusals, as every use case of the register needs them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core import clock, idempotency
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, Invalid, invalid_field
from app.households.queries import operations, premises_search
from app.households.rules.rows import Fault, national_id_faults

# Of all premises: words that more of them have are those of the city itself.
COMMON_SHARE, COMMON_ROWS = 0.2, 20_000


def is_first(session: Session, actor: Actor, *, route: str, key: UUID, payload: dict[str, Any]) -> bool:
    """Whether this operation is new; sent before, it has had its effect. Another body under its id is a conflict."""
    digest = idempotency.digest({"route": route, **payload})
    applied = operations.claim(
        session, principal=actor.principal, key=key, route=route, digest=digest, now=clock.now()
    )
    if applied is not None and (applied["route"] != route or bytes(applied["digest"]) != digest):
        raise Conflict("id_reused")
    return applied is None


def require_first_each(session: Session, actor: Actor, *, route: str, payloads: Mapping[UUID, Any]) -> None:
    """Claim several operations by their keys, each of which has to be new."""
    digests = {key: idempotency.digest({"route": route, **payload}) for key, payload in payloads.items()}
    claimed = operations.claim_each(
        session, principal=actor.principal, route=route, digests=digests, now=clock.now()
    )
    if claimed < len(payloads):
        raise Conflict("id_reused")


def require_sound(faults: list[Fault]) -> None:
    """Refuse what breaks a rule, with every fault at once."""
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})


def require_inside(is_inside: bool) -> None:
    """Nobody puts anything where she has no say."""
    if not is_inside:
        raise Forbidden("outside_own_areas")


def require_no_number(filters: dict[str, Any]) -> None:
    """Nobody is looked for by a citizen's number, not even in vain: it would stand in logs of proxies."""
    require_sound(national_id_faults({name: filters.get(name) for name in ("q", "external_ref", "resident")}))


def require_telling(session: Session, words: str | None) -> None:
    """Refuse words that stand in a large part of all addresses: they tell nothing, and would read them all."""
    if words is None:
        return
    matching, total = premises_search.share_with(session, words)
    if matching > COMMON_ROWS and matching > COMMON_SHARE * total:
        raise invalid_field("q", "too_common")
