"""Grace period after a reassignment, in which a worker may send late work of a former grid.

Supervisors are informed of such late work by a dead letter.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.sync.queries import reassignments as queries
from app.sync.queries.row_tables import PLACEMENTS
from app.sync.rules.operations import Operation

OUT_OF_SCOPE = "out_of_scope"
LATE = "late_after_reassign"
_REGISTER = frozenset({"premises", "household", "resident", "care_tag", "consent", "visit"})


def actor_with_grace(
    session: Session, actor: Actor, operation: Operation, *, now: datetime, grace: timedelta
) -> Actor | None:
    """Return the actor with temporary access to a former grid, to apply one late operation.

    Returns None if the actor has no such access. The worker must have been responsible for the grid when the operation
    happened, and this responsibility must have ended at most `grace` ago.
    """
    responsibility = _responsibility(session, actor, operation)
    if responsibility is None or not responsibility["is_then"] or responsibility["ended"] is None:
        return None
    area_ids: list[UUID] = responsibility["area_ids"]
    if now > responsibility["ended"] + grace or not area_ids:
        return None
    return replace(actor, lent_area_ids=tuple(area_ids))


def was_responsible(session: Session, actor: Actor, operation: Operation) -> bool:
    """Return True if the worker was responsible for the row's grid earlier, but no longer is.

    An operation on such a row is refused as `out_of_scope`, and not as an operation on an unknown row.
    """
    responsibility = _responsibility(session, actor, operation)
    return responsibility is not None and responsibility["ended"] is not None


def anchor_of(operation: Operation) -> tuple[str, UUID] | None:
    """Return table and id of the row whose location decides who may apply the operation.

    For a new row this is the parent row, else the row itself. None: there is no such row.
    """
    kind = operation.kind
    if kind is None:
        return None
    if kind.parent_ref is not None:
        table, field = kind.parent_ref
        parent_id = operation.payload.get(field)
        return (table, parent_id) if isinstance(parent_id, UUID) else None
    return (kind.table, operation.id) if kind.table in PLACEMENTS and operation.id is not None else None


def _responsibility(session: Session, actor: Actor, operation: Operation) -> RowMapping | None:
    anchor = anchor_of(operation)
    if operation.kind is not None and operation.kind.has_location:
        lon, lat = operation.payload.get("lon"), operation.payload.get("lat")
        if lon is None or lat is None or operation.kind.table not in _REGISTER:
            return None
        return queries.responsibility_for_point(
            session, actor.id, lon=lon, lat=lat, happened_at=operation.happened_at
        )
    if anchor is None or anchor[0] not in _REGISTER:
        return None
    return queries.responsibility_for_row(
        session, actor.id, table=anchor[0], row_id=anchor[1], happened_at=operation.happened_at
    )
