"""CORS: cross-origin requests of maps on other sites, which read and write with a token of their user.

flask-cors is not used: it adds headers to every response, and the views of /ogc answer OPTIONS themselves for a signed-in
caller, because QGIS reads there which edits are allowed. A preflight request of a browser has no token and must be answered
before the views. It has the header `Access-Control-Request-Method`, which QGIS never sends.

Doors without an account (`OPEN_DOORS`) answer pages of all origins alike.

Cookies are not allowed across origins: a request without a token is anonymous, whichever page sent it. The only cookie of
the server is accepted on endpoints for its own pages (http/same_site.py), which require a header that pages of other origins
may not send.
"""

import re

from flask import Response, request

PATHS = ("/api/", "/ogc")
# Doors for people and programs without an account: their answers are alike for everybody, so pages of every origin may read
# them, never with credentials. Secret links and forms are not among them.
OPEN_DOORS = re.compile(r"/public/[^/]+/cases\.geojson|/public/tiles/[0-9/]+|/open311/.+")
OPEN_METHODS = "GET, HEAD, POST, OPTIONS"
OPEN_HEADERS = ("Accept", "Accept-Language", "Content-Type", "If-None-Match")
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
    """CORS headers for pages of `origins`.

    Responses to pages of other origins get no CORS headers. If `origins` is empty, no response gets them.
    """

    def __init__(self, origins: tuple[str, ...]) -> None:
        self.origins = frozenset(origins)

    @property
    def has_origins(self) -> bool:
        """Return True if pages of other sites may read answers, so that answers vary by their origin."""
        return bool(self.origins)

    def answer(self) -> Response | None:
        """Return the response to a CORS preflight request from a page of `origins`, else None."""
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        if OPEN_DOORS.fullmatch(request.path):
            response = Response(status=204)
            response.headers["Access-Control-Allow-Methods"] = OPEN_METHODS
            response.headers["Access-Control-Allow-Headers"] = ", ".join(OPEN_HEADERS)
            response.headers["Access-Control-Max-Age"] = str(MAX_AGE_SECONDS)
            return response
        if not self._is_allowed() or not request.path.startswith(PATHS):
            return None
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED_HEADERS)
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE_SECONDS)
        response.vary.update(["Access-Control-Request-Method", "Access-Control-Request-Headers"])
        return response

    def tell(self, response: Response) -> Response:
        """Add the CORS headers to a response.

        This method is registered as the first after_request function, so it runs last.
        """
        path = request.path
        if OPEN_DOORS.fullmatch(path):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            return response
        if not self.origins or not path.startswith(PATHS):
            return response
        # Also without an Origin: a cache must not hand that answer to a page.
        response.vary.add("Origin")
        if self._is_allowed():
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)
        return response

    def _is_allowed(self) -> bool:
        return request.headers.get("Origin") in self.origins
