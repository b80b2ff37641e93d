"""Pages for printing: one self-contained HTML document, without scripts and external resources."""

import secrets
from typing import Any

from flask import Response, render_template


def html_page(template: str, **values: Any) -> Response:
    """Render a template as a page without scripts.

    The Content-Security-Policy of the page allows only its one style sheet, by a nonce.
    """
    nonce = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return Response(
        render_template(template, nonce=nonce, **values),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy},
    )
