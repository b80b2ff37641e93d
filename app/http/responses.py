"""Answers as bytes, versions as ETags."""

from typing import Any

import orjson
from flask import Response, request

from app.core.errors import PreconditionMissing, Stale

GEOJSON = "application/geo+json"


def json_bytes(
    body: bytes, status: int = 200, *, version: int | None = None, media: str | None = None
) -> Response:
    """JSON that PostGIS made, passed through; with `version` it carries an ETag and answers 304."""
    if version is not None and request.method in ("GET", "HEAD") and _known(version):
        response = Response(status=304)
    else:
        response = Response(body, status, content_type=media or "application/json")
    if version is not None:
        response.headers["ETag"] = f'"{version}"'
    return response


def json_of(value: Any, status: int = 200, *, version: int | None = None) -> Response:
    return json_bytes(orjson.dumps(value, default=str), status, version=version)


def no_content() -> Response:
    return Response(status=204)


def wants_geojson() -> bool:
    return GEOJSON in request.accept_mimetypes.values()


def expected_version(*, required: bool) -> int | None:
    """The version the caller knows, from If-Match (weak tags too: gzipping proxies weaken them).

    Missing and required: 428. `*`: any version. A tag that is not a version of ours can only be stale: 412.
    """
    tags = request.if_match
    if not tags and not tags.star_tag:
        if required:
            raise PreconditionMissing("if_match_missing")
        return None
    if tags.star_tag:
        return None
    versions = [t for t in (*tags.as_set(include_weak=True),) if t.isdigit()]
    if not versions:
        raise Stale("version_stale")
    return int(versions[0])


def _known(version: int) -> bool:
    return request.if_none_match.contains_weak(str(version)) or request.if_none_match.star_tag
