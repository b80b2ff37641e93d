"""Taking back what an import made in the register, as long as nothing depends on it."""

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
    """Return why each of the things (by ENTITIES) that are still there has to stay; None where it need not.

    `since`: when they were made; what people changed later is `edited`.
    """
    queries.hold(session, made)
    edited: set[UUID] = set()
    for entity in ENTITIES:
        edited |= accounts.edited_by_people(session, entity=entity, ids=made.get(entity, ()), since=since)
    return queries.reasons(session, made, edited)


def take_back_made(session: Session, actor: Actor, gone: Mapping[str, list[UUID]]) -> None:
    """End things of the register that `reasons_to_stay` found free; what was known of residents is blanked."""
    queries.take_back(session, gone, at=clock.now())
    counts = {entity: len(ids) for entity, ids in gone.items()}
    accounts.record(session, actor, action="household.take_back", entity="household", detail=counts)


def premises_of(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the living premises that have these ids, or whose households have them, as exports name both."""
    return queries.premises_of(session, jurisdiction_id, ids)


def ended_premises(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that belong to premises which were ended."""
    return queries.ended_premises(session, ids)
