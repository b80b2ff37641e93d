"""A field whose JSON has a schema in the API document, but no marshmallow schema."""

from typing import Any

import marshmallow as ma


class NamedSchema(ma.fields.Raw):
    """A field that accepts any JSON value.

    The document refers to the schema component `component`.
    """

    def __init__(self, component: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.component = component


def reference_of(_: Any, field: ma.fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """Return the schema reference of a `NamedSchema`, as an attribute function of apispec.

    The reference replaces all other properties of the field.
    """
    if not isinstance(field, NamedSchema):
        return {}
    ret.clear()
    return {"$ref": f"#/components/schemas/{field.component}"}
