"""Observation of every request: a request id, security headers, metrics, and one log line without secrets."""

import logging
import time
import uuid
from typing import Any

from flask import Flask, Response, g, request

from app.core import logs
from app.core.metrics import REQUESTS, SECONDS
from app.http.responses import VARY

log = logging.getLogger("gridward.access")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cache-Control": "private, no-cache",
}
_HEADERS_BY_NAME = [(name.lower(), (name, value)) for name, value in HEADERS.items()]
# RFC 6797: for a year the browser asks for this host by https alone. Only over https is it heeded.
_HSTS = ("Strict-Transport-Security", "max-age=31536000")


class SecurityHeaders:
    """WSGI middleware that adds the security headers in HEADERS where a response lacks them.

    It is much faster than setting them with Flask.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _ in headers}
            headers = headers + [pair for name, pair in _HEADERS_BY_NAME if name not in present]
            if environ["wsgi.url_scheme"] == "https":
                headers.append(_HSTS)
            return start_response(status, headers, exc_info)

        return self._app(environ, start)


def register(app: Flask) -> None:
    """Register the functions that give each request an id, and log and measure it."""

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        client_id = request.headers.get("X-Request-Id", "")
        is_usable = client_id.isascii() and client_id.replace("-", "").isalnum() and len(client_id) <= 64
        g.request_id = client_id if is_usable else uuid.uuid4().hex
        logs.request_id.set(g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers.setdefault("Vary", VARY)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        route = request.url_rule.rule if request.url_rule else "unknown"
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        REQUESTS.labels(request.method, route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(seconds)
        if route not in ("/livez", "/readyz", "/metrics"):
            log.info("request", extra={"fields": _fields(route, response.status_code, seconds)})
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        logs.request_id.set(None)  # the thread goes on to others' requests


def _fields(route: str, status: int, seconds: float) -> dict[str, Any]:
    """Return the fields of the access log line.

    The line has the route instead of the path, because paths and queries can contain personal data.
    """
    actor = g.get("actor")
    return {
        "method": request.method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "actor": str(actor.id) if actor else None,
    }
