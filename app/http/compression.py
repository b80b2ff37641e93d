"""Request bodies compressed with gzip, as phones send them over slow networks, and limits of body sizes."""

import zlib
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

# In the environment of a request whose body is read by orjson: numbers over 64 bits lose their last digits there.
PARSE_WITH_ORJSON = "gridward.read_quickly"


def accept_gzip(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view accept a body with `Content-Encoding: gzip`.

    The size limit of the view also applies to the decompressed body.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding == "gzip":
            limit = request.max_content_length or current_app.config["MAX_CONTENT_LENGTH"]
            body = decompress(request.get_data(cache=False), limit)
            # Read the request anew from the unpacked body; too long a one is refused as any other is.
            request.environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            del request.environ["HTTP_CONTENT_ENCODING"]  # the view may be called again
            del request.stream
        elif encoding != "identity":
            raise UnsupportedMediaType
        return view(*args, **kwargs)

    return wrapper


def parse_with_orjson(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view parse its JSON body with orjson, which is faster for long lists of numbers.

    `app.http.arguments_parser` has the parser.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        request.environ[PARSE_WITH_ORJSON] = True
        return view(*args, **kwargs)

    return wrapper


def limit_body(setting: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Limit the body of a view, compressed and decompressed, to a number of bytes.

    `setting` is the name of the setting with this number. Place this decorator above `accept_gzip`.
    """

    def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = getattr(current_app.extensions["settings"], setting)
            return view(*args, **kwargs)

        return wrapper

    return decorator


def decompress(packed: bytes, limit: int) -> bytes:
    """Decompress a gzip body, to at most one byte more than the limit."""
    decompressor = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        body = decompressor.decompress(packed, limit + 1)
    except zlib.error:
        raise BadRequest from None
    if len(body) <= limit and not decompressor.eof:
        raise BadRequest
    return body
