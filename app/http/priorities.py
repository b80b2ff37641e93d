"""The priority of a request while the server is overloaded. `app.rsgi.admission` has what follows from it.

| priority | requests |
|---|---|
| urgent | calls for help, answers to offers, renewals of a session, probes; also within a push |
| field | changes, synchronisation of phones, uploads |
| read | reads, and requests without credentials |
| position | batches of positions: phones keep them and send them with the next batch |
| count | figures, evaluation, exports, imports |
"""

import re
from typing import Any

from app.http.quotas import work_of
from app.rsgi.admission import COUNT, FIELD, POSITION, READ, URGENT

_API = "/api/v1"
PUSH = f"{_API}/sync/push"
# Somebody's access token may have expired when they call for help, so renewals are urgent too.
_RENEWALS = (f"{_API}/auth/refresh", f"{_API}/auth/browser/refresh")
_PROBES = ("/livez", "/readyz")
# Quotas count it as figures, but it is a page that supervisors have open.
_BOARD = f"{_API}/supervision/board"
_ANSWER_TO_OFFER = re.compile(rf"{_API}/(assignments/[^/]+/(accept|decline)|offers/[^/]+/delivered)")
_POSITIONS = (f"{_API}/positions", f"{_API}/ingest/")
_CALL_FOR_HELP = f"{_API}/sos"
# A phone sends a call for help or an answer to an offer in a push of its own, before the rest of its queue.
_URGENT_OPERATION = re.compile(rb'"(?:entity"\s*:\s*"sos|op"\s*:\s*"(?:accept|decline))"')
URGENT_PUSH_BYTES = 20_000


def priority_of(method: str, path: str, *, has_credentials: bool, body: bytes = b"") -> int:
    """Return the index of the priority of a request (`app.rsgi.admission.PRIORITIES`).

    Args:
        path: Without the path prefix of the server.
        body: The first URGENT_PUSH_BYTES of a push that is no longer; empty for all other requests.
    """
    if path in _PROBES or path in _RENEWALS:
        return URGENT
    if not has_credentials:
        return READ
    if path.startswith(_CALL_FOR_HELP) or _ANSWER_TO_OFFER.fullmatch(path):
        return URGENT
    if path == PUSH:
        return URGENT if _URGENT_OPERATION.search(body) else FIELD
    if method == "POST" and path.startswith(_POSITIONS):
        return POSITION
    work = work_of(path, method)
    if work in ("figures", "export") and path != _BOARD:
        return COUNT
    return READ if method in ("GET", "HEAD") and work != "sync" else FIELD


class Ranking:
    """The priority of each request at a server with a path prefix."""

    def __init__(self, path_prefix: str) -> None:
        self._prefix = path_prefix

    def __call__(self, scope: Any, environ: dict[str, Any]) -> int:
        path = scope.path.removeprefix(self._prefix)
        has_credentials = (
            "HTTP_AUTHORIZATION" in environ or "HTTP_X_API_KEY" in environ or "HTTP_COOKIE" in environ
        )
        return priority_of(
            scope.method,
            path,
            has_credentials=has_credentials,
            body=_start_of(environ) if path == PUSH else b"",
        )


def _start_of(environ: dict[str, Any]) -> bytes:
    """Return the body of a small push. It is not read if it is large or compressed."""
    if int(environ["CONTENT_LENGTH"]) > URGENT_PUSH_BYTES or "HTTP_CONTENT_ENCODING" in environ:
        return b""
    stream = environ["wsgi.input"]
    body: bytes = stream.read(URGENT_PUSH_BYTES)
    stream.seek(0)
    return body
