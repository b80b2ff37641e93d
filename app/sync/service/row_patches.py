"""Application of patches: merge a patch into the present row and write the result.

A patch is a change of fields that a worker made to an older version of the row.
"""

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
from app.sync.rules.operation_kinds import PatchKind
from app.sync.rules.operations import Operation

FIELD_CONFLICT = "field_conflict"
ROW_DELETED = "row_deleted"


def apply_patch(
    session: Session, actor: Actor, kind: PatchKind, operation: Operation, *, is_forced: bool = False
) -> MergeOutcome:
    """Merge a patch into the present row, write the fields without conflict, return the outcome.

    The row is not locked while the patch is merged. The service gets the version of the row that was merged, and raises
    Stale if the row has another version meanwhile.

    Args:
        is_forced: Write all fields without merging, because a person decided this.

    Raises:
        NotFound: The row does not exist, or the actor may not see it.
        Conflict: The row is deleted and must not be restored.
        Stale: The row has changed since it was read. Another attempt merges into the new version.
    """
    row_id = operation.row_id
    row = _row_states(session, kind, row_id, operation.base_version)
    if row["is_deleted"]:
        row = _restored(session, actor, kind, operation)
    outcome = MergeOutcome(applies=dict(operation.payload)) if is_forced else _merged(kind, operation, row)
    if outcome.applies:
        payload = {name: operation.payload[name] for name in outcome.applies}
        kind.change(session, actor, row_id, payload, expected=row["version"])
    elif not queries.in_reach(session, actor, kind.table, row_id, kind.permissions[0], now=clock.now()):
        raise NotFound("not_found")
    return outcome


def apply_patches(
    session: Session, actor: Actor, kind: PatchKind, operations: Sequence[Operation]
) -> dict[int, MergeOutcome]:
    """Merge patches of one kind into different rows, and return the outcomes by index.

    If one patch has an error, none is written. The caller then applies smaller batches, and at last each patch by
    `apply_patch`.
    """
    versions_by_id = [(operation.row_id, operation.base_version) for operation in operations]
    rows = queries.row_states(session, kind.table, versions_by_id)
    outcomes: dict[int, MergeOutcome] = {}
    changes = []
    for operation in operations:
        row = rows.get(operation.row_id)
        if row is None or row["is_deleted"]:
            raise NotFound("not_found")
        outcome = outcomes[operation.index] = _merged(kind, operation, row)
        if not outcome.applies:
            raise NotFound("not_found")  # only `apply_patch` checks whether the actor may see the row
        payload = {name: operation.payload[name] for name in outcome.applies}
        changes.append((operation.row_id, row["version"], payload))
    kind.change_many(session, actor, changes)
    return outcomes


def _merged(kind: PatchKind, operation: Operation, row: RowMapping) -> MergeOutcome:
    return merge(
        kind.facets,
        {name: json_value(value) for name, value in operation.payload.items()},
        theirs=kind.state(row["present"]),
        base=kind.state(row["earlier"]) if row["earlier"] is not None else None,
        client_base=operation.base,
    )


def _row_states(session: Session, kind: PatchKind, row_id: UUID, version: int | None) -> RowMapping:
    row = queries.row_states(session, kind.table, [(row_id, version)]).get(row_id)
    if row is None:
        raise NotFound("not_found")
    return row


def _restored(session: Session, actor: Actor, kind: PatchKind, operation: Operation) -> RowMapping:
    """Undelete a row before a change, and return the states of the row.

    Raises:
        Conflict: A supervisor deleted the row, or rows of its kind cannot be restored.
    """
    row_id = operation.row_id
    is_final = queries.deleted_by_supervisor(
        session, entity=kind.table, action=f"{kind.table}.end", row_id=row_id
    )
    if is_final or not kind.restore(session, actor, row_id):
        raise Conflict(ROW_DELETED)
    return _row_states(session, kind, row_id, operation.base_version)


def json_value(value: Any) -> Any:
    """Return a value in its JSON form, for comparison with a stored row."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
