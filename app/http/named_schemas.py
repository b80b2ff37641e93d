"""A field whose JSON is described by a schema of the document that is not a marshmallow schema."""

from typing import Any

import marshmallow as ma


class NamedSchema(ma.fields.Raw):
    """Any JSON value. The document refers to the schema component `component`."""

    def __init__(self, component: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.component = component


def reference_of(_: Any, field: ma.fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """Return the reference of a `NamedSchema` in place of all other properties: an attribute function of apispec."""
    if not isinstance(field, NamedSchema):
        return {}
    ret.clear()
    return {"$ref": f"#/components/schemas/{field.component}"}
