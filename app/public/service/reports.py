"""Use case: somebody without an account reports. The report becomes a case as those of workers do.

The same loop, grids, rules of verification and dispatch apply. The source of the report is `public`.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock, idempotency
from app.core.actor import Actor
from app.core.errors import Conflict, Throttled, invalid_field
from app.core.ids import uuid7
from app.incidents import service as incidents
from app.places import service as places
from app.profiles.rules.profile import CategoryUnknown
from app.public.queries import contacts
from app.public.queries import reports as queries
from app.public.rules.door import DOOR_ID, DOOR_NAME, DOOR_USERNAME, LANGUAGES, SOURCE_KEPT, WORDS_MAX
from app.public.rules.floods import ALIKE, DAY_S, HOUR_S, reached_limit
from app.public.rules.free_words import CleanWords, clean_words
from app.public.service.cases import PublicCase, case_of_reporter
from app.public.service.city import PublicCity
from app.public.service.links import make_link
from app.public.service.photos import StoredPhoto, link_photos
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Contact:
    """Contact data that a reporter gave. All are optional.

    Attributes:
        is_child: A child without a guardian, of whom no contact data are stored, also none from the words.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    is_child: bool = False


@dataclass(frozen=True, slots=True)
class NewPublicReport:
    """A report of somebody without an account, as it came.

    Attributes:
        category: Code of a category of the profile.
        channel: `page` or `open311`.
        language: `zh` or `en`, of later messages.
        lon, lat: WGS 84. Or `place_id`, of a street or landmark that the search for places found.
        component_id: The component that it is about, at the point; None: the nearest one of the category.
        photos: Photos that are stored already (`with_photos`).
        client_id: Key that makes the report idempotent for its caller: the same key and body return the same case, with a
            new link.
        source: `source_digest` of the network address. None: limits by address do not apply, as for a system with an account.
        is_invited: It answers a notice by the secret of a household, which has a limit of its own: others do not apply.
        id: Id of the report and of its case, made by the caller. None: a new one.
    """

    category: str
    words: str
    channel: str
    language: str
    lon: float | None = None
    lat: float | None = None
    place_id: UUID | None = None
    component_id: UUID | None = None
    photos: Sequence[StoredPhoto] = ()
    contact: Contact = field(default_factory=Contact)
    attributes: dict[str, Any] = field(default_factory=dict)
    client_id: str | None = None
    source: bytes | None = None
    is_invited: bool = False
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PublicReceipt:
    """The answer to a report.

    Attributes:
        case: The case as its reporter sees it.
        is_public: The case is public.
        secret: Secret of a link to the case. It is not stored, so it cannot be shown again.
        is_new: False if the same report was stored earlier.
        has_hidden: A telephone number or e-mail address in the words was hidden.
        has_kept: What was hidden became contact data.
    """

    case: PublicCase
    is_public: bool
    secret: str
    is_new: bool
    has_hidden: bool
    has_kept: bool


def source_digest(address: str | None, settings: Settings) -> bytes | None:
    """Return a keyed digest of a network address, for the limits of reports. IPv6 addresses count by their first 64 bits."""
    if not address:
        return None
    network = ":".join(address.split(":")[:4]) if address.count(":") > 1 else address
    key = accounts.derived_key(settings.signing_key_file, "addresses of public reports")
    return hmac.new(key, network.encode(), hashlib.sha256).digest()


def file_public_report(
    session: Session,
    city: PublicCity,
    report: NewPublicReport,
    *,
    settings: Settings,
    caller: Actor | None = None,
) -> PublicReceipt:
    """Open a case for a report of somebody without an account, and return it with the secret of a link to it.

    Telephone numbers and e-mail addresses in the words are hidden. The first of each becomes contact data if none was given,
    except of a child.
    If an error is raised, nothing is stored, and `with_photos` erases the photos.

    Args:
        caller: The account of a system through which the report comes. None: the account of the pages.

    Raises:
        Invalid: The category is unknown, or there is no place, or it lies outside the city.
        Conflict: The key was used for another report (`id_reused`).
        Throttled: There are too many reports from this address, at this place or with these words.
    """
    _require_valid(city, report)
    actor = caller or city.actor
    digest = report_digest(report)
    if report.client_id is not None:
        queries.lock_client(session, actor.id, report.client_id)
        earlier = queries.earlier_report(session, actor.id, report.client_id)
        if earlier is not None:
            if earlier["body_digest"] != digest:
                raise Conflict("id_reused")
            return _receipt(session, city, earlier["incident_id"], earlier["report_id"], report, is_new=False)
    now = clock.now()
    lon, lat = _point(session, city, report, now)
    clean = clean_words(report.words)
    if not report.is_invited:
        require_below_limits(session, report, clean.words, (lon, lat), now)
    if caller is None:
        accounts.ensure_locked_account(session, DOOR_ID, username=DOOR_USERNAME, name=DOOR_NAME)
    report_id, contact = report.id or uuid7(), whole_contact(report.contact, clean)
    result = incidents.report_within(
        session,
        actor,
        id=report_id,
        lon=lon,
        lat=lat,
        coord_sys="wgs84",
        category=report.category,
        description=clean.words,
        source="public",
        component_id=report.component_id,
        attributes=report.attributes,
        reporter=reporter_of(contact),
    )
    if any(warning["code"].startswith("point_") for warning in result.warnings):
        raise invalid_field("place", "place_outside")
    store_way(session, report, report_id, result.incident_id, actor, digest=digest, point=(lon, lat))
    if contact.email:
        incidents.store_email(session, report_id=report_id, email=contact.email)
    link_photos(session, actor, report.photos, incident_id=result.incident_id, settings=settings)
    return _receipt(session, city, result.incident_id, report_id, report, is_new=True)


