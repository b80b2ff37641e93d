"""Batches: operations of one kind on different rows, applied by one statement. Pure.

A *unit* is one operation, or all operations of one group. A batch has the same outcome as its operations applied one by
one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.sync.rules.operation_kinds import OperationKind
from app.sync.rules.operations import Operation

Unit = list[Operation]


def can_batch(operation: Operation) -> bool:
    """Return True if the operation can be in a batch with operations of its kind on other rows."""
    return operation.kind is not None and operation.kind.can_batch(operation.payload)


def row_ids_of(operation: Operation) -> frozenset[UUID]:
    """Return the ids of all rows that an operation names: its own row and those in its payload."""
    return frozenset((*_ids(operation.id), *_ids(operation.payload)))


def batch_units(units: Sequence[Unit]) -> list[Unit]:
    """Reorder units so that operations that can be in one batch follow each other.

    A unit is one operation, or all operations of one group. A unit is moved only past units on which it does not depend, so
    the outcome stays the same.
    """
    steps: list[_Step] = []
    for unit in units:
        step = _Step.of(unit)
        if step.batch_kind is not None:
            for earlier in reversed(steps):
                if earlier.batch_kind is step.batch_kind and not earlier.rows & step.rows:
                    earlier.units.append(unit)
                    earlier.rows |= step.rows
                    break
                if not _may_pass(step, earlier):
                    steps.append(step)
                    break
            else:
                steps.append(step)
        else:
            steps.append(step)
    return [unit for step in steps for unit in step.units]


@dataclass(slots=True)
class _Step:
    """Units that follow each other, with the properties that decide what may move past them.

    Attributes:
        units: Single operations, or all operations of a group.
        rows: Ids of all rows in the units.
        batch_kind: Kind of the batch. None: the units are no batch.
        realm: The units read and change rows of this realm only (the register or the cases). None: any rows.
        is_apart: Within the realm the units read and change only the rows that they name.
    """

    units: list[Unit]
    rows: frozenset[UUID]
    batch_kind: OperationKind | None
    realm: str | None
    is_apart: bool

    @classmethod
    def of(cls, unit: Unit) -> "_Step":
        """Return a step with one unit (an operation or a group)."""
        kinds = [operation.kind for operation in unit if operation.kind is not None]
        realms = {kind.realm for kind in kinds} if len(kinds) == len(unit) else {None}
        return cls(
            [unit],
            frozenset(row_id for operation in unit for row_id in row_ids_of(operation)),
            unit[0].kind if len(unit) == 1 and can_batch(unit[0]) else None,
            realms.pop() if len(realms) == 1 else None,
            all(kind.is_apart for kind in kinds),
        )


def _may_pass(step: _Step, earlier: _Step) -> bool:
    """Return True if `step` may be applied before `earlier` with the same outcome."""
    if step.realm is None or earlier.realm is None:
        return False
    if step.realm != earlier.realm:
        return True
    return step.is_apart and earlier.is_apart and not step.rows & earlier.rows


def _ids(value: Any) -> Iterator[UUID]:
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _ids(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _ids(part)
