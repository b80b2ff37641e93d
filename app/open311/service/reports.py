"""Use case: a portal sends a service request, which becomes a case as the reports of the public pages do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.open311.rules.reports import NewRequest
from app.open311.rules.services import answer_faults, words_with_answers
from app.open311.service.media import enqueue_fetches
from app.open311.service.services import served_category
from app.places import service as places
from app.public import service as public
from app.public.rules.door import WORDS_MAX
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Filed:
    """The case of a service request. `is_new`: False if the same request was stored earlier."""

    case: public.PublicCase
    is_new: bool


def file_request(
    session: Session,
    city: public.PublicCity,
    caller: Actor,
    request: NewRequest,
    *,
    lang: str,
    photos: Sequence[public.StoredPhoto],
    settings: Settings,
) -> Filed:
    """Open a case for a service request, in the transaction of the caller.

    Idempotent by the id of the report in the system of the client.

    Raises:
        NotFound: The city has no such service (`service_unknown`).
        Invalid: An attribute is missing or has an invalid value, or the place is not found or lies outside the city.
        Conflict: The id of the client was used for another report (`id_reused`).
        Throttled: There are too many reports at this place or with these words.
    """
    category = served_category(city, request.service_code)
    faults = answer_faults(category, request.answers)
    if faults:
        raise Invalid("validation_failed", extra={"errors": faults})
    lon, lat = request.point or (None, None)
    if request.address is not None:
        lon, lat = places.point_of_text(session, city.actor, request.address, now=clock.now())
    person = request.person
    receipt = public.file_public_report(
        session,
        city,
        public.NewPublicReport(
            category=category.code,
            words=words_with_answers(category, request.description, request.answers, lang, longest=WORDS_MAX),
            channel="open311",
            language="zh" if lang == "zh-CN" else "en",
            lon=lon,
            lat=lat,
            place_id=request.place_id,
            photos=photos,
            contact=public.Contact(name=person.name, email=person.email, phone=person.phone),
            attributes=_stored_attributes(request),
            client_id=request.external_id,
        ),
        settings=settings,
        caller=caller,
    )
    if receipt.is_new:
        enqueue_fetches(session, caller, receipt.case.id, request.media_urls, settings)
    return Filed(receipt.case, receipt.is_new)


def _stored_attributes(request: NewRequest) -> dict[str, Any]:
    """Return the attributes of the case: the answers, one value or several, and the URLs of photos."""
    attributes: dict[str, Any] = {
        code: values[0] if len(values) == 1 else values for code, values in request.answers.items() if values
    }
    if request.media_urls:
        attributes["media_url"] = list(request.media_urls)
    return attributes
