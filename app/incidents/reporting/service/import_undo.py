"""Deletion of imported cases on which nobody has worked."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.actor import Actor
from app.incidents.reporting.queries import import_undo as queries


def undo_blockers(session: Session, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Lock imported cases, and return for each why it cannot be deleted; None: it can.

    Cases that do not exist any more are left out.
    """
    return queries.undo_blockers(session, ids)


def existing_ids(session: Session, jurisdiction_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return the given ids that belong to existing cases of a jurisdiction."""
    return queries.known_ids(session, jurisdiction_id, ids)


def undo_import(session: Session, actor: Actor, ids: Collection[UUID]) -> None:
    """Delete the imported cases `ids`. The caller has checked them with `undo_blockers`.

    The rows stay as tombstones, for synchronisation; statistics do not count them.
    """
    queries.undo(session, ids, at=clock.now())
    accounts.record(
        session, actor, action="incident.take_back", entity="incident", detail={"cases": len(ids)}
    )
