"""Three-way merge of a change made to an older version of a row, field by field. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Merge(Enum):
    """Policy for a field that somebody else changed meanwhile.

    LAST: the last to arrive wins. SENSITIVE: a person decides, both values are stored.
    """

    LAST = "last"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Facet:
    """Fields that have a meaning only together: a facet never mixes values of two authors."""

    fields: tuple[str, ...]
    merge: Merge = Merge.LAST


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """Outcome of a merge.

    `applies`: values to write. `won`: fields that replace another's change. `conflicts`: not written.

    `won` and `conflicts` give `base` (the device's original), `mine` and `theirs` of each field.
    """

    applies: dict[str, Any] = field(default_factory=dict)
    won: dict[str, dict[str, Any]] = field(default_factory=dict)
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)


def merge(
    facets: Sequence[Facet],
    mine: Mapping[str, Any],
    *,
    theirs: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    client_base: Mapping[str, Any] | None = None,
) -> MergeOutcome:
    """Merge the patch `mine` into the row as it is now, and return the outcome.

    A field that still has its earlier value was changed by nobody else. A field whose earlier value is unknown counts as
    changed. A value that is already in the row is no conflict.

    Args:
        theirs: The row as it is now.
        base: The row in the version that the device had read. None: that version is unknown.
        client_base: The values that the worker saw, including own changes not yet pushed. They replace a missing `base`.
    """
    reference = base if base is not None else (client_base or {})
    merged = MergeOutcome()
    for facet in (*facets, *(Facet((name,)) for name in mine if not any(name in f.fields for f in facets))):
        touched = {name: mine[name] for name in facet.fields if name in mine}
        if not touched:
            continue
        compared = facet.fields if base is not None else tuple(touched)
        is_changed = not all(
            any(name in state and state[name] == theirs.get(name) for state in (reference, client_base or {}))
            for name in compared
        )
        is_equal = all(name in theirs and theirs[name] == value for name, value in touched.items())
        if not is_changed or is_equal:
            merged.applies.update(touched)
            continue
        sides = {
            name: {"base": reference.get(name), "mine": value, "theirs": theirs.get(name)}
            for name, value in touched.items()
        }
        if facet.merge is Merge.SENSITIVE:
            merged.conflicts.update(sides)
        else:
            merged.applies.update(touched)
            merged.won.update(sides)
    return merged
