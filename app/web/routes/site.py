"""Routes of the documentation site at /docs, which bin/docs builds from docs/.

The site is public. It is the only part of the server whose policy allows inline scripts and styles: those of the theme, each
by its hash, which the build writes into a file of the site.
"""

import json
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, request

from app.core import links
from app.core.errors import NotFound
from app.http.messages import language
from app.http.pages import html_page
from app.settings import Settings
from app.web.routes.built_files import built_file

blueprint = Blueprint("site", __name__, template_folder="../pages")

HASHES = "inline-hashes.json"


@blueprint.get("/docs")
def start_page() -> Response:
    """Return the start page of the site.

    The address without a final slash is redirected to the one with it, because links in the pages are relative.
    """
    if not request.path.endswith("/"):
        return redirect(links.link("/docs/"), 308)  # type: ignore[return-value]
    return _file("index.html")


@blueprint.get("/docs/<path:name>")
def page(name: str) -> Response:
    """Return a page or another file of the site. A browser gets a page with links where there is none."""
    try:
        return _file(f"{name}index.html" if name.endswith("/") else name)
    except NotFound as error:
        if error.code != "not_found" or not _wants_html():
            raise
        return _missing_page()


def _wants_html() -> bool:
    """Return True if the Accept header prefers HTML to JSON."""
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def _missing_page() -> Response:
    response = html_page(
        "missing_page.html",
        lang=language(),
        start=links.link("/docs/"),
        search=links.link("/docs/search.html"),
    )
    response.status_code = 404
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def _file(name: str) -> Response:
    """Return a file of the site.

    Raises:
        NotFound: There is no such file, or the site was not built.
    """
    settings: Settings = current_app.extensions["settings"]
    folder = Path(settings.docs_dir)
    hashes = folder / HASHES
    if not hashes.exists():
        raise NotFound("docs_not_built")
    # Pages name scripts and styles with a checksum of their content: `site.css?v=1a2b3c4d`.
    response = built_file(folder, name, is_hashed="v" in request.args and name.startswith("_static/"))
    response.headers["Content-Security-Policy"] = _policy(hashes, hashes.stat().st_mtime_ns)
    return response


@lru_cache(maxsize=2)
def _policy(path: Path, changed_ns: int) -> str:
    """Return the Content-Security-Policy of the site, with the hashes in the file at `path`.

    Args:
        changed_ns: Time of the last change of the file, so that a site built anew gets a new policy.
    """
    hashes = {kind: " ".join(values) for kind, values in json.loads(path.read_bytes()).items()}
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {hashes['scripts']}",
            f"style-src 'self' {hashes['styles']}",
            f"style-src-attr 'unsafe-hashes' {hashes['style_attributes']}",
            # The search reads the pages that it found, for excerpts.
            "connect-src 'self'",
            "img-src 'self' data:",
            *(f"{kind} 'none'" for kind in ("base-uri", "frame-ancestors")),
            # The field for searching is a form.
            "form-action 'self'",
        )
    )
