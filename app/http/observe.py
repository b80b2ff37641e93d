"""Observation of every request: a request id, security headers, metrics, and one log line without secrets."""

import logging
import os
import time
from functools import lru_cache
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

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
_UNLOGGED = ("/livez", "/readyz", "/metrics")
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
        context = g._get_current_object()
        context.started = time.perf_counter()
        client_id = request.environ.get("HTTP_X_REQUEST_ID", "")
        is_usable = client_id.isascii() and client_id.replace("-", "").isalnum() and len(client_id) <= 64
        context.request_id = client_id if is_usable else os.urandom(16).hex()
        logs.request_id.set(context.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        context = g._get_current_object()
        current = request._get_current_object()  # type: ignore[attr-defined]
        headers = response.headers
        headers.setdefault("Vary", VARY)
        headers["X-Request-Id"] = context.get("request_id", "")
        route = current.url_rule.rule if current.url_rule else "unknown"
        seconds = time.perf_counter() - context.get("started", time.perf_counter())
        status = response.status_code
        requests, durations = _metrics(current.method, route, status)
        requests.inc()
        durations.observe(seconds)
        if route not in _UNLOGGED:
            log.info("request", extra={"fields": _fields(current.method, route, status, seconds)})
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        logs.request_id.set(None)  # the thread goes on to others' requests


@lru_cache(maxsize=5_000)
def _metrics(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the counter and the histogram of a kind of request, from a cache: they are many times as dear to find."""
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(route)


def _fields(method: str, route: str, status: int, seconds: float) -> dict[str, Any]:
    """Return the fields of the access log line.

    The line has the route instead of the path, because paths and queries can contain personal data.
    """
    actor = g.get("actor")
    return {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "actor": str(actor.id) if actor else None,
    }
