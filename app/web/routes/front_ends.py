"""Routes of the web pages: /field for workers, /console for supervisors.

The files are public. The scripts in them sign in at /api/v1.
"""

import json
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request

from app.core import links
from app.core.errors import NotFound
from app.settings import ORIGIN, Settings
from app.web.routes.built_files import CACHE_REVALIDATE, built_file

blueprint = Blueprint("web", __name__)

# Features of the device that each front end may use.
PERMISSIONS_POLICIES = {
    "field": "geolocation=(self), camera=(self), microphone=(self)",
    "console": "geolocation=(), camera=(), microphone=()",
}
# The name of a file in this folder changes with its content, so it can be cached for ever.
HASHED_PREFIX = "assets/"
BASE_MAP = "base-map.json"


@blueprint.get("/<any(field, console):front_end>")
def page(front_end: str) -> Response:
    """Return the HTML page of a front end.

    An address without a final slash is redirected to the one with it, because links in the page are relative.
    """
    if not request.path.endswith("/"):
        return redirect(links.link(f"/{front_end}/"), 308)  # type: ignore[return-value]
    return _file(front_end, "index.html")


@blueprint.get(f"/<any(field, console):front_end>/{BASE_MAP}")
def base_map(front_end: str) -> Response:
    """Return the configured raster base map as JSON, or null if none is configured."""
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
    """Return a static file of a front end."""
    return _file(front_end, name)


def _file(front_end: str, name: str) -> Response:
    """Return a built file of a front end.

    Raises:
        NotFound: There is no such file, or the front ends were not built.
    """
    folder = Path(_settings().web_dir) / front_end
    if not (folder / "index.html").exists():
        raise NotFound("web_not_built")
    response = built_file(folder, name, is_hashed=name.startswith(HASHED_PREFIX))
    response.headers["Content-Security-Policy"] = policy(_settings().base_map_url)
    response.headers["Permissions-Policy"] = PERMISSIONS_POLICIES[front_end]
    return response


def policy(base_map_url: str) -> str:
    """Return the Content-Security-Policy of the pages.

    Pages have no inline scripts and styles. The only other origin is that of the tiles of the base map. Photos and voice
    notes are loaded from memory (blob:), and map icons from the style sheet of the map (data:). A service worker is bound by
    the policy sent with its own file.

    Args:
        base_map_url: Address of the tiles; empty: there is no base map.
    """
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
