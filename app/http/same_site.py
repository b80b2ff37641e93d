"""Protection of the endpoints that accept a cookie: only pages of this server may call them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request

from app.core.errors import Forbidden

# No form and no plain request of another site can send it; with it, the browser asks first, and is not allowed to
# (http/cors.py names what pages of other sites may send).
HEADER = "X-Gridward-Page"
HEADER_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 40},
    "description": "Any name of the calling page. Pages of other sites cannot send this header",
}


def own_pages_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a request that may come from a page of another site with 403 `cross_site`.

    Place this decorator below `public`. Three headers are checked, since not every browser sends all of them: the header that
    our own pages send must be present; Sec-Fetch-Site must be absent or `same-origin`; Origin must be absent or the address of
    this server.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if (
            not request.headers.get(HEADER)
            or site not in (None, "same-origin")
            or origin not in (None, request.host_url.rstrip("/"))
        ):
            raise Forbidden("cross_site")
        return view(*args, **kwargs)

    return wrapper
