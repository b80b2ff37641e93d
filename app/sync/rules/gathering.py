"""Operations of one kind next to each other, where nobody can tell: what is applied together costs one statement. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.sync.rules.operations import Kind, Operation

Unit = list[Operation]


def fits_together(operation: Operation) -> bool:
    """Whether it may be applied together with others of its kind, each on rows of its own."""
    kind = operation.kind
    if kind is None or kind.apply_each is None:
        return False
    return kind.apply_each_fields is None or operation.said.keys() <= kind.apply_each_fields


def rows_of(operation: Operation) -> frozenset[UUID]:
    """The rows that it names: its own and those it hangs on."""
    return frozenset((*_ids(operation.id), *_ids(operation.said)))


def gathered(units: Sequence[Unit]) -> list[Unit]:
    """The same units; one that can be applied together with earlier ones stands with them, unless what lies between
    could make it come out otherwise."""
    steps: list[_Step] = []
    for unit in units:
        step = _Step.of(unit)
        if step.joined is not None:
            for earlier in reversed(steps):
                if earlier.joined is step.joined and not earlier.rows & step.rows:
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
    """Units that stand together. `joined`: the kind of which more may join; `realm` None: it may touch anything."""

    units: list[Unit]
    rows: frozenset[UUID]
    joined: Kind | None
    realm: str | None
    is_apart: bool

    @classmethod
    def of(cls, unit: Unit) -> "_Step":
        kinds = [one.kind for one in unit if one.kind is not None]
        realms = {kind.realm for kind in kinds} if len(kinds) == len(unit) else {None}
        return cls(
            [unit],
            frozenset(row_id for one in unit for row_id in rows_of(one)),
            unit[0].kind if len(unit) == 1 and fits_together(unit[0]) else None,
            realms.pop() if len(realms) == 1 else None,
            all(kind.is_apart for kind in kinds),
        )


def _may_pass(step: _Step, earlier: _Step) -> bool:
    """Whether both come out the same in either order."""
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
