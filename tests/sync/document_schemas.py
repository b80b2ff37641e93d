"""JSON Schemas of the API document as validators, to compare what the server takes and gives with them."""

from typing import Any

import jsonschema_rs


def validator_of(document: dict[str, Any], component: str) -> Any:
    """Return a validator of one component of the document; formats count."""
    schema = {"$ref": f"#/components/schemas/{component}", "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def faults(validator: Any, value: Any) -> list[str]:
    """Return each fault of a value with its place."""
    return sorted(
        f"{'.'.join(map(str, error.instance_path))}: {error.message[:300]}"
        for error in validator.iter_errors(value)
    )
