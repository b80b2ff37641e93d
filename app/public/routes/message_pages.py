"""Pages of the links in messages to reporters: to the case, to confirm an address, to stop.

Mail programs open links before a person does, so only a POST confirms or stops. The addresses are short, because an SMS in
Chinese has 70 characters.
"""

from collections.abc import Callable

from flask import Response, redirect, request

from app.core.db import Session, read_session
from app.core.errors import DomainError
from app.http.unit_of_work import with_transaction
from app.public import service
from app.public.routes.page import LANGUAGES, blp, error_page, open_city_of, page, page_link, settings


def _lang() -> str:
    return "en" if request.accept_languages.best_match(["zh", "en"]) == "en" else LANGUAGES[0]


def _answered(view: Callable[[], Response]) -> Response:
    try:
        response = view()
    except DomainError as error:
        response = error_page(None, _lang(), error)
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.get("/f/<secret>")
def followed_by_message(secret: str) -> Response:
    """Redirect to the page of the case."""

    def show() -> Response:
        with read_session() as session:
            city_code, lang = service.place_of_link(session, secret)
            city = open_city_of(session, city_code)
        return redirect(page_link(city, lang, f"follow/{secret}"), 303)  # type: ignore[return-value]

    return _answered(show)


@blp.get("/y/<secret>")
def confirm_page(secret: str) -> Response:
    """Ask whether messages are wanted."""
    return _answered(lambda: _link_page("confirm", _read(service.confirming_link, secret)))


@blp.post("/y/<secret>")
def confirm_messages(secret: str) -> Response:
    """Store that the owner of the address wants messages."""
    return _answered(lambda: _link_page("confirmed", _confirm(secret)))


@blp.get("/n/<secret>")
def stop_page(secret: str) -> Response:
    """Ask whether messages are to end."""
    return _answered(lambda: _link_page("stop", _read(service.stopping_link, secret)))


@blp.post("/n/<secret>")
def end_messages(secret: str) -> Response:
    """End the messages. Mail programs send this request, too (RFC 8058)."""
    return _answered(lambda: _link_page("stopped", _stop(secret)))


def _read(read: Callable[[Session, str], service.ContactLink], secret: str) -> service.ContactLink:
    with read_session() as session:
        return read(session, secret)


@with_transaction
def _confirm(secret: str, *, session: Session) -> service.ContactLink:
    return service.confirm(session, secret, settings=settings())


@with_transaction
def _stop(secret: str, *, session: Session) -> service.ContactLink:
    return service.stop(session, secret)


def _link_page(step: str, contact: service.ContactLink) -> Response:
    return page("public_news.html", contact.language, contact.city, step=step, contact=contact)
