"""HTML page at /api/docs: shows the API document and can call its operations.

The scripts are the files in `api_page/`, unchanged. Nothing is loaded from another origin, and the page has no inline
scripts or styles, so that a strict Content-Security-Policy can forbid them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from flask import Flask, Response, send_from_directory

from app.core import links

FILES = Path(__file__).parent / "api_page"
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect")),
        # Pictures and sound of answers are shown from memory.
        "img-src 'self' data: blob:",
        "media-src blob:",
        *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
    )
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Gridward API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{files}/style.css">
<script type="module" src="{files}/start.js"></script></head>
<body data-api="{prefix}/api/v1" data-document="{prefix}/api/v1/openapi.json">
<a class="skip" href="#main">Skip to the operations</a>
<header>
<h1>Gridward API</h1>
<section id="sign-in" aria-label="Sign in"{password}>
{accounts}<form>
<div><label for="username">User name</label>
<input id="username" name="username" autocomplete="username" required></div>
<div><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required></div>
<button type="submit">Sign in</button>
</form>
</section>
<section id="signed-in" aria-label="Account" hidden>
<p id="account"></p> <button id="sign-out" class="plain" type="button">Sign out</button>
</section>
<p id="sign-in-message" role="status"></p>
</header>
<div class="columns">
<nav aria-label="Groups of operations">
<p id="who"><a href="#sign-in">Sign in</a></p>
<label for="filter">Find an operation</label>
<input id="filter" type="search" autocomplete="off" spellcheck="false">
<p id="filter-result" role="status" class="small"></p>
<ul id="group-links"></ul>
<p class="small"><a href="{prefix}/api/v1/openapi.json">OpenAPI document</a></p>
</nav>
<main id="main" tabindex="-1">
<noscript><p>This page needs JavaScript. The OpenAPI document is at {prefix}/api/v1/openapi.json.</p></noscript>
<div id="guide"></div>
<div id="groups"></div>
</main>
</div>
</body></html>
"""
ACCOUNTS = "Sign in with an account of the demo city:"


@dataclass(frozen=True, slots=True)
class DemoSignIns:
    """The demo accounts that the page offers: user name and title of the role.

    If `password` is None, the page asks for the password.
    """

    titles: Mapping[str, str]
    password: str | None


def _page(demo: DemoSignIns | None) -> str:
    buttons = "\n".join(
        f'<li><button type="button" data-username="{escape(username)}">{escape(username)}'
        f"<span>{escape(title)}</span></button></li>"
        for username, title in (demo.titles if demo else {}).items()
    )
    prefix = links.prefix()
    return PAGE.format(
        prefix=prefix,
        files=f"{prefix}/api/docs/assets",
        password=f' data-password="{escape(demo.password)}"' if demo and demo.password else "",
        accounts=f'<p>{ACCOUNTS}</p>\n<ul class="demo">\n{buttons}\n</ul>\n' if demo else "",
    )


def register(app: Flask, *, demo: DemoSignIns | None) -> None:
    """Add the routes of the page and its files to the application.

    Args:
        demo: The accounts that the page offers on a demo server.
    """

    @app.get("/api/docs")
    def docs_page() -> Response:
        headers = {"Content-Security-Policy": POLICY}
        return Response(_page(demo), content_type="text/html; charset=utf-8", headers=headers)

    @app.get("/api/docs/assets/<path:name>")
    def docs_asset(name: str) -> Response:
        response = send_from_directory(FILES, name)
        if name.endswith(".js"):
            # The types of some systems' registries for scripts are none that a browser runs.
            response.content_type = "text/javascript; charset=utf-8"
        response.headers["Cache-Control"] = "no-cache"
        return response
