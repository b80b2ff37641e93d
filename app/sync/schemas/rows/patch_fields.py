"""For each field of a row, the fields of a pushed `patch` that change it.

This mapping is read from the documentation of the rows.
"""

from collections.abc import Iterator

import marshmallow as ma

from app.sync.schemas.rows.catalogue import ROW_DATA


def patch_fields(entity: str) -> dict[str, tuple[str, ...]]:
    """Return the fields of `patch` by the field of the row that they change.

    A field of the row is given by its path, such as `visits.next_due`. The result is empty for an entity that no patch
    changes.
    """
    return dict(_fields(ROW_DATA[entity], ""))


def _fields(schema: type[ma.Schema], path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in schema._declared_fields.items():
        if "x-patch" in field.metadata:
            yield from _row_fields(f"{path}{name}", tuple(field.metadata["x-patch"]))
        elif isinstance(field, ma.fields.Nested):
            yield from _fields(type(field.schema), f"{path}{name}.")


def _row_fields(path: str, fields: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if path == "location":
        yield f"{path}.coordinates", fields
    elif len(fields) > 1:
        yield from ((f"{path}.{field}", (field,)) for field in fields)
    else:
        yield path, fields
