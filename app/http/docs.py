"""The API document, and a page to read and try it, from packaged assets: nothing is fetched from elsewhere."""

from pathlib import Path

import flask_swagger_ui
import orjson
from flask import Flask, Response, send_from_directory

from app.http.smorest import Api

ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gridward API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/api/docs/assets/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>"""
START = """window.onload = function () {
  SwaggerUIBundle({url: "/api/v1/openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none"});
};"""
POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"


def document(api: Api) -> bytes:
    """The OpenAPI document, indented and in a stable order, as committed in openapi/gridward.json."""
    return orjson.dumps(api.spec.to_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def register(app: Flask, api: Api) -> None:
    body = document(api)

    @app.get("/api/v1/openapi.json")
    def openapi() -> Response:
        return Response(body, content_type="application/json")

    @app.get("/api/docs")
    def page() -> Response:
        return Response(
            PAGE, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        )

    @app.get("/api/docs/start.js")
    def start() -> Response:
        return Response(START, content_type="text/javascript; charset=utf-8")

    @app.get("/api/docs/assets/<path:name>")
    def asset(name: str) -> Response:
        response = send_from_directory(ASSETS, name, max_age=86_400)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response
