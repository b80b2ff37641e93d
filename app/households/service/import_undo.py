"""Undo of an import of the register: deletes its rows, except those that were used since."""

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
    """Return for each row that an import made the reason why it cannot be deleted, or None.

    Rows that were deleted already are left out.

    Args:
        made: Ids of the rows by entity (ENTITIES).
        since: Time at which the import made the rows. Rows that people changed later have the reason `edited`.
    """
    queries.lock(session, made)
    edited: set[UUID] = set()
    for entity in ENTITIES:
        edited |= accounts.edited_by_people(session, entity=entity, ids=made.get(entity, ()), since=since)
    return queries.reasons(session, made, edited)


def take_back_made(session: Session, actor: Actor, gone: Mapping[str, list[UUID]]) -> None:
    """Delete rows that an import made, and blank their personal fields.

    The caller passes only rows for which `reasons_to_stay` returned None.

    Args:
        gone: Ids of the rows by entity (ENTITIES).
    """
    queries.delete_made(session, gone, at=clock.now())
    counts = {entity: len(ids) for entity, ids in gone.items()}
    accounts.record(session, actor, action="household.take_back", entity="household", detail=counts)


def premises_of(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Map ids of premises or households in a jurisdiction to the ids of their premises.

    An import uses it for export files, which contain ids of both kinds.
    """
    return queries.premises_of(session, jurisdiction_id, ids)


def ended_premises(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of deleted premises, without those that were merged into other premises."""
    return queries.ended_premises(session, ids)
