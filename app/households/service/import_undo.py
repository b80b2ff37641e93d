"""Undo of an import of the register: delete rows that it made and nobody used since."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.households.queries import import_undo as queries

ENTITIES = queries.ENTITIES


def reasons_to_stay(
    session: Session, made: Mapping[str, Collection[UUID]], *, since: datetime
) -> dict[tuple[str, UUID], str | None]:
    """Return for each remaining row of an import why it cannot be deleted; None: it can be.

    Args:
        made: Ids of the rows by entity (ENTITIES).
        since: When the rows were made. Rows that people changed later have the reason `edited`.
    """
    queries.lock(session, made)
    edited: set[UUID] = set()
    for entity in ENTITIES:
        edited |= accounts.edited_by_people(session, entity=entity, ids=made.get(entity, ()), since=since)
    return queries.reasons(session, made, edited)


def take_back_made(session: Session, actor: Actor, gone: Mapping[str, list[UUID]]) -> None:
    """Delete the rows of an import that have no reason to stay, and blank personal fields."""
    queries.delete_made(session, gone, at=clock.now())
    counts = {entity: len(ids) for entity, ids in gone.items()}
    accounts.record(session, actor, action="household.take_back", entity="household", detail=counts)


def premises_of(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Map ids of premises, and ids of households, to the ids of the premises.

    Exports contain ids of both kinds.
    """
    return queries.premises_of(session, jurisdiction_id, ids)


def ended_premises(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of deleted premises, without those that were merged into other premises."""
    return queries.ended_premises(session, ids)
