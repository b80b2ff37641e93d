"""Pages for printing: one self-contained HTML document, without scripts and external resources. QR codes of pages."""

import secrets
from typing import Any

import segno
from flask import Response, render_template
from markupsafe import Markup


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


def qr_code(text: str) -> Markup:
    """Return the QR code of a text as an SVG element."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(scale=4, border=2, dark="#000", light="#fff", omitsize=True, svgclass="qr"))
