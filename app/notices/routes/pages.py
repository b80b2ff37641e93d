"""Pages of a household with a secret link or a code: the notice, answers, questions, what became of them."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import Response, current_app, redirect, request

from app.core.db import Session
from app.core.errors import DomainError, NotFound
from app.core.links import link
from app.http.unit_of_work import with_transaction
from app.media import service as media
from app.notices import service
from app.notices.rules.notices import PURPOSE_NAMES
from app.public import service as public
from app.public.routes.page import (
    CITY,
    Blueprint,
    error_page,
    error_sentences,
    page,
    redirect_to,
    settings,
    source,
    spoken,
    status_of,
    with_city,
)

T = TypeVar("T")
blp = Blueprint("notice_pages", __name__, url_prefix="/public", template_folder="../pages")


@blp.get("/h/<secret>")
@blp.get("/notices/<secret>")
def short_link(secret: str) -> Response:
    """Redirect the short address of a link or code to its page, in the language of the browser."""
    code = _with_tries(secret, lambda: _city_code(secret))
    return redirect(link(f"/public/{code}/{spoken()}/notices/{secret}"), 302)  # type: ignore[return-value]


@blp.post("/h/<secret>")
def end_channel(secret: str) -> Response:
    """End notices to a household through the channel of its link. Mail programs send this request (RFC 8058)."""
    lang = spoken()
    try:
        city = _with_tries(secret, lambda: _end_channel(secret))
    except DomainError as error:
        return error_page(None, lang, error)
    return page("public_message.html", lang, city, is_opted_out=True, sentences=[])


@with_transaction
def _end_channel(secret: str, *, session: Session) -> public.PublicCity:
    city = public.open_city(session, service.city_of_secret(session, secret, settings=settings()))
    service.opt_out(session, city, secret, scope="channel", settings=settings())
    return city


@with_transaction
def _city_code(secret: str, *, session: Session) -> str:
    return service.city_of_secret(session, secret, settings=settings())


@blp.get(f"{CITY}/notices")
@with_city
def code_page(city: public.PublicCity, lang: str) -> Response:
    """Show the form for the code of a sheet."""
    return page("public_notice_code.html", lang, city, values={}, sentences=[])


@blp.post(f"{CITY}/notices")
@with_city
def enter_code(city: public.PublicCity, lang: str) -> Response:
    """Lead from the code of a sheet to its notice."""
    try:
        code = service.code_of(request.form.get("code", ""))
    except DomainError as error:
        return page(
            "public_notice_code.html",
            lang,
            city,
            values=request.form.to_dict(),
            sentences=error_sentences(error, lang),
            status=status_of(error),
        )
    return redirect_to(city, lang, f"notices/{code}")


@blp.get(f"{CITY}/notices/<secret>")
@with_city
def notice_page(city: public.PublicCity, lang: str, secret: str) -> Response:
    """Show the notice of a secret to its household, and store that it was opened."""
    return _notice(city, lang, secret)


def _notice(city: public.PublicCity, lang: str, secret: str, error: DomainError | None = None) -> Response:
    notice = _with_tries(secret, lambda: _open(city, secret))
    response = page(
        "public_notice.html",
        lang,
        city,
        status=status_of(error) if error else 200,
        notice=notice,
        purpose=PURPOSE_NAMES[notice.purpose],
        secret=secret,
        done=request.args.get("done", ""),
        follow=request.args.get("follow", ""),
        values=request.form.to_dict(),
        sentences=error_sentences(error, lang) if error else [],
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.get(f"{CITY}/notices/<secret>/files/<uuid:media_id>")
@with_city
def attachment(city: public.PublicCity, lang: str, secret: str, media_id: UUID) -> Response:
    """Return a file of the notice of a secret. A document is saved, and not opened as a page of this site."""
    file = _with_tries(secret, lambda: _attachment(city, secret, media_id))
    if file is None:
        raise NotFound("not_found")
    store = current_app.extensions["media_store"]
    response = Response(b"".join(store.stream(media.content_key(media_id))), content_type=file.type)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    way = "inline" if file.type.startswith("image/") else "attachment"
    response.headers.set("Content-Disposition", way, filename=f"{media_id}.{file.extension}")
    return response


@with_transaction
def _attachment(
    city: public.PublicCity, secret: str, media_id: UUID, *, session: Session
) -> service.Attachment | None:
    return service.opened_attachment(session, city, secret, media_id, settings=settings())


def _with_tries(secret: str, act: Callable[[], T]) -> T:
    """Run a use case of a secret. A wrong code counts, in a transaction of its own, and too many are refused."""
    _require_tries_left(secret)
    try:
        return act()
    except NotFound:
        _store_failure(secret)
        raise


@with_transaction
def _store_failure(secret: str, *, session: Session) -> None:
    service.store_failure(session, secret, source())


@with_transaction
def _require_tries_left(secret: str, *, session: Session) -> None:
    service.require_tries_left(session, secret, source())


@with_transaction
def _open(city: public.PublicCity, secret: str, *, session: Session) -> service.OpenedNotice:
    return service.opened_notice(session, city, secret, settings=settings())


@blp.post(f"{CITY}/notices/<secret>/answer")
@with_city
def answer(city: public.PublicCity, lang: str, secret: str) -> Response:
    """Store the answer of a household."""
    state = request.form.get("answer", "")
    try:
        _with_tries(secret, lambda: _answer(city, secret, state, lang))
    except NotFound:
        raise
    except DomainError as error:
        return _notice(city, lang, secret, error)
    return redirect_to(city, lang, f"notices/{secret}", done=state)


@with_transaction
def _answer(city: public.PublicCity, secret: str, state: str, lang: str, *, session: Session) -> None:
    service.answer(session, city, secret, state=state, language=lang, settings=settings())


@blp.post(f"{CITY}/notices/<secret>/question")
@with_city
def ask(city: public.PublicCity, lang: str, secret: str) -> Response:
    """Open a case for a question of a household. After an error the form keeps the words."""
    words = request.form.get("words", "").replace("\r\n", "\n")
    try:
        follow = _with_tries(secret, lambda: _ask(city, secret, words, lang))
    except NotFound:
        raise
    except DomainError as error:
        return _notice(city, lang, secret, error)
    return redirect_to(city, lang, f"notices/{secret}", done="question", follow=follow)


@with_transaction
def _ask(city: public.PublicCity, secret: str, words: str, lang: str, *, session: Session) -> str:
    return service.ask(session, city, secret, words=words, language=lang, settings=settings())


@blp.post(f"{CITY}/notices/<secret>/replies/<uuid:report_id>/follow")
@with_city
def follow_reply(city: public.PublicCity, lang: str, secret: str, report_id: UUID) -> Response:
    """Lead to the page on which the household follows and rates a case of its own."""
    follow = _with_tries(secret, lambda: _follow(city, secret, report_id))
    return redirect_to(city, lang, f"follow/{follow}")


@with_transaction
def _follow(city: public.PublicCity, secret: str, report_id: UUID, *, session: Session) -> str:
    return service.follow_reply(session, city, secret, report_id=report_id, settings=settings())


@blp.post(f"{CITY}/notices/<secret>/end")
@with_city
def end_secret(city: public.PublicCity, lang: str, secret: str) -> Response:
    """Revoke a secret at the wish of its household."""
    _with_tries(secret, lambda: _end(city, secret))
    return page("public_message.html", lang, city, is_ended=True, sentences=[])


@with_transaction
def _end(city: public.PublicCity, secret: str, *, session: Session) -> None:
    service.end_secret(session, city, secret, settings=settings())


@blp.post(f"{CITY}/notices/<secret>/opt-out")
@with_city
def opt_out(city: public.PublicCity, lang: str, secret: str) -> Response:
    """Store that a household wants no more notices of this purpose, or through this channel."""
    scope = request.form.get("scope", "")
    try:
        _with_tries(secret, lambda: _opt_out(city, secret, scope))
    except NotFound:
        raise
    except DomainError as error:
        return _notice(city, lang, secret, error)
    return redirect_to(city, lang, f"notices/{secret}", done="opted_out")


@with_transaction
def _opt_out(city: public.PublicCity, secret: str, scope: str, *, session: Session) -> None:
    service.opt_out(session, city, secret, scope=scope, settings=settings())
