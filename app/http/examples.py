"""Examples of requests and answers: one JSON file for each operation, in the folder `examples` of its package.

A test sends each documented request to a running application, compares the answers, and writes the files anew
(tests/test_contract_answers.py). A file has `parameters` (path, query and header by name), `request` (body by media type),
`responses` (by status, then media type) and `headers` (by status, then name).
"""

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from app.http.operations import operations

_APP = Path(__file__).parents[1]
HEADERS = {
    "ETag": "Version of the object, in quotes: for `If-Match` and `If-None-Match`",
    "Location": "Address of the object that was created",
}


@cache
def files() -> dict[str, Path]:
    """Return the path of the example file of each operation, by operationId."""
    return {path.stem: path for path in _APP.glob("*/examples/*.json")}


def read(operation_id: str) -> dict[str, Any] | None:
    """Return the examples of an operation, or None if it has no file."""
    path = files().get(operation_id)
    return None if path is None else orjson.loads(path.read_bytes())


def add_examples(document: dict[str, Any]) -> None:
    """Put the examples of all operations into an OpenAPI document, in place."""
    for operation, parameters in operations(document):
        examples = read(operation["operationId"])
        if examples is not None:
            _add_parameters(parameters, examples.get("parameters", {}))
            _add_content(operation.get("requestBody", {}), examples.get("request", {}))
            for status, bodies in examples.get("responses", {}).items():
                _add_content(operation["responses"].get(status, {}), bodies)
            for status, headers in examples.get("headers", {}).items():
                operation["responses"][status]["headers"] = {
                    name: {"description": HEADERS[name], "schema": {"type": "string"}, "example": value}
                    for name, value in headers.items()
                }


def _add_parameters(parameters: list[dict[str, Any]], examples: dict[str, dict[str, Any]]) -> None:
    for parameter in parameters:
        values = examples.get(parameter.get("in", ""), {})
        if parameter.get("name") in values:
            parameter["example"] = _typed(values[parameter["name"]], parameter.get("schema", {}))


def _typed(text: str, schema: dict[str, Any]) -> Any:
    """Convert an example of a parameter from text, as files store it, to the type of its schema."""
    match schema.get("type"):
        case "integer":
            return int(text)
        case "number":
            return float(text)
        case "boolean":
            return text == "true"
    return text


def _add_content(container: dict[str, Any], bodies: dict[str, Any]) -> None:
    for media, example in bodies.items():
        if media in container.get("content", {}):
            container["content"][media]["example"] = example