def report_digest(report: NewPublicReport) -> bytes:
    """Return a digest of what a report says, to compare a repetition."""
    place = [report.lon, report.lat, str(report.place_id)]
    body = {"category": report.category, "words": report.words, "place": place}
    return idempotency.digest(body | {"attributes": report.attributes})


def store_way(
    session: Session,
    report: NewPublicReport,
    report_id: UUID,
    incident_id: UUID,
    actor: Actor,
    *,
    digest: bytes,
    point: tuple[float, float],
) -> None:
    """Store how a report came."""
    queries.insert(
        session,
        {
            "report_id": report_id,
            "incident_id": incident_id,
            "caller_id": actor.id,
            "client_id": report.client_id,
            "body_digest": digest,
            "channel": report.channel,
            "language": report.language if report.language in LANGUAGES else LANGUAGES[0],
            "source_digest": report.source,
            "lon": point[0],
            "lat": point[1],
            "now": clock.now(),
        },
    )


def _require_valid(city: PublicCity, report: NewPublicReport) -> None:
    try:
        city.profile.category(report.category)
    except CategoryUnknown:
        raise invalid_field("category", "category_unknown") from None
    if len(report.words) > WORDS_MAX or "\0" in report.words:
        raise invalid_field("words", "words_too_long", most=WORDS_MAX)


def _point(session: Session, city: PublicCity, report: NewPublicReport, now: datetime) -> tuple[float, float]:
    if report.place_id is not None:
        return places.point_of_place(session, city.actor, report.place_id, now=now)
    lon, lat = report.lon, report.lat
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise invalid_field("place", "place_missing")
    return lon, lat


def require_below_limits(
    session: Session, report: NewPublicReport, words: str, point: tuple[float, float], now: datetime
) -> None:
    """Raise Throttled if there are too many reports from the same address, at the place or with the same words."""
    counts = queries.counts(
        session,
        {
            "category": report.category,
            "words": words,
            "lon": point[0],
            "lat": point[1],
            "source_digest": report.source,
            "alike": ALIKE,
            "hour": now - timedelta(seconds=HOUR_S),
            "day": now - timedelta(seconds=DAY_S),
        },
    )
    limit = reached_limit(dict(counts))
    if limit is not None:
        raise Throttled(limit.code, retry_after_s=limit.retry_after_s)


def whole_contact(given: Contact, clean: CleanWords) -> Contact:
    """Return the contact data to store: those given, else the first telephone number and e-mail address of the words."""
    if given.is_child:
        return Contact(is_child=True)
    phone, email = next(iter(clean.phones), None), next(iter(clean.emails), None)
    return Contact(given.name or None, given.email or email, given.phone or phone)


def has_kept(stored: Contact, given: Contact) -> bool:
    """Return True if contact data come from the words of a report.

    Args:
        stored: `whole_contact` of `given`.
    """
    return not given.is_child and (stored.phone, stored.email) != (given.phone or None, given.email or None)


def reporter_of(contact: Contact) -> dict[str, Any]:
    """Return the reporter of a report, as the service of reports takes it."""
    return {
        "anonymous": not (contact.name or contact.email or contact.phone),
        "name": contact.name or None,
        "phone": contact.phone or None,
        "may_be_shown_to_handlers": False,
    }


def _receipt(
    session: Session,
    city: PublicCity,
    incident_id: UUID,
    report_id: UUID,
    report: NewPublicReport,
    *,
    is_new: bool,
) -> PublicReceipt:
    case, is_public = case_of_reporter(session, city, incident_id)
    clean = clean_words(report.words)
    return PublicReceipt(
        case=case,
        is_public=is_public,
        secret=make_link(session, report_id),
        is_new=is_new,
        has_hidden=clean.words != report.words,
        has_kept=has_kept(whole_contact(report.contact, clean), report.contact),
    )


def forget_sources(session: Session, *, now: datetime) -> None:
    """Erase the digests of network addresses that are older than two days."""
    queries.forget_sources(session, before=now - SOURCE_KEPT)
    contacts.forget_sources(session, before=now - SOURCE_KEPT)
