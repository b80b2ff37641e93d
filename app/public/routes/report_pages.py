"""Pages with which somebody without an account reports: what, where, details."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, current_app, redirect, request
from werkzeug.datastructures import MultiDict

from app.basemap.rules.attribution import credit_text
from app.basemap.service.map_file import configured_map
from app.core.db import Session, read_session
from app.core.errors import DomainError, NotFound
from app.core.links import link
from app.http.unit_of_work import with_transaction
from app.messages.service import channels_on
from app.profiles.rules.profile import UNCLASSIFIED, Category, CategoryUnknown
from app.public import service
from app.public.routes.page import (
    CITY,
    blp,
    error_sentences,
    open_city_of,
    page,
    page_link,
    redirect_to,
    settings,
    source,
    spoken,
    status_of,
    with_city,
)
from app.public.rules.category_search import found_categories
from app.public.rules.door import PHOTO_FORM_BYTES, PHOTOS_MAX, WORDS_MAX

# About 150 m: cases that may be the one that somebody is about to report.
_NEAR_DEGREES = 0.0015
_MVT = "application/vnd.mapbox-vector-tile"
_DEEPEST = 22

T = TypeVar("T")


@blp.get(f"{CITY}/report")
@with_city
def what_page(city: service.PublicCity, lang: str) -> Response:
    """Ask what is reported: words are compared with the categories; all categories follow by class."""
    words, place = request.args.get("what", "")[:200], None
    if request.args.get("thing"):
        with read_session() as session:
            place = service.thing_place(session, city, request.args["thing"])
    matches = found_categories(city.categories, words) if words.strip() else []
    own = next((each for each in city.categories if place and each.code == place["category"]), None)
    return page(
        "public_what.html",
        lang,
        city,
        words=words,
        matches=matches,
        classes=_by_class(city),
        place=place,
        thing=place["thing"] if place else None,
        own=own,
    )


@blp.get("/t/<code>")
@blp.reads
def thing_page(code: str, *, session: Session) -> Response:
    """Redirect from the printed code of a thing to a report about it, in the language of the browser."""
    city = open_city_of(session, service.city_of_thing(session, code))
    return redirect(page_link(city, spoken(), "report", thing=code), 302)  # type: ignore[return-value]


def _by_class(city: service.PublicCity) -> dict[str, list[Category]]:
    classes: dict[str, list[Category]] = {}
    for category in city.categories:
        classes.setdefault(category.class_name.zh, []).append(category)
    return classes


@blp.get(f"{CITY}/report/<code>")
@with_city
def where_page(city: service.PublicCity, lang: str, code: str) -> Response:
    """Ask where it is, or show the form for the details if the place is known."""
    category = _category(city, code)
    place = _chosen_place(city, request.args)
    if place is not None:
        return _details(city, lang, category, place, {"client_id": secrets.token_urlsafe(18)})
    words = request.args.get("where", "")[:80].strip()
    matches = _search(city, words) if len(words) >= 2 else []
    return page(
        "public_where.html",
        lang,
        city,
        category=category,
        words=words,
        matches=matches,
        map=map_values([(place["lon"], place["lat"]) for place in matches[:1]], lang),
    )


def map_values(places: list[tuple[float, float]], lang: str) -> dict[str, Any] | None:
    """Return what the map of a page needs, with its centre: the first place, else the middle of the base map.

    Args:
        places: Longitude and latitude of each (WGS 84).
    """
    base_map = configured_map(settings().base_map)
    if base_map is None:
        return None
    west, south, east, north = base_map.bounds
    lon, lat = places[0] if places else ((west + east) / 2, (south + north) / 2)
    return {
        "tiles": link("/public/tiles"),
        "lon": lon,
        "lat": lat,
        "marks": " ".join(f"{each_lon},{each_lat}" for each_lon, each_lat in places),
        "min_zoom": max(base_map.min_zoom, 10),
        "max_zoom": base_map.max_zoom,
        "credits": " · ".join(credit_text(credit.text, lang) for credit in base_map.credits),
    }


@blp.get("/tiles/<int:zoom>/<int:column>/<int:row>")
def map_tile(zoom: int, column: int, row: int) -> Response:
    """Return a vector tile of the base map, which has no data of the register; 204 if there is none."""
    base_map = configured_map(settings().base_map)
    is_tile = zoom <= _DEEPEST and column < 2**zoom and row < 2**zoom
    body = base_map.tile(zoom, column, row) if base_map is not None and is_tile else None
    response = Response(status=204) if body is None else Response(body, content_type=_MVT)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _category(city: service.PublicCity, code: str) -> Category:
    try:
        return city.profile.category(code)
    except CategoryUnknown:
        raise NotFound("not_found") from None


def _search(city: service.PublicCity, words: str) -> list[dict[str, Any]]:
    with read_session() as session:
        return service.public_places(session, city, words)


def _chosen_place(city: service.PublicCity, given: MultiDict[str, str]) -> dict[str, Any] | None:
    """Return the chosen place: `lon`, `lat`, and `place_id` with `name` if it is a found one; of a printed code `thing`."""
    try:
        if given.get("thing"):
            with read_session() as session:
                return service.thing_place(session, city, given["thing"])
        if given.get("place"):
            with read_session() as session:
                return service.place_by_id(session, city, UUID(given["place"]))
        if given.get("lon") and given.get("lat"):
            lon, lat = float(given["lon"]), float(given["lat"])
            if -180 <= lon <= 180 and -90 <= lat <= 90:
                with read_session() as session:
                    return service.place_near(session, city, round(lon, 6), round(lat, 6))
    except (ValueError, DomainError):
        return None
    return None


def _details(
    city: service.PublicCity,
    lang: str,
    category: Category,
    place: dict[str, Any],
    values: dict[str, Any],
    error: DomainError | None = None,
) -> Response:
    near = service.CaseFilter(
        bbox=(
            place["lon"] - _NEAR_DEGREES,
            place["lat"] - _NEAR_DEGREES,
            place["lon"] + _NEAR_DEGREES,
            place["lat"] + _NEAR_DEGREES,
        ),
        categories=None if category.code == UNCLASSIFIED else [category.code],
        is_open=True,
    )
    with read_session() as session:
        cases = service.public_cases(session, city, near, limit=5).cases
    return page(
        "public_details.html",
        lang,
        city,
        status=status_of(error) if error else 200,
        category=category,
        place=place,
        values=values,
        cases=cases,
        sentences=error_sentences(error, lang) if error else [],
        words_max=WORDS_MAX,
        photos_max=PHOTOS_MAX,
    )


@blp.post(f"{CITY}/report/<code>")
@with_city
def file_report(city: service.PublicCity, lang: str, code: str) -> Response:
    """Store the report of the form, and lead to its secret link. After an error the form keeps what was written."""
    request.max_content_length = PHOTO_FORM_BYTES
    category, form = _category(city, code), request.form
    place = _chosen_place(city, form)
    if place is None:
        return redirect_to(city, lang, f"report/{category.code}")

    def store(photos: list[service.StoredPhoto]) -> tuple[service.PublicReceipt, bool]:
        report = service.NewPublicReport(
            category=category.code,
            words=form.get("words", "").replace("\r\n", "\n").strip(),
            channel="page",
            language=lang,
            lon=place["lon"],
            lat=place["lat"],
            place_id=place["place_id"],
            component_id=place.get("component_id") if place.get("category") == category.code else None,
            photos=photos,
            contact=contact_of(form),
            client_id=form.get("client_id", "")[:64] or None,
            source=source(),
        )
        receipt = _store(city, report)
        return receipt, receipt.is_new

    try:
        receipt = with_uploaded_photos(store)
    except DomainError as error:
        return _details(city, lang, category, place, form.to_dict(), error)
    return to_new_link(city, lang, receipt)


def to_new_link(city: service.PublicCity, lang: str, receipt: service.PublicReceipt) -> Response:
    """Redirect to the page of a new secret link, which says what was hidden in the words."""
    hidden = "kept" if receipt.has_kept else "1" if receipt.has_hidden else None
    return redirect_to(city, lang, f"follow/{receipt.secret}", new=1, hidden=hidden)


def with_uploaded_photos(act: Callable[[list[service.StoredPhoto]], tuple[T, bool]]) -> T:
    """Store the photos of the form and run `act` with them, as `service.with_photos`. Empty file fields are left out."""
    files = [file for file in request.files.getlist("photos") if file.filename]
    contents = [file.read() for file in files[: PHOTOS_MAX + 1]]
    return service.with_photos(current_app.extensions["media_store"], contents, settings(), act)


def contact_of(form: MultiDict[str, str]) -> service.Contact:
    """Return the contact data of a form. A child without a guardian leaves none: what was typed is not stored."""
    if form.get("is_child"):
        return service.Contact(is_child=True)

    def value(name: str, most: int) -> str | None:
        return form.get(name, "").strip()[:most].replace("\0", "") or None

    return service.Contact(name=value("name", 100), email=value("email", 200), phone=value("phone", 40))


@with_transaction
def _store(
    city: service.PublicCity, report: service.NewPublicReport, *, session: Session
) -> service.PublicReceipt:
    receipt = service.file_public_report(session, city, report, settings=settings())
    if receipt.is_new:
        ask_for_messages(session, city, report.language, receipt.secret)
    return receipt


def ask_for_messages(session: Session, city: service.PublicCity, lang: str, secret: str) -> None:
    """Ask for messages at the addresses of the form, if it wants them there. A child without a guardian gets none."""
    contact = contact_of(request.form)
    for channel, address in (("email", contact.email), ("sms", contact.phone)):
        if address and request.form.get(f"tell_{channel}") and channel in channels_on(settings()):
            service.ask_for_messages(
                session,
                city,
                secret,
                channel=channel,
                address=address,
                language=lang,
                source=source(),
                settings=settings(),
            )
