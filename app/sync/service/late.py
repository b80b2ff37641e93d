"""What was done on land that is no longer hers: taken for a while after, and shown to those who lead."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.sync.queries import late as queries
from app.sync.queries.pushing import PLACED
from app.sync.rules.operations import Operation

OUT_OF_SCOPE = "out_of_scope"
LATE = "late_after_reassign"
_REGISTER = frozenset({"premises", "household", "resident", "care_tag", "consent", "visit"})


def lent(
    session: Session, actor: Actor, operation: Operation, *, now: datetime, grace: timedelta
) -> Actor | None:
    """The actor as she is for this one operation, if what it is about was hers when it happened, and ended lately."""
    held = _held(session, actor, operation)
    if held is None or not held["is_then"] or held["ended"] is None or now > held["ended"] + grace:
        return None
    area_ids: list[UUID] = held["area_ids"]
    return replace(actor, lent_area_ids=tuple(area_ids)) if area_ids else None


def was_hers(session: Session, actor: Actor, operation: Operation) -> bool:
    """Whether it was hers at any time and is no more: then she is told so, and not that there is no such thing."""
    held = _held(session, actor, operation)
    return held is not None and held["ended"] is not None


def anchor_of(operation: Operation) -> tuple[str, UUID] | None:
    """The row whose place decides who may do this: the one it hangs on, if it is new, or itself."""
    kind = operation.kind
    if kind is None:
        return None
    if kind.hangs_on is not None:
        table, field = kind.hangs_on
        found = operation.said.get(field)
        return (table, found) if isinstance(found, UUID) else None
    return (kind.table, operation.id) if kind.table in PLACED and operation.id is not None else None


def _held(session: Session, actor: Actor, operation: Operation) -> RowMapping | None:
    anchor = anchor_of(operation)
    if operation.kind is not None and operation.kind.has_place:
        lon, lat = operation.said.get("lon"), operation.said.get("lat")
        if lon is None or lat is None or operation.kind.table not in _REGISTER:
            return None
        return queries.held_point(session, actor.id, lon=lon, lat=lat, at=operation.at)
    if anchor is None or anchor[0] not in _REGISTER:
        return None
    return queries.held_row(session, actor.id, table=anchor[0], row_id=anchor[1], at=operation.at)
