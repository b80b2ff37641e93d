"""The API document. The page that reads it is `docs_page`."""

import hashlib
import re
from typing import Any

import orjson
from flask import Flask, Response

from app.core import links
from app.http.responses import client_tags, gzip_response, json_bytes_with_tag
from app.http.smorest import Api

API = "/api/v1/"


def document(api: Api) -> bytes:
    """Return the OpenAPI document, indented and in a stable order, as committed in openapi/gridward.json."""
    content = api.spec.to_dict()
    for path, operations in content["paths"].items():
        for method in operations.keys() - {"parameters"}:
            operations[method]["operationId"] = operation_id(method, path)
    return _json(content)


def operation_id(method: str, path: str) -> str:
    """Return the operationId: `patch`, `/api/v1/incidents/{incident_id}` gives `patchIncident`."""

    def singular(match: re.Match[str]) -> str:
        collection, name = match.groups()
        if collection == name:
            return f"{collection}-by-id"
        return str(name) if collection.startswith(name[:-1]) else f"{collection}-{name}"

    words = re.sub(r"([^/]+)/\{(\w+)_id\}", singular, path.removeprefix(API))
    return method + "".join(word[:1].upper() + word[1:] for word in re.findall(r"[a-zA-Z]+", words))


def _json(document: dict[str, Any]) -> bytes:
    return orjson.dumps(
        document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS
    )


def register(app: Flask, api: Api) -> None:
    body = document(api)
    content: dict[str, Any] = orjson.loads(body)

    @app.get("/api/v1/openapi.json")
    def openapi() -> Response:
        prefix = links.prefix()
        # Under a prefix the paths count from there.
        served = _json(content | {"servers": [{"url": prefix}]}) if prefix else body
        tag = hashlib.sha256(served).hexdigest()[:16]
        return gzip_response(json_bytes_with_tag(None if tag in client_tags() else served, tag))
