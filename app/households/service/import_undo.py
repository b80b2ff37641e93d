"""Undo of an import of the register: deletes the rows it made that nothing depends on."""

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
    """Return why each row that an import made, and that is not deleted yet, has to stay.

    None: it need not.

    Args:
        made: Ids by entity (ENTITIES).
        since: When the rows were made; rows that people changed later are `edited`.
    """
    queries.lock(session, made)
    edited: set[UUID] = set()
    for entity in ENTITIES:
        edited |= accounts.edited_by_people(session, entity=entity, ids=made.get(entity, ()), since=since)
    return queries.reasons(session, made, edited)


def take_back_made(session: Session, actor: Actor, gone: Mapping[str, list[UUID]]) -> None:
    """Delete rows that `reasons_to_stay` gives no reason for, and blank their residents."""
    queries.delete_made(session, gone, at=clock.now())
    counts = {entity: len(ids) for entity, ids in gone.items()}
    accounts.record(session, actor, action="household.take_back", entity="household", detail=counts)


def premises_of(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return premises by their own ids and by the ids of their households; exports contain both."""
    return queries.premises_of(session, jurisdiction_id, ids)


def ended_premises(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that are of deleted premises which were not merged into others."""
    return queries.ended_premises(session, ids)
