"""Showing personal fields: for a stated purpose, and never without a trace."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import audit as queries
from app.accounts.service.audit import record
from app.core import clock
from app.core.actor import Actor
from app.core.errors import invalid_field

PURPOSE_MIN = 4


def disclose(
    session: Session,
    actor: Actor,
    *,
    purpose: str,
    fields: Sequence[str],
    entity: str,
    rows: Mapping[UUID, Mapping[str, Any]],
) -> dict[UUID, dict[str, Any]]:
    """The values asked for of `rows` (by id, which the caller may see), after writing down who saw what.

    The audit event holds the purpose, the names of the fields and the ids of the rows; never a value.
    """
    purpose = purpose.strip()
    if len(purpose) < PURPOSE_MIN:
        raise invalid_field("purpose", "wrong_length")
    known = {name for row in rows.values() for name in row}
    if not fields or (rows and not set(fields) <= known):
        raise invalid_field("fields", "not_one_of")
    ids = sorted(rows)
    record(
        session,
        actor,
        action="personal.disclose",
        entity=entity,
        entity_id=ids[0] if len(ids) == 1 else None,
        purpose=purpose,
        detail={"fields": sorted(set(fields)), "rows": ids},
    )
    return {row_id: {name: row[name] for name in fields if name in row} for row_id, row in rows.items()}


def wait_to_disclose(
    session: Session,
    actor: Actor,
    *,
    at_most: int,
    within: timedelta,
    actions: Sequence[str] = ("personal.disclose",),
) -> timedelta | None:
    """How long the actor has to wait before she may be shown anything more by these acts; None: not at all.

    The audit trail itself is what is counted, and whoever asks twice at once is counted one after the other.
    """
    now = clock.now()
    oldest = queries.disclosure_before(session, actor.id, number=at_most, since=now - within, actions=actions)
    return None if oldest is None else oldest + within - now
