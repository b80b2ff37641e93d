"""/field, for workers, and /console, for supervisors, in a browser. Files only, for anybody: sessions begin at /api/v1."""

import json
import mimetypes
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.security import safe_join

from app.core import links
from app.core.errors import NotFound
from app.settings import ORIGIN, Settings

blueprint = Blueprint("web", __name__)
BLUEPRINTS = (blueprint,)

# The device features that each front end may use.
PERMISSIONS_POLICIES = {
    "field": "geolocation=(self), camera=(self), microphone=(self)",
    "console": "geolocation=(), camera=(), microphone=()",
}
# Names of files in this folder change with their content.
HASHED_PREFIX = "assets/"
CACHE_FOREVER = "public, max-age=31536000, immutable"
CACHE_REVALIDATE = "no-cache"
TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
BASE_MAP = "base-map.json"
TEXT_TYPES = ("text/", "application/manifest+json", "image/svg+xml")


@blueprint.get("/<any(field, console):front_end>")
def page(front_end: str) -> Response:
    """The page; its links are relative, so that it can stand under a prefix, and so it ends with a slash."""
    if not request.path.endswith("/"):
        return redirect(links.link(f"/{front_end}/"), 308)  # type: ignore[return-value]
    return _file(front_end, "index.html")


@blueprint.get(f"/<any(field, console):front_end>/{BASE_MAP}")
def base_map(front_end: str) -> Response:
    """The raster base map that the operator has set, or null."""
    settings = _settings()
    base_map = {
        "url": settings.base_map_url,
        "crs": settings.base_map_crs,
        "attribution": settings.base_map_attribution,
        "max_zoom": settings.base_map_zoom,
    }
    response = Response(json.dumps(base_map if settings.base_map_url else None), mimetype="application/json")
    response.headers["Cache-Control"] = CACHE_REVALIDATE
    return response


@blueprint.get("/<any(field, console):front_end>/<path:name>")
def file(front_end: str, name: str) -> Response:
    return _file(front_end, name)


def _file(front_end: str, name: str) -> Response:
    """Return a built file, gzipped where the browser accepts it.

    Raises:
        NotFound: There is no such file, or the front ends were not built.
    """
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
    file_to_send = packed if is_packed else Path(path)
    # Small files, read whole: the bridge would take a stream into memory too.
    response = Response(file_to_send.read_bytes(), mimetype=media)
    if media.startswith(TEXT_TYPES):
        response.content_type = f"{media}; charset=utf-8"
    response.set_etag(f"{file_to_send.stat().st_mtime_ns:x}{'-gzip' if is_packed else ''}")
    response.make_conditional(request)
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = CACHE_FOREVER if name.startswith(HASHED_PREFIX) else CACHE_REVALIDATE
    response.headers["Content-Security-Policy"] = policy(_settings().base_map_url)
    response.headers["Permissions-Policy"] = PERMISSIONS_POLICIES[front_end]
    return response


def policy(base_map_url: str) -> str:
    """The policy of the pages. No code and no style stands in them; nothing comes from elsewhere but tiles of the base
    map, from its origin alone. Photos are shown and sounds played from memory (blob:), and the map's style sheet has its
    signs in itself (data:). The service worker is under the policy of its own answer."""
    origin = ORIGIN.match(base_map_url)
    tiles = f" {origin[0]}" if origin else ""
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
    settings: Settings = current_app.extensions["settings"]
    return settings
