"""/field, for workers, and /console, for supervisors, in a browser. Files only, for anybody: sessions begin at /api/v1."""

import json
import mimetypes
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.security import safe_join

from app.core import links
from app.core.errors import NotFound
from app.settings import ORIGIN, Settings

door = Blueprint("web", __name__)
BLUEPRINTS = (door,)

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
BASE_MAP = "base-map.json"
TEXT = ("text/", "application/manifest+json", "image/svg+xml")


@door.get("/<any(field, console):front_end>")
def page(front_end: str) -> Response:
    """The page; its links are relative, so that it can stand under a prefix, and so it ends with a slash."""
    if not request.path.endswith("/"):
        return redirect(links.link(f"/{front_end}/"), 308)  # type: ignore[return-value]
    return _file(front_end, "index.html")


@door.get(f"/<any(field, console):front_end>/{BASE_MAP}")
def base_map(front_end: str) -> Response:
    """The raster base map that the operator has set, or null."""
    settings = _settings()
    said = {
        "url": settings.base_map_url,
        "crs": settings.base_map_crs,
        "attribution": settings.base_map_attribution,
        "max_zoom": settings.base_map_zoom,
    }
    response = Response(json.dumps(said if settings.base_map_url else None), mimetype="application/json")
    response.headers["Cache-Control"] = ASKED_FOR_EACH_TIME
    return response


@door.get("/<any(field, console):front_end>/<path:name>")
def file(front_end: str, name: str) -> Response:
    return _file(front_end, name)


def _file(front_end: str, name: str) -> Response:
    """A built file, packed where the browser takes it so. Raises NotFound: of that name, or because nothing was built."""
    folder = Path(_settings().web_dir) / front_end
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
    response.headers["Content-Security-Policy"] = policy(_settings().base_map_url)
    response.headers["Permissions-Policy"] = FEATURES[front_end]
    return response


def policy(base_map_url: str) -> str:
    """The policy of the pages. No code and no style stands in them; nothing comes from elsewhere but tiles of the base
    map, from its origin alone. Photos are shown and sounds played from memory (blob:), and the map's style sheet has its
    signs in itself (data:). The service worker is under the policy of its own answer."""
    found = ORIGIN.match(base_map_url)
    tiles = f" {found[0]}" if found else ""
    return "; ".join(
        (
            "default-src 'none'",
            *(f"{kind}-src 'self'" for kind in ("script", "style", "font", "manifest", "worker")),
            f"connect-src 'self'{tiles}",
            f"img-src 'self' blob: data:{tiles}",
            "media-src 'self' blob:",
            *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
        )
    )


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
