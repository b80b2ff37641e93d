"""Pages of a secret link: the course of the case, more words and photos, a contest, a rating, the end of the link."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, request

from app.core.db import Session, read_session
from app.core.errors import DomainError
from app.http.pages import qr_code
from app.http.unit_of_work import with_transaction
from app.public import service
from app.public.routes.page import (
    CITY,
    blp,
    error_sentences,
    page,
    page_link,
    redirect_to,
    settings,
    source,
    status_of,
    with_city,
)
from app.public.routes.report_pages import with_uploaded_photos
from app.public.rules.door import PHOTO_FORM_BYTES


@blp.get(f"{CITY}/follow/<secret>")
@with_city
def follow_page(city: service.PublicCity, lang: str, secret: str) -> Response:
    """Show the case of a secret link to its reporter."""
    return _followed(city, lang, secret)


def _followed(city: service.PublicCity, lang: str, secret: str, error: DomainError | None = None) -> Response:
    with read_session() as session:
        followed = service.followed_case(session, city, secret)
        contacts = service.contacts_of(session, city, secret)
    address = _origin() + page_link(city, lang, f"follow/{secret}")
    response = page(
        "public_follow.html",
        lang,
        city,
        status=status_of(error) if error else 200,
        followed=followed,
        case=followed.case,
        contacts=contacts,
        secret=secret,
        address=address,
        qr_code=qr_code(address),
        is_new=request.args.get("new") == "1",
        hidden=request.args.get("hidden", ""),
        done=request.args.get("done", ""),
        values=request.form.to_dict(),
        failed=request.path.rpartition("/")[2] if error else "",
        sentences=error_sentences(error, lang) if error else [],
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _origin() -> str:
    return f"{request.scheme}://{request.host}"


def _act(city: service.PublicCity, lang: str, secret: str, done: str, act: Callable[[], None]) -> Response:
    """Do something about the case of a link, and lead back to its page; after an error the form keeps the words."""
    try:
        act()
    except DomainError as error:
        return _followed(city, lang, secret, error)
    return redirect_to(city, lang, f"follow/{secret}", done=done)


def _words() -> str:
    return request.form.get("words", "").replace("\r\n", "\n")


@blp.post(f"{CITY}/follow/<secret>/words")
@with_city
def add_words(city: service.PublicCity, lang: str, secret: str) -> Response:
    """Add words and photos to a report."""
    request.max_content_length = PHOTO_FORM_BYTES

    def add(photos: list[service.StoredPhoto]) -> tuple[None, bool]:
        _add(city, secret, photos)
        return None, True

    return _act(city, lang, secret, "words", lambda: with_uploaded_photos(add))


@with_transaction
def _add(
    city: service.PublicCity, secret: str, photos: list[service.StoredPhoto], *, session: Session
) -> None:
    service.add_to_report(session, city, secret, words=_words(), photos=photos, settings=settings())


@blp.post(f"{CITY}/follow/<secret>/contest")
@with_city
def contest(city: service.PublicCity, lang: str, secret: str) -> Response:
    """Contest the end of a case."""
    return _act(city, lang, secret, "contest", lambda: _contest(city, secret))


@with_transaction
def _contest(city: service.PublicCity, secret: str, *, session: Session) -> None:
    service.contest(session, city, secret, words=_words())


@blp.post(f"{CITY}/follow/<secret>/rating")
@with_city
def rate(city: service.PublicCity, lang: str, secret: str) -> Response:
    """Store what the reporter says of the end of a case."""
    return _act(city, lang, secret, "rating", lambda: _rate(city, secret))


@with_transaction
def _rate(city: service.PublicCity, secret: str, *, session: Session) -> None:
    given = request.form.get("score", "")
    score = int(given) if given in ("1", "2", "3", "4", "5") else None
    solved = request.form.get("solved", "")
    service.rate(session, city, secret, solved=solved, score=score, words=_words())


@blp.post(f"{CITY}/follow/<secret>/messages")
@with_city
def ask_for_messages(city: service.PublicCity, lang: str, secret: str) -> Response:
    """Ask the owner of an address whether messages about the case are wanted there."""
    return _act(city, lang, secret, "messages", lambda: _ask(city, lang, secret))


@with_transaction
def _ask(city: service.PublicCity, lang: str, secret: str, *, session: Session) -> None:
    channel = "sms" if request.form.get("channel") == "sms" else "email"
    service.ask_for_messages(
        session,
        city,
        secret,
        channel=channel,
        address=request.form.get("address", "")[:200],
        language=lang,
        source=source(),
        settings=settings(),
    )


@blp.post(f"{CITY}/follow/<secret>/messages/<uuid:contact_id>/stop")
@with_city
def stop_messages(city: service.PublicCity, lang: str, secret: str, contact_id: UUID) -> Response:
    """End the messages to an address."""
    return _act(city, lang, secret, "stopped", lambda: _stop(city, secret, contact_id))


@with_transaction
def _stop(city: service.PublicCity, secret: str, contact_id: UUID, *, session: Session) -> None:
    service.stop_contact(session, city, secret, contact_id)


@blp.post(f"{CITY}/follow/<secret>/end")
@with_city
def end_link(city: service.PublicCity, lang: str, secret: str) -> Response:
    """Revoke a link."""
    _revoke(city, secret)
    return page("public_message.html", lang, city, is_ended=True, sentences=[])


@with_transaction
def _revoke(city: service.PublicCity, secret: str, *, session: Session) -> None:
    service.revoke(session, city, secret)
