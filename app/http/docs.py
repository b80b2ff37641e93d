"""Routes of the API document and of JSON Schemas. `docs_page` has the HTML page that shows it."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson
from flask import Flask, Response

from app.core import links
from app.http.document import document, to_json
from app.http.responses import client_tags, json_bytes_with_tag
from app.http.smorest import Api


def register(app: Flask, api: Api) -> None:
    """Add the routes of the API document and its page to the application."""

    @lru_cache(maxsize=8)
    def served(prefix: str) -> tuple[bytes, str]:
        """Return the API document for a path prefix, as JSON bytes, and its ETag. It is made at the first request."""
        content = document(api)
        if prefix:
            content = to_json(orjson.loads(content) | {"servers": [{"url": prefix}]})
        return content, _tag_of(content)

    @app.get("/api/v1/openapi.json")
    def openapi() -> Response:
        return _document_response(*served(links.prefix()))


def register_schema(app: Flask, name: str, make: Callable[[], dict[str, Any]]) -> None:
    """Add the route of a JSON Schema, which is open to everybody, to the application.

    Args:
        make: Function that returns the JSON Schema. It is called once, at the first request.
    """

    @lru_cache(maxsize=1)
    def served() -> tuple[bytes, str]:
        content = orjson.dumps(make(), option=orjson.OPT_INDENT_2)
        return content, _tag_of(content)

    @app.get(f"/api/v1/{name}.schema.json", endpoint=f"{name}_schema")
    def schema() -> Response:
        response = _document_response(*served())
        response.mimetype = "application/schema+json"
        return response


def _document_response(content: bytes, tag: str) -> Response:
    """Return a JSON document with its ETag, or 304 if the client has it."""
    return json_bytes_with_tag(None if tag in client_tags() else content, tag)


def _tag_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
