"""The JSON Schema of a profile, made from its marshmallow schemas.

Editors complete and check a document by it. It has all rules of the structure. Of the rules that link settings
(`cross_checks.py`) it has those that JSON Schema can express: the `constraints` of the sections, and arrays in which no item
may occur twice. `gridward profile check` reports all faults.
"""

from typing import Any

import marshmallow as ma
from apispec.ext.marshmallow import OpenAPIConverter

from app.profiles.rules.profile_schema import PROFILE
from app.profiles.rules.schema_sections import Keyed, Section

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DESCRIPTION = (
    "Rules of a city: categories with their limits, calendar, dispatch, life cycle. Every object may have a "
    "member `note`, in which a city explains a setting."
)


class _Converter(OpenAPIConverter):
    """Converter of sections. Each class of sections becomes one definition."""

    def __init__(self) -> None:
        super().__init__("3.1.0", schema_name_resolver=lambda schema: None, spec=None)  # type: ignore[arg-type]
        self.definitions: dict[str, dict[str, Any]] = {}
        self._classes: dict[str, type] = {}

    def resolve_nested_schema(self, schema: Section) -> dict[str, str]:
        """Return a reference to the definition of a section."""
        name = type(schema).__name__.removesuffix("Schema")
        if self._classes.setdefault(name, type(schema)) is not type(schema):
            raise TypeError(f"two sections are called {name}")
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.section(schema)
        return {"$ref": f"#/$defs/{name}"}

    def dict2properties(self, field: ma.fields.Field[Any], **options: Any) -> dict[str, Any]:
        """Return the members of the JSON Schema of an object whose members can have any names."""
        members: dict[str, Any] = super().dict2properties(field, **options)
        if isinstance(field, Keyed):
            members |= {"propertyNames": self.field2property(field.key_field), "required": list(field.needed)}
        return members

    def section(self, schema: Section) -> dict[str, Any]:
        """Return the JSON Schema of an object."""
        settings = schema.settings
        required = [name for name, setting in settings.items() if setting.required]
        return {
            "type": "object",
            "properties": {name: self.field2property(setting) for name, setting in settings.items()},
            **({"required": required} if required else {}),
            "additionalProperties": False,
            **schema.constraints,
        }


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a whole profile, in the dialect 2020-12."""
    converter = _Converter()
    document = converter.section(PROFILE)
    definitions = dict(sorted(converter.definitions.items()))
    return {
        "$schema": DIALECT,
        "title": "Profile of a jurisdiction",
        "description": _DESCRIPTION,
        **document,
        "$defs": definitions,
    }
