"""A kept operation as people may see it. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.accounts.rules.personal import FieldClass
from app.sync.rules.operations import PERSONAL

LONGEST = 500
HIDDEN = "****"
MARKS = "①②③"
Path = tuple[str, ...]


def personal_values(operation: Mapping[str, Any]) -> Iterator[tuple[Path, FieldClass, str]]:
    """Where in an operation personal values stand, and of which class they are."""
    kinds = PERSONAL.get(str(operation.get("entity")), {})
    for side in ("patch", "base"):
        said = operation.get(side)
        if not isinstance(said, Mapping):
            continue
        yield from ((path, kind, value) for path, kind, value in _of((side,), said, kinds))
        reporter = said.get("reporter")
        if isinstance(reporter, Mapping):
            yield from _of((side, "reporter"), reporter, PERSONAL["reporter"])


def told_apart(plain: Mapping[str, Any], masked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the masks of one field's base, mine and theirs; where different values have equal masks, with marks.

    Equal values get the same mark. So a person sees that two names differ, and not how.
    """
    values: list[Any] = []
    for value in plain.values():
        if value is not None and value not in values:
            values.append(value)
    shown = [masked[side] for side in plain if plain[side] is not None]
    if len(values) == len(set(shown)):
        return dict(masked)
    return {
        side: mask if plain[side] is None else f"{mask} {MARKS[values.index(plain[side])]}"
        for side, mask in masked.items()
    }


def _of(
    path: Path, said: Mapping[str, Any], kinds: Mapping[str, FieldClass]
) -> Iterator[tuple[Path, FieldClass, str]]:
    for name, kind in kinds.items():
        if said.get(name) is not None:
            yield (*path, name), kind, str(said[name])


def shown(
    operation: Mapping[str, Any], masks: Mapping[Path, str | None], known: Collection[str]
) -> dict[str, Any]:
    """The operation with these masks. Of fields that nobody knows the value is hidden; long texts are cut."""
    made = {}
    for name, value in operation.items():
        if name in ("patch", "base"):
            made[name] = _shown((name,), value, masks, known) if isinstance(value, Mapping) else HIDDEN
        else:
            made[name] = _cut(value)
    return made


def _shown(
    path: Path, said: Mapping[str, Any], masks: Mapping[Path, str | None], known: Collection[str] | None
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in said.items():
        here = (*path, name)
        if here in masks:
            made[name] = masks[here]
        elif known is not None and name not in known:
            made[name] = HIDDEN
        elif isinstance(value, Mapping):
            made[name] = _shown(here, value, masks, None)
        else:
            made[name] = _cut(value)
    return made


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST:
        return value[:LONGEST] + "…"
    if isinstance(value, list | Mapping) and len(str(value)) > 10 * LONGEST:
        return HIDDEN
    return value
