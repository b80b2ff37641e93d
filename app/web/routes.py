"""/field, for workers, and /console, for supervisors, in a browser. Files only, for anybody: sessions begin at /api/v1."""

import mimetypes
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.security import safe_join

from app.core import links
from app.core.errors import NotFound

door = Blueprint("web", __name__)
BLUEPRINTS = (door,)

# No code and no style stands in a page; nothing comes from elsewhere. Photos and sound are in memory (blob:), and the map's
# style sheet has its signs in itself (data:). The service worker is under the policy of its own answer.
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect", "font", "manifest", "worker")),
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
    )
)
# What the field app asks the phone for, and no page of others.
FEATURES = {
    "field": "geolocation=(self), camera=(self), microphone=(self)",
    "console": "geolocation=(), camera=(), microphone=()",
}
# Their names change with their content.
HASHED = "assets/"
KEPT = "public, max-age=31536000, immutable"
ASKED_FOR_EACH_TIME = "no-cache"
TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
TEXT = ("text/", "application/manifest+json", "image/svg+xml")


@door.get("/<any(field, console):front_end>")
def page(front_end: str) -> Response:
    """The page; its links are relative, so that it can stand under a prefix, and so it ends with a slash."""
    if not request.path.endswith("/"):
        return redirect(links.link(f"/{front_end}/"), 308)  # type: ignore[return-value]
    return _file(front_end, "index.html")


@door.get("/<any(field, console):front_end>/<path:name>")
def file(front_end: str, name: str) -> Response:
    return _file(front_end, name)


def _file(front_end: str, name: str) -> Response:
    """A built file, packed where the browser takes it so. Raises NotFound: of that name, or because nothing was built."""
    folder = Path(current_app.extensions["settings"].web_dir) / front_end
    if not (folder / "index.html").exists():
        raise NotFound("web_not_built")
    path = safe_join(str(folder), name)
    if path is None or not Path(path).is_file():
        raise NotFound("not_found")
    suffix = Path(path).suffix
    media = TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    packed = Path(f"{path}.gz")
    is_packed = packed.exists() and request.accept_encodings["gzip"] > 0
    sent = packed if is_packed else Path(path)
    # Small files, read whole: the bridge would take a stream into memory too.
    response = Response(sent.read_bytes(), mimetype=media)
    if media.startswith(TEXT):
        response.content_type = f"{media}; charset=utf-8"
    response.set_etag(f"{sent.stat().st_mtime_ns:x}{'-gzip' if is_packed else ''}")
    response.make_conditional(request)
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = KEPT if name.startswith(HASHED) else ASKED_FOR_EACH_TIME
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Permissions-Policy"] = FEATURES[front_end]
    return response
