"""Forms of Open311: a new service request, and an update of one.

A parameter without a value counts as not sent. Parameters that nobody documents are ignored, because clients send their
own. Source: GeoReport v2, *POST Service Request*; the extension *service request updates* of FixMyStreet.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.errors import Invalid, invalid_field
from app.open311.rules.parameters import Args, instant_of, value_of

DESCRIPTION_MAX = 4_000
NAME_MAX = 100
URL_MAX = 2_000
URLS_MAX = 5
# Of a form with photos.
PHOTOS_BYTES_MAX = 20_000_000
# Names of attributes by which FixMyStreet and its adapter send the id of a report in their own system.
EXTERNAL_IDS = ("fixmystreet_id", "service_request_id_ext")
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_.-]{1,60})\](\[\])?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?")
_URL = re.compile(r"https?://[!-~]+")
_EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,189}")
UPDATE_STATUSES = frozenset(
    {
        *("OPEN", "CLOSED", "FIXED", "IN_PROGRESS", "ACTION_SCHEDULED", "INVESTIGATING", "DUPLICATE"),
        *("NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION", "INTERNAL_REFERRAL", "REOPEN", "FOR_TRIAGE"),
    }
)


@dataclass(frozen=True, slots=True)
class Person:
    """Contact data of the person who reports. All are optional."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A service request as it was sent.

    Attributes:
        point: (longitude, latitude) in WGS 84. None: the request has an address.
        address: Words of a place.
        place_id: Id of a place, of the search for places.
        answers: Values of the attributes, by their codes.
        external_id: Id of the report in the system of the client, which makes the request idempotent.
        media_urls: URLs of photos.
    """

    service_code: str
    description: str
    point: tuple[float, float] | None = None
    address: str | None = None
    place_id: UUID | None = None
    person: Person = field(default_factory=Person)
    answers: dict[str, list[str]] = field(default_factory=dict)
    external_id: str | None = None
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """An update of a service request as it was sent.

    Attributes:
        update_id: Id of the update in the system of the client, which makes it idempotent.
        status: One of UPDATE_STATUSES.
        at: When the update was made, as the client says.
    """

    service_request_id: str
    update_id: str | None
    status: str | None
    description: str
    at: datetime | None = None
    person: Person = field(default_factory=Person)
    media_urls: tuple[str, ...] = ()


def new_request(form: Args) -> NewRequest:
    """Parse the form of a service request.

    Raises:
        Invalid: A required parameter is missing, or one has an invalid value. All faults are listed.
    """
    faults: list[dict[str, Any]] = []
    service_code = _tried(faults, lambda: _required(form, "service_code"))
    place = _tried(faults, lambda: _place(form))
    description = _tried(faults, lambda: _text(form, "description", DESCRIPTION_MAX))
    person = _tried(faults, lambda: _person(form))
    media_urls = _tried(faults, lambda: _urls(form))
    answers = _tried(faults, lambda: _answers(form))
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})
    external_id = next((answers[name][0] for name in EXTERNAL_IDS if answers.get(name)), None)
    external_id = external_id or value_of(form, "service_request_id_ext")
    return NewRequest(
        service_code=service_code,
        description=description or "",
        point=place.get("point"),
        address=place.get("address"),
        place_id=place.get("place_id"),
        person=person,
        answers={code: values for code, values in answers.items() if code not in EXTERNAL_IDS},
        external_id=external_id[:200] if external_id else None,
        media_urls=media_urls,
    )


def new_update(form: Args) -> NewUpdate:
    """Parse the form of an update.

    Raises:
        Invalid: A required parameter is missing, or one has an invalid value. All faults are listed.
    """
    faults: list[dict[str, Any]] = []
    request_id = _tried(faults, lambda: _required(form, "service_request_id"))
    status = _tried(faults, lambda: _status(form))
    description = _tried(faults, lambda: _text(form, "description", DESCRIPTION_MAX))
    at = _tried(faults, lambda: instant_of(form, "updated_datetime"))
    person = _tried(faults, lambda: _person(form))
    media_urls = _tried(faults, lambda: _urls(form))
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})
    return NewUpdate(
        service_request_id=request_id,
        update_id=_text(form, "update_id", 200) or _text(form, "update_id_ext", 200),
        status=status,
        description=description or "",
        at=at,
        person=person,
        media_urls=media_urls,
    )


def _tried(faults: list[dict[str, Any]], read: Any) -> Any:
    """Return the result of a reader; add the faults of its parameters to `faults`, so that all are reported at once."""
    try:
        return read()
    except Invalid as error:
        faults += error.extra["errors"]
        return None


def _required(form: Args, name: str) -> str:
    value = value_of(form, name)
    if value is None:
        raise invalid_field(name, "required")
    return value


def _text(form: Args, name: str, longest: int) -> str | None:
    value = value_of(form, name)
    if value is not None and len(value) > longest:
        raise invalid_field(name, "text_too_long", most=longest)
    return value


def _place(form: Args) -> dict[str, Any]:
    """Return the place: `lat` and `long` if both are sent, else the address id, else the address."""
    lat, long = value_of(form, "lat"), value_of(form, "long")
    if lat is not None or long is not None:
        return {"point": (_degrees("long", long, 180), _degrees("lat", lat, 90))}
    address_id = value_of(form, "address_id")
    if address_id is not None:
        try:
            return {"place_id": UUID(address_id)}
        except ValueError:
            raise invalid_field("address_id", "place_unknown") from None
    address = _text(form, "address_string", 300)
    if address is None:
        raise invalid_field("lat", "location_missing")
    return {"address": address}


def _degrees(name: str, value: str | None, most: float) -> float:
    if value is None:
        raise invalid_field(name, "required")
    if not _NUMBER.fullmatch(value):
        raise invalid_field(name, "invalid")
    degrees = float(value)
    if not math.isfinite(degrees) or abs(degrees) > most:
        raise invalid_field(name, "out_of_range")
    return degrees


def _person(form: Args) -> Person:
    names = (_text(form, "first_name", NAME_MAX), _text(form, "last_name", NAME_MAX))
    # FixMyStreet sends a hyphen for a missing family name.
    name = " ".join(part for part in names if part and part != "-")[:NAME_MAX]
    email = value_of(form, "email")
    if email is not None and not _EMAIL.fullmatch(email):
        raise invalid_field("email", "invalid")
    return Person(name or None, email, _text(form, "phone", 40))


def _urls(form: Args) -> tuple[str, ...]:
    urls = tuple(url for name in ("media_url", "media_url[]") for url in form.get(name, ()) if url.strip())
    if len(urls) > URLS_MAX:
        raise invalid_field("media_url", "urls_too_many", most=URLS_MAX)
    for url in urls:
        if len(url) > URL_MAX or not _URL.fullmatch(url):
            raise invalid_field("media_url", "url_invalid")
    return urls


def _answers(form: Args) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = {}
    for name in form:
        if match := _ATTRIBUTE.fullmatch(name):
            given = [value_of({name: [value]}, name) for value in form[name]]
            answers.setdefault(match[1], []).extend(value for value in given if value is not None)
    return answers


def _status(form: Args) -> str | None:
    value = value_of(form, "status")
    if value is not None and value.upper() not in UPDATE_STATUSES:
        raise invalid_field("status", "not_one_of", allowed=sorted(UPDATE_STATUSES))
    return value.upper() if value else None
