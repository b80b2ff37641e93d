"""Base of the public pages: the city and the language in the address, templates, headers, errors as pages.

The pages work without scripts. They set no cookies, so a page of another site can act for nobody.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask
from flask import Response, current_app, redirect, render_template, request

from app.core.db import Session, read_session
from app.core.errors import DomainError, NotFound, Throttled
from app.core.links import link
from app.http.errors import STATUS
from app.http.messages import language, sentence
from app.http.unit_of_work import UnitOfWork
from app.messages.service import channels_on
from app.public import service
from app.public.rules.door import LANGUAGES


class Blueprint(UnitOfWork, flask.Blueprint):
    """A Flask blueprint for pages that are not in the API document."""


blp = Blueprint("public_pages", __name__, url_prefix="/public", template_folder="../pages")
STATIC = Path(__file__).parents[1] / "static"
CITY = "/<city_code>/<any(zh, en):lang>"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HTML_LANG = {"zh": "zh-CN", "en": "en"}
_NAMES = {"zh": "中文", "en": "English"}


@lru_cache
def static_version() -> str:
    """Return a digest of the static files, which is part of their addresses."""
    files = sorted(path for path in STATIC.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def with_city(view: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the city of the address to the view, and answer its errors as a page."""

    @wraps(view)
    def wrapper(city_code: str, lang: str, **kwargs: Any) -> Any:
        city = None
        try:
            with read_session() as session:
                city = open_city_of(session, city_code)
            return view(city, lang, **kwargs)
        except DomainError as error:
            return error_page(city, lang, error)

    return wrapper


def open_city_of(session: Session, code: str) -> service.PublicCity:
    """Return the city of an address, if its public door is open."""
    if "\0" in code:
        raise NotFound("not_found")
    return service.open_city(session, code)


def error_sentences(error: DomainError, lang: str) -> list[str]:
    """Return what a person reads about an error, in the language of the page."""
    spoken = _HTML_LANG[lang]
    faults = error.extra.get("errors", ())
    if faults:
        return [sentence(fault["code"], spoken, **_params(fault)) for fault in faults]
    params = dict(error.params)
    if isinstance(error, Throttled):
        params["retry_after_s"] = error.retry_after_s
    return [sentence(error.code, spoken, **params)]


def _params(fault: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fault.items() if name not in ("field", "code")}


def status_of(error: DomainError) -> int:
    """Return the HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def error_page(city: service.PublicCity | None, lang: str, error: DomainError) -> Response:
    """Return the page about an error."""
    response = page(
        "public_message.html", lang, city, sentences=error_sentences(error, lang), status=status_of(error)
    )
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def page(
    template: str, lang: str, city: service.PublicCity | None, *, status: int = 200, **values: Any
) -> Response:
    """Render a page. A template gets `t(english, chinese)`, `u(path)`, `when(instant)` and `named(name)`."""
    zone = city.profile.calendar.zone if city is not None else None

    def t(english: str, chinese: str) -> str:
        return chinese if lang == "zh" else english

    def when(instant: datetime | None) -> str:
        return "" if instant is None else instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    def named(name: dict[str, str] | Any) -> str:
        names = name if isinstance(name, dict) else {"zh": name.zh, "en": name.en}
        return names.get(lang) or names.get("zh") or names.get("en") or ""

    body = render_template(
        template,
        lang=lang,
        html_lang=_HTML_LANG[lang],
        city=city,
        t=t,
        when=when,
        named=named,
        u=lambda path="", **query: page_link(city, lang, path, **query),
        channels=channels_on(settings()),
        static=lambda name: link(f"/public/static/{name}?v={static_version()}"),
        other_language=_other_language(city, lang),
        **values,
    )
    response = Response(body, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Content-Language"] = _HTML_LANG[lang]
    response.headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=()"
    response.headers["X-Robots-Tag"] = "noindex"
    if request.method == "GET" and status == 200:
        response.add_etag()
        response.make_conditional(request)
    return response


def page_link(city: service.PublicCity | None, lang: str, path: str = "", /, **query: Any) -> str:
    """Return the address of a page of a city. Parameters of `query` may have any name, as callers choose some."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    start = f"/public/{city.code}/{lang}/{path}" if city is not None else "/public"
    return link(start) + (f"?{urlencode(given)}" if given else "")


def _other_language(city: service.PublicCity | None, lang: str) -> tuple[str, str, str] | None:
    """Return (code, name, address) of this page in the other language; None for answers to forms."""
    if city is None or request.method != "GET":
        return None
    other = next(each for each in LANGUAGES if each != lang)
    start = f"/public/{city.code}/{lang}"
    path = request.path.removeprefix(start).lstrip("/")
    return other, _NAMES[other], page_link(city, other, path, **request.args.to_dict())


def redirect_to(city: service.PublicCity, lang: str, path: str, **query: Any) -> Response:
    """Return the redirect after a form: the browser reads the page with GET."""
    return redirect(page_link(city, lang, path, **query), 303)  # type: ignore[return-value]


def settings() -> Any:
    """Return the settings of the server."""
    return current_app.extensions["settings"]


def source() -> bytes | None:
    """Return the digest of the network address of the request."""
    return service.source_digest(request.remote_addr, settings())


@blp.get("/")
@blp.reads
def start(*, session: Session) -> Response:
    """Redirect to the pages of the default city, in the language of the browser."""
    city = service.open_city(session)
    return redirect(page_link(city, spoken()), 302)  # type: ignore[return-value]


@blp.get("/<city_code>/")
@blp.reads
def start_of_city(city_code: str, *, session: Session) -> Response:
    """Redirect to the pages of a city, in the language of the browser."""
    city = open_city_of(session, city_code)
    return redirect(page_link(city, spoken()), 302)  # type: ignore[return-value]


def spoken() -> str:
    """Return the language of the browser."""
    return "zh" if language() == "zh-CN" or not request.accept_languages else "en"


@blp.get("/static/<name>")
def static_file(name: str) -> Response:
    """Return a style sheet or script of the pages."""
    kinds = {"public.css": "text/css", "public.js": "text/javascript"}
    if name not in kinds:
        raise NotFound("not_found")
    response = Response((STATIC / name).read_bytes(), content_type=f"{kinds[name]}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
