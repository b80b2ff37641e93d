"""Endpoints that a browser opens with a cookie: for our own pages only."""

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
    """Below `public`: 403 `cross_site` for what may come from a page of another site.

    Three things have to fit, since not every browser says all of them: our header, where the browser says that the page is
    from (Sec-Fetch-Site: of the same origin), and its Origin (the address that was called).
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
