"""Use cases of service requests that read: lists, one request, the request of a token."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.open311.rules.parameters import STATUSES, RequestsQuery
from app.open311.rules.services import localized
from app.public import service as public


def list_requests(
    session: Session, city: public.PublicCity, query: RequestsQuery
) -> tuple[list[public.PublicCase], bool]:
    """Return a page of the public cases of a city, the newest first, and whether there is another page."""
    if query.ids is not None:
        ids = [case_id for text in query.ids if (case_id := id_of(text)) is not None]
        cases = public.cases_by_ids(session, city, ids, limit=query.page_size)
        return [case for case, _ in cases], False
    assert query.span is not None
    filters = public.CaseFilter(
        categories=query.service_codes,
        is_open=query.statuses[0] == STATUSES[0] if len(query.statuses) == 1 else None,
        reported_from=query.span.start,
        reported_to=query.span.end,
    )
    after = None
    if query.page > 1:
        # Pages have numbers, and the statement goes on after a row: the row before the page is looked up by its number.
        after = public.case_position(session, city, filters, number=(query.page - 1) * query.page_size)
        if after is None:
            return [], False
    page = public.public_cases(session, city, filters, after=after, limit=query.page_size)
    return page.cases, page.after is not None


def read_request(session: Session, city: public.PublicCity, service_request_id: str) -> public.PublicCase:
    """Return one public case, or one that was merged into a public case.

    Raises:
        NotFound: There is no such case, or it is not public (`service_request_unknown`).
    """
    case_id = id_of(service_request_id)
    cases = public.cases_by_ids(session, city, [case_id], limit=1) if case_id is not None else []
    if not cases:
        raise NotFound("service_request_unknown")
    return cases[0][0]


def described(
    case: public.PublicCase, city: public.PublicCity, lang: str, photo_url: str | None
) -> dict[str, Any]:
    """Return a public case as a service request.

    Members that may be left out, as the specification says, are left out if they have no value.
    """
    category = city.profile.taxonomy.categories.get(case.category)
    notes = _in(case.state.text, lang)
    if case.reason:
        notes = f"{notes} {_in(case.reason, lang)}"
    request = {
        "service_request_id": str(case.id),
        "status": STATUSES[0] if case.is_open else STATUSES[1],
        "status_notes": notes,
        "service_name": localized(category.name, lang) if category else case.category,
        "service_code": case.category,
        "description": case.words,
        "requested_datetime": case.reported_at,
        "updated_datetime": case.updated_at if case.is_open else case.closed_at or case.updated_at,
    }
    if case.agency is not None:
        request["agency_responsible"] = _in(case.agency, lang)
    if case.expected_at is not None:
        request["expected_datetime"] = case.expected_at
    return request | {
        "address": _in(case.place, lang) if case.place else None,
        "address_id": None,
        "zipcode": None,
        "lat": round(case.lat, 6),
        "long": round(case.lon, 6),
        "media_url": photo_url,
    }


def id_of(text: str) -> UUID | None:
    """Return the id that a text is in its canonical form, or None."""
    try:
        case_id = UUID(text)
    except ValueError:
        return None
    return case_id if str(case_id) == text.lower() else None


def _in(words: dict[str, str], lang: str) -> str:
    return words["zh" if lang == "zh-CN" else "en"]
