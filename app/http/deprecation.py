"""Deprecation of operations and query parameters, declared with dates beside their route.

docs/reference/api.md states how long deprecated operations stay. All responses of such an operation, including errors, carry
`Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a `Link` to the successor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from functools import wraps
from typing import Any

from flask import Response, after_this_request, request

from app.core.links import link

# An old name is answered for at least this time after its deprecation.
LEAST_NOTICE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Dates (UTC) of a deprecated operation or query parameter.

    `successor` is the path of the operation that replaces it (`/api/v1/...`), or None.

    Raises:
        ValueError: The sunset comes sooner after the deprecation than docs/reference/api.md promises.
    """

    since: date
    sunset: date
    successor: str | None = None
    parameter: str | None = None

    def __post_init__(self) -> None:
        if self.sunset - self.since < LEAST_NOTICE:
            raise ValueError(
                f"sunset {self.sunset} is earlier than {LEAST_NOTICE.days} days after {self.since}"
            )

    def is_used(self) -> bool:
        """Return True if the current request uses the deprecated operation or parameter."""
        return self.parameter is None or self.parameter in request.args

    def announce(self, response: Response) -> Response:
        """Add the deprecation headers to a response.

        The headers cannot name a deprecated parameter; the API document does.
        """
        since, sunset = (datetime.combine(day, time(), UTC) for day in (self.since, self.sunset))
        response.headers["Deprecation"] = f"@{int(since.timestamp())}"
        response.headers["Sunset"] = format_datetime(sunset, usegmt=True)
        if self.successor is not None:
            response.headers.add("Link", f'<{link(self.successor)}>; rel="successor-version"')
        return response


def deprecated(deprecation: Deprecation) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator of a deprecated view, or of a view with a deprecated query parameter."""

    def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if deprecation.is_used():
                after_this_request(deprecation.announce)
            return view(*args, **kwargs)

        doc = dict(getattr(wrapper, "_apidoc", {}))
        doc["deprecations"] = (*doc.get("deprecations", ()), deprecation)
        wrapper._apidoc = doc  # type: ignore[attr-defined]
        if deprecation.parameter is not None:
            _field_of(doc, deprecation.parameter).metadata["deprecated"] = True
        return wrapper

    return decorator


def document(doc: dict[str, Any], info: dict[str, Any]) -> None:
    """Mark an operation of the API document as deprecated, and add the sunset date."""
    for deprecation in info.get("deprecations", ()):
        if deprecation.parameter is None:
            doc |= {"deprecated": True, "x-sunset": deprecation.sunset.isoformat()}


def _field_of(doc: dict[str, Any], parameter: str) -> Any:
    for arguments in doc.get("arguments", {}).get("parameters", ()):
        if arguments["in"] == "query":
            for name, field in arguments["schema"].fields.items():
                if parameter == (field.data_key or name):
                    return field
    raise ValueError(f"the operation has no query parameter {parameter}")
