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


_ALL_HEADERS = list(HEADERS.items())


def security_headers(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the security headers of a response that has none yet."""
    return [*_ALL_HEADERS, _HSTS] if environ["wsgi.url_scheme"] == "https" else _ALL_HEADERS


def request_id_of(environ: dict[str, Any]) -> str:
    """Return the id of a request: that of the client if it is usable, else a new one."""
    client_id: str = environ.get("HTTP_X_REQUEST_ID", "")
    is_usable = client_id.isascii() and client_id.replace("-", "").isalnum() and len(client_id) <= 64
    return client_id if is_usable else os.urandom(16).hex()


def record(method: str, route: str, status: int, seconds: float, actor_id: object) -> None:
    """Count and measure a request that was answered, and log a line about it.

    The line has the route instead of the path, because paths and queries can contain personal data.
    """
    requests, durations = _metrics(method, route, status)
    requests.inc()
    durations.observe(seconds)
    if route not in _UNLOGGED:
        fields = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "actor": str(actor_id) if actor_id else None,
        }
        log.info("request", extra={"fields": fields})


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
        context.request_id = request_id_of(request.environ)
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
        actor = g.get("actor")
        record(current.method, route, response.status_code, seconds, actor.id if actor else None)
        return response

    @app.teardown_request
    def forget(_: BaseException | None) -> None:
        logs.request_id.set(None)  # the thread goes on to others' requests


@lru_cache(maxsize=5_000)
def _metrics(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the counter and the histogram of a kind of request, from a cache: they are many times as dear to find."""
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(route)
