"""Responses with files that a build has written: gzip, ETag, media type and caching."""

import mimetypes
from pathlib import Path

from flask import Response, request
from werkzeug.security import safe_join

from app.core.errors import NotFound

CACHE_FOREVER = "public, max-age=31536000, immutable"
CACHE_REVALIDATE = "no-cache"
TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
TEXT_TYPES = ("text/", "application/manifest+json", "image/svg+xml")


def built_file(folder: Path, name: str, *, is_hashed: bool) -> Response:
    """Return a built file, or its gzip version if the browser accepts that.

    Args:
        folder: Folder that the file must be in.
        is_hashed: The address changes with the content, so that the file can be cached for ever.

    Raises:
        NotFound: There is no such file.
    """
    path = safe_join(str(folder), name)
    if path is None or not Path(path).is_file():
        raise NotFound("not_found")
    media = TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    packed = Path(f"{path}.gz")
    is_packed = packed.exists() and request.accept_encodings["gzip"] > 0
    file_to_send = packed if is_packed else Path(path)
    # The files are small and read as a whole: the server would read a stream into memory, too.
    response = Response(file_to_send.read_bytes(), mimetype=media)
    if media.startswith(TEXT_TYPES):
        response.content_type = f"{media}; charset=utf-8"
    response.set_etag(f"{file_to_send.stat().st_mtime_ns:x}")
    response.make_conditional(request)
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = CACHE_FOREVER if is_hashed else CACHE_REVALIDATE
    return response
