"""Undo of imported cases that nobody has worked on."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.incidents.reporting.queries import import_undo as queries


def undo_blockers(session: Session, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Return why each of the imported cases that still exist has to stay; None: it need not."""
    return queries.undo_blockers(session, ids)


def existing_ids(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the ids that cases of a jurisdiction have."""
    return queries.known_ids(session, jurisdiction_id, ids)


def undo_import(session: Session, actor: Actor, ids: Collection[UUID]) -> None:
    """Delete imported cases without blockers. Tombstones stay; figures do not count them."""
    queries.undo(session, ids, at=clock.now())
    accounts.record(
        session, actor, action="incident.take_back", entity="incident", detail={"cases": len(ids)}
    )
