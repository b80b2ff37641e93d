"""Bodies that are one of several schemas, selected by the value of one field: validation and documentation.

In the API document such a body is `oneOf` with a discriminator. Conditions on other fields are written as `if` and `then`,
which validators apply and client generators ignore.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter

from app.http.smorest import Schema


class Variants(Schema):
    """A request body that has one of several schemas; a field of the body selects the schema.

    A variant may have `Meta.description`, and `Meta.conditions` (further JSON Schema keywords for the API document).

    Attributes:
        discriminator: Name of the field that selects the variant.
        variants: The schemas, by value of the discriminator.
        ignored: Names of fields that are dropped silently if the variant has no such field. Other unknown fields are refused.
    """

    discriminator: ClassVar[str] = "action"
    variants: ClassVar[Mapping[str, Schema]] = {}
    ignored: ClassVar[frozenset[str]] = frozenset()

    def load(self, data: Any, **options: Any) -> Any:
        """Validate the data with the variant that its discriminator names, and return the result.

        Raises:
            ValidationError: The discriminator names no variant, or the variant refuses the data.
        """
        if not isinstance(data, Mapping):
            raise ma.ValidationError({"_schema": ["invalid"]})
        name = data.get(self.discriminator)
        if name is None:
            raise ma.ValidationError({self.discriminator: ["required"]})
        variant = self.variants.get(name) if isinstance(name, str) else None
        if variant is None:
            names = ", ".join(self.variants)
            raise ma.ValidationError({self.discriminator: [f"Must be one of: {names}."]})
        ignored = self.ignored - variant.fields.keys()
        return variant.load({key: part for key, part in data.items() if key not in ignored}, **options)

    @classmethod
    def all_fields(cls) -> dict[str, bool]:
        """Return the names of the fields of all variants.

        The value of a name is True if every variant requires this field.
        """
        names = dict.fromkeys(name for variant in cls.variants.values() for name in variant.load_fields)
        return {
            name: all(
                name in variant.load_fields and variant.load_fields[name].required
                for variant in cls.variants.values()
            )
            for name in names
        }


def discriminator(value: str) -> ma.fields.String:
    """Return the field by which a variant is selected: it accepts only `value`."""
    return ma.fields.String(
        required=True,
        validate=ma.validate.Equal(value),
        metadata={"description": f"Always `{value}`; it chooses this form of the body"},
    )


class VariantsConverter(OpenAPIConverter):
    """Converter of apispec that documents `Variants`, and schemas with `Meta.conditions`."""

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        if isinstance(schema, Variants):
            references = {
                name: self.resolve_nested_schema(variant) for name, variant in schema.variants.items()
            }
            mapping = {name: reference["$ref"] for name, reference in references.items()}
            variants = {
                "oneOf": list(references.values()),
                "discriminator": {"propertyName": schema.discriminator, "mapping": mapping},
            }
            description = getattr(schema.Meta, "description", None)
            return variants | ({"description": description} if description else {})
        document: dict[str, Any] = super().schema2jsonschema(schema)
        if isinstance(schema, Schema):
            # apispec leaves it out of schemas that have a description.
            document["additionalProperties"] = schema.unknown == ma.INCLUDE
            document |= getattr(schema.Meta, "conditions", {})
        return document


class VariantsPlugin(MarshmallowPlugin):
    Converter = VariantsConverter
