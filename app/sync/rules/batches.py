"""Batches of operations of one kind that one statement applies with the same outcome. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.sync.rules.operation_kinds import OperationKind
from app.sync.rules.operations import Operation

Unit = list[Operation]


def can_batch(operation: Operation) -> bool:
    """Return True if the operation fits a batch with others of its kind on other rows."""
    return operation.kind is not None and operation.kind.can_batch(operation.payload)


def row_ids_of(operation: Operation) -> frozenset[UUID]:
    """Return the ids of the rows the operation names: its own and its parents."""
    return frozenset((*_ids(operation.id), *_ids(operation.payload)))


def batch_units(units: Sequence[Unit]) -> list[Unit]:
    """Return the units with batchable ones moved next to earlier ones of their kind.

    A unit moves only past units that it does not depend on, so the outcome is the same.
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
    """Adjacent units. `batch_kind`: the kind that may join.

    `realm`: None if it may touch anything.
    """

    units: list[Unit]
    rows: frozenset[UUID]
    batch_kind: OperationKind | None
    realm: str | None
    is_apart: bool

    @classmethod
    def of(cls, unit: Unit) -> "_Step":
        """Return the step of one unit."""
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
    """Return True if the outcome is the same in either order."""
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
