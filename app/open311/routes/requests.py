"""Views of service requests: list, one request, a new request, the request of a token."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app

from app.core import clock
from app.core.db import Session, read_session
from app.core.errors import NotFound
from app.http.messages import language
from app.open311 import service
from app.open311.routes.blueprint import (
    BASE,
    FORM,
    absolute_url,
    answer,
    blp,
    counted_by_account,
    counted_by_address,
    query_args,
)
from app.open311.routes.forms import authenticated, form_args, photo_url, with_photos
from app.open311.rules.documents import instant
from app.open311.rules.parameters import SECOND, requests_query, require_known, value_of
from app.open311.rules.reports import new_request
from app.open311.rules.tokens import id_of_token, token_of
from app.public import service as public


@blp.get(f"/v2/requests.{FORM}")
@counted_by_address
@blp.reads(plan="generic")
def list_requests(form: str, *, session: Session) -> Response:
    """List service requests"""
    args = query_args()
    city = service.city_of(session, value_of(args, "jurisdiction_id"))
    query = requests_query(args, now=clock.now())
    cases, has_more = service.list_requests(session, city, query)
    response = answer(form, "service_requests", [_described(case, city) for case in cases])
    if has_more and query.span is not None:
        # The range is written out: without `end_date` it ends now, and new requests would move the pages.
        changed = {
            "start_date": instant(query.span.start),
            "end_date": instant(query.span.end - SECOND),
            "page": query.page + 1,
            "page_size": query.page_size,
        }
        response.headers["Link"] = f'<{_list_url(form, args, changed)}>; rel="next"'
    return response


@blp.get(f"/v2/requests/<service_request_id>.{FORM}")
@counted_by_address
@blp.reads(plan="generic")
def read_request(form: str, service_request_id: str, *, session: Session) -> Response:
    """Read one service request"""
    args = query_args()
    require_known(args)
    city = service.city_of(session, value_of(args, "jurisdiction_id"))
    case = service.read_request(session, city, service_request_id)
    return answer(form, "service_requests", [_described(case, city)])


@blp.post(f"/v2/requests.{FORM}")
@counted_by_account
def create_request(form: str) -> Response:
    """Create a service request"""
    args = form_args()
    with read_session() as session:
        caller = authenticated(session, args)
        city = service.city_of(session, value_of(args, "jurisdiction_id"))
    new = new_request(args)
    settings = current_app.extensions["settings"]

    def file_request(session: Session, photos: list[public.StoredPhoto]) -> tuple[service.Filed, bool]:
        filed = service.file_request(
            session, city, caller, new, lang=language(), photos=photos, settings=settings
        )
        return filed, filed.is_new

    case_id = str(with_photos(caller, file_request).case.id)
    named = {"token": token_of(case_id)} if settings.open311_tokens else {"service_request_id": case_id}
    return answer(form, "service_requests", [named])


@blp.get(f"/v2/tokens/<token>.{FORM}")
@counted_by_address
@blp.reads(plan="generic")
def read_token(form: str, token: str, *, session: Session) -> Response:
    """Return the id of the service request of a token"""
    args = query_args()
    require_known(args)
    city = service.city_of(session, value_of(args, "jurisdiction_id"))
    try:
        case = service.read_request(session, city, id_of_token(token))
    except NotFound:
        raise NotFound("token_unknown") from None
    return answer(form, "service_requests", [{"service_request_id": str(case.id), "token": token}])


def _described(case: public.PublicCase, city: public.PublicCity) -> dict[str, Any]:
    photo_id = case.photo_ids[0] if case.photo_ids else None
    return service.described(case, city, language(), photo_url(city, case.id, photo_id))


def _list_url(form: str, args: Any, changed: dict[str, Any]) -> str:
    unchanged = [(name, value) for name, values in args.items() for value in values if name not in changed]
    return f"{absolute_url(f'{BASE}/requests.{form}')}?{urlencode([*unchanged, *changed.items()])}"
