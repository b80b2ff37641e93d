"""Routes of the API document, and of a page to read and try it. Assets are packaged: nothing is fetched from elsewhere."""

from pathlib import Path
from typing import Any

import flask_swagger_ui
import orjson
from flask import Flask, Response, send_from_directory

from app.core import links
from app.http.document import document, to_json
from app.http.smorest import Api

ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gridward API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{prefix}/api/docs/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="{prefix}/api/docs/assets/swagger-ui-bundle.js"></script>
<script src="{prefix}/api/docs/start.js"></script></body></html>"""
START = """window.onload = function () {{
  SwaggerUIBundle({{url: "{prefix}/api/v1/openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none"}});
}};"""
POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"


def register(app: Flask, api: Api) -> None:
    body = document(api)
    content: dict[str, Any] = orjson.loads(body)

    @app.get("/api/v1/openapi.json")
    def openapi() -> Response:
        if not links.prefix():
            return Response(body, content_type="application/json")
        # Under a prefix the paths count from there.
        return Response(
            to_json(content | {"servers": [{"url": links.prefix()}]}), content_type="application/json"
        )

    @app.get("/api/docs")
    def page() -> Response:
        html = PAGE.format(prefix=links.prefix())
        policy = {"Content-Security-Policy": POLICY}
        return Response(html, content_type="text/html; charset=utf-8", headers=policy)

    @app.get("/api/docs/start.js")
    def start() -> Response:
        return Response(START.format(prefix=links.prefix()), content_type="text/javascript; charset=utf-8")

    @app.get("/api/docs/assets/<path:name>")
    def asset(name: str) -> Response:
        response = send_from_directory(ASSETS, name, max_age=86_400)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response
