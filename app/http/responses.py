"""Responses whose body is already bytes, such as JSON of PostGIS, and ETags of versions."""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from flask import Response, request
from werkzeug.datastructures import ETags

from app.core.errors import PreconditionMissing, Stale
from app.http.messages import with_message

GEOJSON = "application/geo+json"
# What answers depend on; `observe` says so of each.
VARY = "Authorization, Accept, Accept-Language"


class BytesResponse(Response):
    """A response of bytes in memory, whose headers are sent as they are.

    Flask copies the headers, looks for links to complete and for the length, and puts an iterator around the body.
    """

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Send the response; as Flask does it, if anything in it may have to be changed before."""
        body, headers = self.response, self.headers.to_wsgi_list()
        if (
            type(body) is not list
            or self._on_close
            or environ["REQUEST_METHOD"] != "GET"
            or self.status_code not in _WITH_BODY
            or not _LOCATIONS.isdisjoint([name.lower() for name, _ in headers])
        ):
            return super().__call__(environ, start_response)
        start_response(self.status, headers)
        return body


_WITH_BODY = (200, 201)
_LOCATIONS = frozenset({"location", "content-location"})


def json_bytes(
    body: bytes, status: int = 200, *, version: int | None = None, media: str | None = None
) -> Response:
    """Return a response with JSON that PostGIS made.

    If `version` is given, it becomes the ETag of the response, and a client that has this version gets 304.
    """
    if version is not None and _is_client_current(version):
        response = Response(status=304)
    else:
        response = BytesResponse(body, status, content_type=media or "application/json")
    if version is not None:
        response.headers["ETag"] = f'"{version}"'
    return response


def with_warnings(body: bytes, warnings: Sequence[dict[str, Any]]) -> bytes:
    """Return JSON bytes of an object with `warnings` added, each warning with its message."""
    return (
        body.rstrip()[:-1]
        + b',"warnings":'
        + orjson.dumps([with_message(warning) for warning in warnings])
        + b"}"
    )


def json_response(value: Any, status: int = 200, *, version: int | None = None) -> Response:
    """Return a response with `value` as JSON and, if given, its version as ETag."""
    return json_bytes(orjson.dumps(value, default=str), status, version=version)


def client_tags() -> set[str]:
    """Return the ETags of If-None-Match, of whichever coding (`app.http.content_coding`)."""
    return tags_of(request.if_none_match)


def json_bytes_with_tag(body: bytes | None, tag: str) -> Response:
    """Return a JSON response with the ETag `tag`, or 304 if `body` is None.

    The caller passes None if the client has this version already.
    """
    response = Response(status=304) if body is None else BytesResponse(body, content_type="application/json")
    response.headers["ETag"] = f'"{tag}"'
    return response


def forbid_store(response: Response) -> Response:
    """Forbid caches to store a response, which is then not compressed either. For blueprints that answer secrets."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def no_content() -> Response:
    """Return an empty response (204)."""
    return Response(status=204)


def wants_geojson() -> bool:
    """Return True if the Accept header names GeoJSON."""
    return GEOJSON in request.accept_mimetypes.values()


# As large as the database has them.
_VERSION = re.compile(r"[0-9]{1,18}")


def tags_of(tags: ETags) -> set[str]:
    """Return the strong and weak ETags of a conditional header, without empty tags."""
    return {tag for tag in tags.as_set(include_weak=True) if tag}


def condition_headers(statuses: set[str]) -> list[dict[str, Any]]:
    """Return the OpenAPI parameters If-Match and If-None-Match, where an operation uses them.

    An operation uses If-Match if it can answer 412 or 428, and If-None-Match if it can answer 304.
    """
    headers = []
    if statuses & {"412", "428"}:
        headers.append(
            {
                "in": "header",
                "name": "If-Match",
                "required": "428" in statuses,
                "description": "Version that the client has read: the `ETag`, in quotes. 412 if there is a newer one",
                "schema": {"type": "string"},
            }
        )
    if "304" in statuses:
        headers.append(
            {
                "in": "header",
                "name": "If-None-Match",
                "required": False,
                "description": "`ETag` of an earlier answer: 304 without a body if nothing changed",
                "schema": {"type": "string"},
            }
        )
    return headers


def expected_version(*, required: bool) -> int | None:
    """Return the version in If-Match, or None if the header is missing or `*`.

    Weak tags count, too, because proxies that compress responses weaken them.

    Raises:
        PreconditionMissing: The header is required and missing (428).
        Stale: No tag can be a version of this server (412).
    """
    tags = request.if_match
    if not tags and not tags.star_tag:
        if required:
            raise PreconditionMissing("if_match_missing")
        return None
    if tags.star_tag:
        return None
    versions = [tag for tag in tags_of(tags) if _VERSION.fullmatch(tag)]
    if not versions:
        raise Stale("version_stale")
    return int(versions[0])


def _is_client_current(version: int) -> bool:
    current = request._get_current_object()  # type: ignore[attr-defined]
    if "HTTP_IF_NONE_MATCH" not in current.environ or current.method not in ("GET", "HEAD"):
        return False
    return current.if_none_match.contains_weak(str(version)) or current.if_none_match.star_tag
