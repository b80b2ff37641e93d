"""Routes of the web pages: /field for workers, /console for supervisors; / leads to the console.

The files are public. The scripts in them sign in at /api/v1.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request

from app.basemap.service.map_file import configured_map
from app.core import links
from app.core.errors import NotFound
from app.rsgi.files import FilePart, part_answer, requested_range
from app.settings import ORIGIN, Settings
from app.web.routes.built_files import CACHE_FOREVER, CACHE_REVALIDATE, built_file

blueprint = Blueprint("web", __name__)

# Features of the device that each front end may use.
PERMISSIONS_POLICIES = {
    "field": "geolocation=(self), camera=(self), microphone=(self)",
    "console": "geolocation=(), camera=(), microphone=()",
}
# The name of a file in this folder changes with its content, so it can be cached for ever.
HASHED_PREFIX = "assets/"
BASE_MAP, MAP_FILE = "base-map.json", "base-map.pmtiles"
PMTILES = "application/vnd.pmtiles"


@blueprint.get("/")
def start() -> Response:
    """Redirect the address of the server to the console.

    The redirect is temporary: a browser does not keep it, and another start page can take its place.
    """
    return redirect(links.link("/console/"), 302)  # type: ignore[return-value]


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
    """Return the configured base map as JSON, or null if there is none.

    `kind` is `vector` for a file of our own, and `raster` for tiles from elsewhere.
    """
    response = Response(json.dumps(_vector_map() or _raster_map()), mimetype="application/json")
    response.headers["Cache-Control"] = CACHE_REVALIDATE
    return response


@blueprint.get(f"/<any(field, console):front_end>/{MAP_FILE}")
def base_map_file(front_end: str) -> Response:
    """Return the file of the vector base map, or one byte range of it. It is public, and its tiles are packed already.

    Raises:
        NotFound: There is no vector base map.
    """
    if (base_map := configured_map(_settings().base_map)) is None:
        raise NotFound("not_found")
    if base_map.tag in request.if_none_match:
        response = Response(status=304)
    else:
        byte_range, status = requested_range(base_map.size, base_map.tag)
        part = FilePart(base_map.path.open("rb"), byte_range.first, byte_range.stop)
        response = part_answer(part, status=status, byte_range=byte_range, media=PMTILES)
    response.set_etag(base_map.tag)
    is_current = request.args.get("v") == base_map.tag
    response.headers["Cache-Control"] = CACHE_FOREVER if is_current else CACHE_REVALIDATE
    return response


def _vector_map() -> dict[str, Any] | None:
    if (base_map := configured_map(_settings().base_map)) is None:
        return None
    return {
        "kind": "vector",
        # Beside this document. The address changes with the file, so that it can be cached for ever.
        "url": f"{MAP_FILE}?v={base_map.tag}",
        "attribution": [asdict(credit) for credit in base_map.credits],
        "bounds": base_map.bounds,
        "min_zoom": base_map.min_zoom,
        "max_zoom": base_map.max_zoom,
    }


def _raster_map() -> dict[str, Any] | None:
    settings = _settings()
    if not settings.base_map_url:
        return None
    return {
        "kind": "raster",
        "url": settings.base_map_url,
        "crs": settings.base_map_crs,
        "attribution": settings.base_map_attribution,
        "max_zoom": settings.base_map_zoom,
    }


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
