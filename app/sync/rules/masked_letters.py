"""Masking of a stored operation for display: personal values masked, unknown fields hidden.

No database is used.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.accounts.rules.masking import FieldClass
from app.sync.rules.operations import PERSONAL

MAX_TEXT = 500
HIDDEN = "****"
MARKS = "①②③"
Path = tuple[str, ...]


def personal_values(operation: Mapping[str, Any]) -> Iterator[tuple[Path, FieldClass, str]]:
    """Yield each personal value in an operation, as path, field class and value."""
    classes = PERSONAL.get(str(operation.get("entity")), {})
    for side in ("patch", "base"):
        values = operation.get(side)
        if not isinstance(values, Mapping):
            continue
        yield from (
            (path, field_class, value) for path, field_class, value in _values_of((side,), values, classes)
        )
        reporter = values.get("reporter")
        if isinstance(reporter, Mapping):
            yield from _values_of((side, "reporter"), reporter, PERSONAL["reporter"])


def mark_distinct_masks(plain: Mapping[str, Any], masked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the masked values of a field, with marks where different values look equal.

    The values are `base`, `mine` and `theirs`. Marks are added only if different values look equal when masked. Equal
    values get the same mark, so that a reader sees that two values differ, but not how.
    """
    distinct: list[Any] = []
    for value in plain.values():
        if value is not None and value not in distinct:
            distinct.append(value)
    present_masks = [masked[side] for side in plain if plain[side] is not None]
    if len(distinct) == len(set(present_masks)):
        return dict(masked)
    return {
        side: mask if plain[side] is None else f"{mask} {MARKS[distinct.index(plain[side])]}"
        for side, mask in masked.items()
    }


def _values_of(
    path: Path, values: Mapping[str, Any], classes: Mapping[str, FieldClass]
) -> Iterator[tuple[Path, FieldClass, str]]:
    for name, field_class in classes.items():
        if values.get(name) is not None:
            yield (*path, name), field_class, str(values[name])


def masked_operation(
    operation: Mapping[str, Any], masks: Mapping[Path, str | None], known_fields: Collection[str]
) -> dict[str, Any]:
    """Return an operation for display.

    Personal values are masked, unknown fields are hidden, and long texts are cut.
    """
    result = {}
    for name, value in operation.items():
        if name in ("patch", "base"):
            result[name] = (
                _masked((name,), value, masks, known_fields) if isinstance(value, Mapping) else HIDDEN
            )
        else:
            result[name] = _truncated(value)
    return result


def _masked(
    path: Path,
    values: Mapping[str, Any],
    masks: Mapping[Path, str | None],
    known_fields: Collection[str] | None,
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in values.items():
        field_path = (*path, name)
        if field_path in masks:
            result[name] = masks[field_path]
        elif known_fields is not None and name not in known_fields:
            result[name] = HIDDEN
        elif isinstance(value, Mapping):
            result[name] = _masked(field_path, value, masks, None)
        else:
            result[name] = _truncated(value)
    return result


def _truncated(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[:MAX_TEXT] + "…"
    if isinstance(value, list | Mapping) and len(str(value)) > 10 * MAX_TEXT:
        return HIDDEN
    return value
