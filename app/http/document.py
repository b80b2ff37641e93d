"""The OpenAPI document, generated from schemas, and completed by what marshmallow and apispec cannot express.

Enumerations become named schemas, schemas of responses list their required properties, and keys are sorted.
`app/http/docs.py` serves the document.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from app.http import vocabulary
from app.http.examples import add_examples
from app.http.operations import operations
from app.http.smorest import Api

SCHEMAS = "#/components/schemas/"
# What apispec writes for the length of an object, and what JSON Schema calls it.
PROPERTIES_OF_LENGTH = {"minLength": "minProperties", "maxLength": "maxProperties"}
Node = dict[str, Any]


def document(api: Api) -> bytes:
    """Return the OpenAPI document, indented and in a stable order, as committed in openapi/gridward.json."""
    content = api.described_spec().to_dict()
    enumerations: dict[str, Node] = {}
    content = _with_each(content, lambda node: _completed(node, enumerations))
    schemas = content["components"]["schemas"]
    if enumerations.keys() & schemas.keys():
        raise RuntimeError(f"schema and enumeration: {enumerations.keys() & schemas.keys()}")
    schemas |= enumerations
    _require_properties_of_answers(content)
    used = _schemas_below(content, [content["paths"], content.get("webhooks")])
    content["components"]["schemas"] = {name: schemas[name] for name in schemas.keys() & used}
    vocabulary.describe(content)
    add_examples(content)
    return to_json(content)


def to_json(content: Node) -> bytes:
    """Return JSON with sorted keys, except within examples.

    `application/json` comes first: generators take the first media type as the type of an answer, and it is what a client
    without an Accept header gets.
    """
    return orjson.dumps(_sorted(content), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (key != "application/json", str(key)))
        return {str(key): value[key] if key == "example" else _sorted(value[key]) for key in keys}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _with_each(value: Any, change: Callable[[Node], Node]) -> Any:
    """Return a copy of a JSON value in which each object is replaced by the result of `change`.

    Inner objects are replaced before the objects that contain them.
    """
    if isinstance(value, dict):
        return change({key: _with_each(inner, change) for key, inner in value.items()})
    return [_with_each(item, change) for item in value] if isinstance(value, list) else value


def _completed(node: Node, enumerations: dict[str, Node]) -> Node:
    """Return a schema node of apispec, corrected to valid JSON Schema.

    A named enumeration becomes a reference, and an enumeration of one value becomes `const`. If a number has an inclusive and
    an exclusive lower bound, only the exclusive one stays.
    """
    if node.get("type") == "object" and node.keys() & PROPERTIES_OF_LENGTH.keys():
        return {PROPERTIES_OF_LENGTH.get(key, key): value for key, value in node.items()}
    if "exclusiveMinimum" in node:
        return _without(node, "minimum")
    if not isinstance(node.get("enum"), list):
        return node
    name = node.get("x-enumeration")
    values = [value for value in node["enum"] if value is not None]
    if name is None:
        return node if len(node["enum"]) > 1 else _without(node, "enum") | {"const": values[0]}
    _collect(enumerations, name, values, node.get("x-meanings", ""))
    reference = {"$ref": SCHEMAS + name}
    is_nullable = None in node["enum"] or "null" in node["type"]
    rest = _without(node, "enum", "type", "x-enumeration", "x-meanings")
    return rest | ({"anyOf": [reference, {"type": "null"}]} if is_nullable else reference)


def _collect(enumerations: dict[str, Node], name: str, values: list[str], description: str) -> None:
    """Add the schema of a named enumeration to `enumerations`.

    Raises:
        RuntimeError: An enumeration of this name has other values or meanings.
    """
    schema = {"type": "string", "enum": values, "description": description}
    if enumerations.setdefault(name, schema) != schema:
        raise RuntimeError(f"two enumerations are called {name}")


def _without(node: Node, *keys: str) -> Node:
    return {key: value for key, value in node.items() if key not in keys}


def _require_properties_of_answers(content: Node) -> None:
    """Mark all properties as required in the schemas that only responses use.

    Properties with `x-optional` stay optional.
    """
    requests, answers = [], [content.get("webhooks")]
    for operation, parameters in operations(content):
        requests += [operation.get("requestBody"), parameters]
        answers.append(operation["responses"])
    only_answers = _schemas_below(content, answers) - _schemas_below(content, requests)
    for name, schema in content["components"]["schemas"].items():
        properties = schema.get("properties", {})
        optional = {key for key, inner in properties.items() if inner.pop("x-optional", False)}
        if properties and name in only_answers:
            schema["required"] = sorted(properties.keys() - optional)
            # A later version may add members, and clients have to ignore those that they do not know.
            if schema.get("additionalProperties") is False:
                del schema["additionalProperties"]


def _schemas_below(content: Node, value: Any) -> set[str]:
    """Return the names of all schemas that `value` refers to, directly or through other schemas."""
    seen: set[str] = set()
    pending = list(_references(value))
    while pending:
        reference = pending.pop()
        if reference not in seen:
            seen.add(reference)
            _, kind, name = reference.removeprefix("#/").split("/")
            pending += _references(content["components"][kind][name])
    return {reference.removeprefix(SCHEMAS) for reference in seen if reference.startswith(SCHEMAS)}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
