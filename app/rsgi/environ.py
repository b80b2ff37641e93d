"""The WSGI environment of an RSGI request."""

import sys
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes


def wsgi_environ(scope: Any, body: Any, size: int) -> dict[str, Any]:
    """Return the WSGI environment of an RSGI request.

    Args:
        body: The file from which the body is read; `size`: its length in bytes.
    """
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope.path).decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host or "localhost",
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    headers = scope.headers
    for name in headers:
        key = _environ_key(name)
        if key:
            environ[key] = ",".join(headers.get_all(name)) if key != "CONTENT_TYPE" else headers.get(name)
    return environ


@lru_cache(maxsize=1_000)
def _environ_key(header: str) -> str | None:
    """Return the name of a header in WSGI; None: the body stands there in one piece, whatever this header says."""
    key = header.upper().replace("-", "_")
    if key in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
        return None
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"
