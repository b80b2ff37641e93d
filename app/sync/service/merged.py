"""A change made to an older state of a row, merged into the row as it is."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.sync.queries import pushing as queries
from app.sync.rules.merging import Merged, merge
from app.sync.rules.operations import Kind, Operation

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
    merged = Merged(applies=dict(operation.said)) if wins else _merged(kind, operation, row)
    if merged.applies:
        said = {name: operation.said[name] for name in merged.applies}
        kind.apply(session, actor, row_id, said, expected=row["version"])
    elif not queries.in_reach(session, actor, kind.table, row_id, kind.permissions[0], now=clock.now()):
        raise NotFound("not_found")
    return merged


def change_each(session: Session, actor: Actor, operations: Sequence[Operation]) -> dict[int, Merged]:
    """As `change` for operations of one kind on different rows, by their places; an error is that of any of them."""
    kind, _ = _of(operations[0])
    asked = [(_of(one)[1], one.base_version) for one in operations]
    rows = queries.states(session, kind.table, asked)
    outcomes: dict[int, Merged] = {}
    changes = []
    for one in operations:
        row_id = _of(one)[1]
        row = rows.get(row_id)
        if row is None or row["is_deleted"]:
            raise NotFound("not_found")
        merged = outcomes[one.place] = _merged(kind, one, row)
        if not merged.applies:
            raise NotFound("not_found")  # by itself it is asked whether she may see the row
        changes.append((row_id, row["version"], {name: one.said[name] for name in merged.applies}))
    assert kind.apply_each is not None
    kind.apply_each(session, actor, changes)
    return outcomes


def _merged(kind: Kind, operation: Operation, row: RowMapping) -> Merged:
    assert kind.facets is not None
    return merge(
        kind.facets,
        {name: plain(value) for name, value in operation.said.items()},
        theirs=_state(kind, row["present"]),
        base=_state(kind, row["earlier"]) if row["earlier"] is not None else None,
        claimed=operation.base,
    )


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
