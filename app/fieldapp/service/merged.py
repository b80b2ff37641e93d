"""A change made to an older state of a row, merged into the row as it is."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.fieldapp.queries import pushing as queries
from app.fieldapp.rules.merging import Merged, merge
from app.fieldapp.rules.operations import Kind, Operation

CONFLICT = "field_conflict"
GONE = "row_deleted"


def change(session: Session, actor: Actor, operation: Operation, *, wins: bool = False) -> Merged:
    """Apply what of a change may be applied; what may not is left to a person. `wins`: all of it, by a person's word.

    The row is not locked before the service does it: it gets the version that was merged into, and Stale means again.
    """
    kind, row_id = _of(operation)
    row = _row(session, kind, row_id, operation.base_version)
    if row["is_deleted"]:
        row = _undeleted(session, actor, kind, row_id, operation)
    theirs = _state(kind, row["present"])
    earlier = _state(kind, row["earlier"]) if row["earlier"] is not None else None
    mine = {name: plain(value) for name, value in operation.said.items()}
    assert kind.facets is not None
    merged = (
        Merged(applies=mine)
        if wins
        else merge(kind.facets, mine, theirs=theirs, base=earlier, claimed=operation.base)
    )
    if merged.applies:
        said = {name: operation.said[name] for name in merged.applies}
        kind.apply(session, actor, row_id, said, expected=row["version"])
    elif not queries.in_reach(session, actor, kind.table, row_id, kind.permissions[0], now=clock.now()):
        raise NotFound("not_found")
    return merged


def _of(operation: Operation) -> tuple[Kind, UUID]:
    if operation.kind is None or operation.id is None:
        raise AssertionError("only sound operations are applied")
    return operation.kind, operation.id


def _row(session: Session, kind: Kind, row_id: UUID, version: int | None) -> RowMapping:
    found = queries.states(session, kind.table, [(row_id, version)]).get(row_id)
    if found is None:
        raise NotFound("not_found")
    return found


def _undeleted(session: Session, actor: Actor, kind: Kind, row_id: UUID, operation: Operation) -> RowMapping:
    """A change wins over a deletion, and brings the row back; not over one by somebody who leads."""
    if kind.undelete is None or queries.deleted_by_supervisor(
        session, entity=kind.table, action=f"{kind.table}.end", row_id=row_id
    ):
        raise Conflict(GONE)
    kind.undelete(session, actor, row_id)
    return _row(session, kind, row_id, operation.base_version)


def _state(kind: Kind, row: dict[str, Any]) -> dict[str, Any]:
    assert kind.state is not None
    return kind.state(row)


def plain(value: Any) -> Any:
    """A value as JSON has it, to compare it with a stored row."""
    return (
        value.isoformat()
        if isinstance(value, date | datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
    )
