"""Content coding of responses: gzip and zstd, with an ETag for each coding (RFC 9110, 8.4 and 8.8.3).

Views know nothing of codings: they read and set the ETag of the resource. The coding of a response follows its tag
as a suffix (`"7"`, `"7-gzip"`, `"7-zstd"`), which is removed from `If-Match` and `If-None-Match` before a view reads them.
All tags stay strong. Compressed bodies of requests: `app.http.compression`.

Responses with `Cache-Control: no-store` are not compressed. All responses with tokens and one-time passwords have
it (RFC 6749, 5.1). The length of a compressed response tells whoever reads the network which guesses occur in it
(BREACH, CVE-2013-3587).
"""

import re
from functools import lru_cache
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.http import parse_accept_header

from app.core.codings import CODINGS, encode
from app.http.responses import VARY

# The key of `app.config`: a shorter body is sent as it is, because it is one packet anyway.
MIN_BYTES = "COMPRESS_FROM_BYTES"
_SUFFIX = re.compile(r'-(?:gzip|zstd)"')
_TAG_HEADERS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")
# Beside all texts, JSON and XML. Pictures, sound and archives are compressed already.
_TYPES = frozenset(
    {
        "application/json",
        "application/javascript",
        "application/xml",
        "application/vnd.mapbox-vector-tile",
        "image/svg+xml",
    }
)


def register(app: Flask) -> None:
    """Compress the responses of the application, and give each coding its ETag."""
    app.config.setdefault(MIN_BYTES, 1_000)
    app.before_request(_remove_suffixes)
    app.after_request(_encode)


def response_coding(size: int) -> str | None:
    """Return the coding in which a response of `size` bytes is sent, or None for the bytes as they are.

    A part of a resource (`Range`) is always a part of its bytes as they are.
    """
    return coding_of(request.environ, size, current_app.config[MIN_BYTES])


def coding_of(environ: dict[str, Any], size: int, min_bytes: int) -> str | None:
    """Return the coding of a response of `size` bytes to a WSGI request, or None for the bytes as they are."""
    accepted = environ.get("HTTP_ACCEPT_ENCODING")
    if not accepted or size < min_bytes or "HTTP_RANGE" in environ:
        return None
    return _preferred(accepted)


@lru_cache(maxsize=1_000)
def _preferred(accepted: str) -> str | None:
    """Return the coding that an Accept-Encoding header prefers, or None for the bytes as they are."""
    qualities = {name.lower(): quality for name, quality in parse_accept_header(accepted)}
    # `*` means gzip: a program that takes anything was often written before zstd.
    offered = {"gzip": qualities.get("*", 0)} | qualities
    best = max(CODINGS, key=lambda coding: offered.get(coding, 0))
    quality = offered.get(best, 0)
    return best if quality > 0 and quality >= qualities.get("identity", 0) else None


def allow_without_store() -> None:
    """Let the response of this request be compressed although no cache may store it. It must have no secret."""
    g.has_no_secret = True


def _remove_suffixes() -> None:
    environ = request.environ
    for name in _TAG_HEADERS:
        tags = environ.get(name)
        if tags and _SUFFIX.search(tags):
            if name == "HTTP_IF_NONE_MATCH":
                g.tags_with_coding = tags
            environ[name] = _SUFFIX.sub('"', tags)


def _encode(response: Response) -> Response:
    headers = {
        name.lower(): value for name, value in reversed(list(response.headers))
    }  # the first one counts
    coding = headers.get("content-encoding")
    if response.status_code == 304:
        _vary(response, headers)
        _name_known_coding(response)
    elif coding is not None:
        _vary(response, headers)
        _add_suffix(response, coding)
    elif _is_compressible(response, headers):
        _vary(response, headers)
        size = sum(map(len, response.iter_encoded()))
        coding = response_coding(size)
        if coding is not None:
            response.set_data(encode(response.get_data(), coding))
            response.headers["Content-Encoding"] = coding
            _add_suffix(response, coding)
    return response


def _is_compressible(response: Response, headers: dict[str, str]) -> bool:
    """Return True if the response is a whole text in memory and may be compressed.

    Args:
        headers: The headers of the response by lower-case name.
    """
    if not response.is_sequence or response.status_code == 206 or "repr-digest" in headers:
        return False
    if "no-store" in headers.get("cache-control", "") and not g.get("has_no_secret", False):
        return False
    media = headers.get("content-type", "").partition(";")[0].strip()
    if media == "text/event-stream":
        return False
    return media in _TYPES or media.endswith(("+json", "+xml")) or media.startswith("text/")


def _vary(response: Response, headers: dict[str, str]) -> None:
    vary = headers.get("vary", VARY)
    if "Accept-Encoding" not in vary:
        response.headers["Vary"] = f"{vary}, Accept-Encoding"


def _add_suffix(response: Response, coding: str) -> None:
    tag = response.headers.get("ETag")
    if tag:
        response.headers["ETag"] = f'{tag[:-1]}-{coding}"'


def _name_known_coding(response: Response) -> None:
    """Give a 304 the tag that the client has, with its coding."""
    tag = response.headers.get("ETag")
    client_tags = g.get("tags_with_coding", "")
    for coding in CODINGS:
        if tag and f'{tag[:-1]}-{coding}"' in client_tags:
            _add_suffix(response, coding)
            return
