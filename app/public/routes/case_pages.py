"""Pages about cases: what was reported near by, the state of a case, what the rules promise, privacy."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.db import Session, read_session
from app.core.errors import DomainError, NotFound
from app.http.unit_of_work import with_transaction
from app.public import service
from app.public.routes.page import (
    CITY,
    blp,
    error_sentences,
    page,
    redirect_to,
    settings,
    source,
    status_of,
    with_city,
)
from app.public.routes.report_pages import ask_for_messages, contact_of, map_values, to_new_link
from app.public.rules.positions import position_of, position_text

_PAGE = 20
# About 500 m around a place.
_AROUND_DEGREES = 0.0045


@blp.get(f"{CITY}/")
@with_city
def home_page(city: service.PublicCity, lang: str) -> Response:
    """Show the ways in, and the newest public cases."""
    with read_session() as session:
        cases = service.public_cases(session, city, limit=5).cases
    return page("public_home.html", lang, city, cases=cases)


@blp.get(f"{CITY}/cases")
@with_city
def list_page(city: service.PublicCity, lang: str) -> Response:
    """List public cases: near a place, by category and by state."""
    given = request.args
    words = given.get("near", "")[:80].strip()
    category, state = given.get("category", ""), given.get("state", "")
    with read_session() as session:
        places = service.public_places(session, city, words) if len(words) >= 2 else []
        place = places[0] if places else None
        filters = service.CaseFilter(
            bbox=_around(place) if place else None,
            categories=[category] if category else None,
            is_open={"open": True, "ended": False}.get(state),
        )
        result = service.public_cases(
            session, city, filters, after=position_of(given.get("after")), limit=_PAGE
        )
    after = position_text(result.after) if result.after else None
    return page(
        "public_cases.html",
        lang,
        city,
        cases=result.cases,
        words=words,
        places=places,
        place=place,
        category=category,
        state=state,
        after=after,
        map=map_values([(case.lon, case.lat) for case in result.cases], lang) if result.cases else None,
    )


def _around(place: dict[str, Any]) -> tuple[float, float, float, float]:
    lon, lat = place["lon"], place["lat"]
    return (
        lon - _AROUND_DEGREES,
        lat - _AROUND_DEGREES,
        lon + _AROUND_DEGREES,
        lat + _AROUND_DEGREES,
    )


@blp.get(f"{CITY}/cases/<uuid:case_id>")
@with_city
def case_page(city: service.PublicCity, lang: str, case_id: UUID) -> Response:
    """Show a public case in plain words, or lead to the public case into which it was merged."""
    return _case(city, lang, case_id)


def _case(city: service.PublicCity, lang: str, case_id: UUID, error: DomainError | None = None) -> Response:
    with read_session() as session:
        cases = service.cases_by_ids(session, city, [case_id], limit=1)
    if not cases:
        raise NotFound("not_found")
    case, merged_into = cases[0]
    if merged_into is not None:
        return redirect_to(city, lang, f"cases/{merged_into}")
    return page(
        "public_case.html",
        lang,
        city,
        status=status_of(error) if error else 200,
        case=case,
        values=request.form.to_dict(),
        sentences=error_sentences(error, lang) if error else [],
    )


@blp.post(f"{CITY}/cases/<uuid:case_id>/support")
@with_city
def support_case(city: service.PublicCity, lang: str, case_id: UUID) -> Response:
    """Add a supporter to a public case, and lead to the secret link of the supporter."""
    try:
        receipt = _support(city, lang, case_id)
    except DomainError as error:
        return _case(city, lang, case_id, error)
    return to_new_link(city, lang, receipt)


@with_transaction
def _support(
    city: service.PublicCity, lang: str, case_id: UUID, *, session: Session
) -> service.PublicReceipt:
    words = request.form.get("words", "").replace("\r\n", "\n").strip()[:4000]
    receipt = service.support_case(
        session,
        city,
        case_id,
        words=words,
        contact=contact_of(request.form),
        source=source(),
        language=lang,
    )
    ask_for_messages(session, city, lang, receipt.secret)
    return receipt


@blp.get(f"{CITY}/cases/<uuid:case_id>/photos/<uuid:media_id>")
@with_city
def photo(city: service.PublicCity, lang: str, case_id: UUID, media_id: UUID) -> Response:
    """Return a released photo of a public case, at most 1,024 pixels wide."""
    with read_session() as session:
        key = service.photo_key(session, city, case_id=case_id, media_id=media_id)
    store = current_app.extensions["media_store"]
    response = Response(b"".join(store.stream(key)), content_type="image/jpeg")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blp.get(f"{CITY}/promises")
@with_city
def promises_page(city: service.PublicCity, lang: str) -> Response:
    """Show the deadlines by category, and how well they are kept."""
    with read_session() as session:
        promised = service.promises(session, city)
        answers = service.reporter_answers(session, city)
    return page("public_promises.html", lang, city, promises=promised, answers=answers)


@blp.get(f"{CITY}/changes")
@with_city
def changes_page(city: service.PublicCity, lang: str) -> Response:
    """Show the changes of the rules that their authors published, with the figure before and after."""
    with read_session() as session:
        changes = service.rule_changes(session, city)
    return page("public_changes.html", lang, city, changes=changes)


@blp.get(f"{CITY}/privacy")
@with_city
def privacy_page(city: service.PublicCity, lang: str) -> Response:
    """Show the privacy notice."""
    return page("public_privacy.html", lang, city, reporter_days=settings().reporter_days)
