"""The API document. The page that reads it is `docs_page`."""

import hashlib
from typing import Any

import orjson
from flask import Flask, Response

from app.core import links
from app.http.document import document, to_json
from app.http.responses import client_tags, gzip_response, json_bytes_with_tag
from app.http.smorest import Api


def register(app: Flask, api: Api) -> None:
    body = document(api)
    content: dict[str, Any] = orjson.loads(body)

    @app.get("/api/v1/openapi.json")
    def openapi() -> Response:
        prefix = links.prefix()
        # Under a prefix the paths count from there.
        served = to_json(content | {"servers": [{"url": prefix}]}) if prefix else body
        tag = hashlib.sha256(served).hexdigest()[:16]
        return gzip_response(json_bytes_with_tag(None if tag in client_tags() else served, tag))
