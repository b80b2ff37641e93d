"""What becomes of a change that was made to an older state of a row: field by field, by the kind of field. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Merge(Enum):
    """What happens to a field that somebody else has changed since.

    LAST: the one that arrives last wins. SENSITIVE: a person decides, and both values are kept.
    """

    LAST = "last"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Facet:
    """Fields that mean something only together: what two people wrote is never mixed within them."""

    fields: tuple[str, ...]
    merge: Merge = Merge.LAST


@dataclass(frozen=True, slots=True)
class Merged:
    """`applies`: what is written. `won`: fields of it that replace somebody else's change. `conflicts`: left alone.

    Of each of the latter two: `base` (what the phone began with), `mine`, `theirs`.
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
    claimed: Mapping[str, Any] | None = None,
) -> Merged:
    """Merge `mine` into the row as it is (`theirs`), which was `base` when the phone read it.

    `claimed` is what the worker saw, with earlier changes of her own that had not been sent: a value that is still that
    one was changed by nobody else. Without `base`, because that state is not known, it stands in for it; a field of which
    nothing is known counts as changed. A value that is there already is no conflict.
    """
    known = base if base is not None else (claimed or {})
    merged = Merged()
    for facet in (*facets, *(Facet((name,)) for name in mine if not any(name in f.fields for f in facets))):
        touched = {name: mine[name] for name in facet.fields if name in mine}
        if not touched:
            continue
        compared = facet.fields if base is not None else tuple(touched)
        is_changed = not all(
            any(name in seen and seen[name] == theirs.get(name) for seen in (known, claimed or {}))
            for name in compared
        )
        is_equal = all(name in theirs and theirs[name] == value for name, value in touched.items())
        if not is_changed or is_equal:
            merged.applies.update(touched)
            continue
        three = {
            name: {"base": known.get(name), "mine": value, "theirs": theirs.get(name)}
            for name, value in touched.items()
        }
        if facet.merge is Merge.SENSITIVE:
            merged.conflicts.update(three)
        else:
            merged.applies.update(touched)
            merged.won.update(three)
    return merged
