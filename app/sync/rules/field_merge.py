"""Three-way merge of a patch that was made to an older version of a row. Pure.

The three sides of a field are `base` (its value in the older version), `mine` (the value in the patch) and `theirs` (the
value now).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Merge(Enum):
    """Rule for a field in a patch that somebody else changed since the older version.

    LAST: the patch overwrites the value. SENSITIVE: nothing is written, and a person chooses one of the two values.
    """

    LAST = "last"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Facet:
    """Fields that are merged together, such as the parts of an address.

    The result never mixes values of two authors in one facet.
    """

    fields: tuple[str, ...]
    merge: Merge = Merge.LAST


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """The outcome of a merge: which fields to write, and which are in conflict. By field name.

    Attributes:
        applies: Values to write.
        won: Fields in `applies` that somebody else had changed, too, each with `base`, `mine` and `theirs`.
        conflicts: Fields that are not written, each with `base`, `mine` and `theirs`.
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
    """Merge the patch `mine` into the present row, and return the outcome.

    A field counts as changed by somebody else if its value now differs from its earlier value, or if the earlier value is
    unknown. A field in which the patch and the row have the same value is no conflict.

    Args:
        theirs: The present row.
        base: The row in the version that the device had read. None: that version is unknown.
        client_base: The values that the worker saw, with their own changes that were not pushed yet. A field that has this
            value now counts as unchanged, too. If `base` is None, these values replace it.
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
