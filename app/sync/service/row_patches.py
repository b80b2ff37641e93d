"""Patches made to an older version of a row, merged into the row as it is."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.sync.queries import push as queries
from app.sync.rules.field_merge import MergeOutcome, merge
from app.sync.rules.operations import Kind, Operation

FIELD_CONFLICT = "field_conflict"
ROW_DELETED = "row_deleted"


def apply_patch(
    session: Session, actor: Actor, operation: Operation, *, is_forced: bool = False
) -> MergeOutcome:
    """Apply what merges of a patch; conflicts are left to a person. `is_forced`: apply all, by a person's decision.

    The row is not locked before the service does it: the service gets the version merged into, and Stale means retry.
    """
    kind, row_id = _kind_and_id(operation)
    row = _row_states(session, kind, row_id, operation.base_version)
    if row["is_deleted"]:
        row = _restored(session, actor, kind, row_id, operation)
    merged = MergeOutcome(applies=dict(operation.payload)) if is_forced else _merged(kind, operation, row)
    if merged.applies:
        payload = {name: operation.payload[name] for name in merged.applies}
        kind.apply(session, actor, row_id, payload, expected=row["version"])
    elif not queries.in_reach(session, actor, kind.table, row_id, kind.permissions[0], now=clock.now()):
        raise NotFound("not_found")
    return merged


def apply_patches(session: Session, actor: Actor, operations: Sequence[Operation]) -> dict[int, MergeOutcome]:
    """Apply patches of one kind on different rows as `apply_patch` does; an error of one fails all."""
    kind, _ = _kind_and_id(operations[0])
    versions_by_id = [(_kind_and_id(operation)[1], operation.base_version) for operation in operations]
    rows = queries.row_states(session, kind.table, versions_by_id)
    outcomes: dict[int, MergeOutcome] = {}
    changes = []
    for operation in operations:
        row_id = _kind_and_id(operation)[1]
        row = rows.get(row_id)
        if row is None or row["is_deleted"]:
            raise NotFound("not_found")
        merged = outcomes[operation.index] = _merged(kind, operation, row)
        if not merged.applies:
            raise NotFound("not_found")  # by itself it is asked whether she may see the row
        changes.append((row_id, row["version"], {name: operation.payload[name] for name in merged.applies}))
    assert kind.apply_many is not None
    kind.apply_many(session, actor, changes)
    return outcomes


def _merged(kind: Kind, operation: Operation, row: RowMapping) -> MergeOutcome:
    assert kind.facets is not None
    return merge(
        kind.facets,
        {name: json_value(value) for name, value in operation.payload.items()},
        theirs=_state(kind, row["present"]),
        base=_state(kind, row["earlier"]) if row["earlier"] is not None else None,
        client_base=operation.base,
    )


def _kind_and_id(operation: Operation) -> tuple[Kind, UUID]:
    if operation.kind is None or operation.id is None:
        raise AssertionError("only sound operations are applied")
    return operation.kind, operation.id


def _row_states(session: Session, kind: Kind, row_id: UUID, version: int | None) -> RowMapping:
    row = queries.row_states(session, kind.table, [(row_id, version)]).get(row_id)
    if row is None:
        raise NotFound("not_found")
    return row


def _restored(session: Session, actor: Actor, kind: Kind, row_id: UUID, operation: Operation) -> RowMapping:
    """Undelete a row for a change, unless a supervisor deleted it."""
    if kind.restore is None or queries.deleted_by_supervisor(
        session, entity=kind.table, action=f"{kind.table}.end", row_id=row_id
    ):
        raise Conflict(ROW_DELETED)
    kind.restore(session, actor, row_id)
    return _row_states(session, kind, row_id, operation.base_version)


def _state(kind: Kind, row: dict[str, Any]) -> dict[str, Any]:
    assert kind.state is not None
    return kind.state(row)


def json_value(value: Any) -> Any:
    """Return a value as JSON has it, to compare it with a stored row."""
    return (
        value.isoformat()
        if isinstance(value, date | datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
    )
