"""Three-way merge of a change made to an older version of a row, field by field. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Merge(Enum):
    """How a field merges that somebody else changed meanwhile.

    LAST: the last to arrive wins. SENSITIVE: a person decides, both values are stored.
    """

    LAST = "last"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Facet:
    """Fields that are meaningful only together: values of two authors are never mixed within a facet."""

    fields: tuple[str, ...]
    merge: Merge = Merge.LAST


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """Outcome of a merge. `applies`: values to write. `won`: fields that replace another's change. `conflicts`: not written.

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
    """Merge `mine` into the row now (`theirs`), which was `base` when the device read it.

    `claimed`: the values the worker saw, including own changes not yet pushed. A field that still equals it was changed by
    nobody else. It replaces `base` where that version is unknown. A field with neither counts as changed; a value that is
    already in the row is no conflict.
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
