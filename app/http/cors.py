"""Cross-origin requests (CORS) of maps on other sites, which read and write with a token of their user.

Not flask-cors: it adds headers to whatever a view answers, and the doors of /ogc answer OPTIONS themselves and ask who calls,
because QGIS reads there what may be edited. A browser's question comes without a token and must be answered before. It is told
apart by `Access-Control-Request-Method`, which QGIS never sends.

No cookies are allowed: a request without a token is anonymous, from whatever page. The one cookie there is opens doors that
answer pages of our own only (http/same_site.py), whose header is not among those that others may send.
"""

from flask import Response, request

PATHS = ("/api/", "/ogc")
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
# What our doors read, beside what every page may send.
ALLOWED_HEADERS = (
    *(
        "Authorization",
        "Content-Type",
        "Accept",
        "Accept-Language",
        "If-Match",
        "If-None-Match",
        "Content-Crs",
    ),
    *("Idempotency-Key", "X-Request-Id", "Last-Event-ID", "Range"),
    *("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Checksum"),
)
# What a page may read of an answer, beside what every page may.
EXPOSED_HEADERS = (
    *(
        "ETag",
        "Link",
        "Location",
        "Content-Crs",
        "Allow",
        "Content-Disposition",
        "Retry-After",
        "WWW-Authenticate",
    ),
    *("X-Request-Id", "Content-Range", "Accept-Ranges", "Deprecation", "Sunset"),
    *("Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm"),
    *("Upload-Offset", "Upload-Length", "Upload-Expires"),
)
MAX_AGE_SECONDS = 3600


class Cors:
    """Answers for pages from `origins`; for no others, and with none as if this were not here."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origins)

    def answer(self) -> Response | None:
        """Answer a CORS preflight request; None for every other request."""
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        if not self._is_allowed() or not request.path.startswith(PATHS):
            return None
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED_HEADERS)
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE_SECONDS)
        response.vary.update(["Access-Control-Request-Method", "Access-Control-Request-Headers"])
        return response

    def tell(self, response: Response) -> Response:
        """Add the CORS headers to a response. Registered first, so it runs last."""
        if not self._origins or not request.path.startswith(PATHS):
            return response
        # Also without an Origin: a cache must not hand that answer to a page.
        response.vary.add("Origin")
        if self._is_allowed():
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)
        return response

    def _is_allowed(self) -> bool:
        return request.headers.get("Origin") in self._origins
