"""Views of service request updates, in the extension of FixMyStreet."""

from uuid import UUID

from flask import Response, current_app

from app.core import clock
from app.core.db import Session, read_session
from app.http.messages import language
from app.open311 import service
from app.open311.routes.blueprint import FORM, answer, blp, counted_by_account, counted_by_address, query_args
from app.open311.routes.forms import authenticated, form_args, photo_url, with_photos
from app.open311.rules.parameters import UPDATES, page_of, require_known, span_of, value_of, values_of
from app.open311.rules.reports import new_update
from app.public import service as public


@blp.get(f"/v2/servicerequestupdates.{FORM}")
@counted_by_address
@blp.reads(plan="generic")
def list_updates(form: str, *, session: Session) -> Response:
    """List what became of service requests"""
    args = query_args()
    require_known(args, UPDATES)
    city = service.city_of(session, value_of(args, "jurisdiction_id"))
    span = span_of(args, now=clock.now())
    page, page_size = page_of(args)
    ids = values_of(args, "service_request_id")
    updates, _ = service.list_updates(session, city, span, ids=ids, page=page, page_size=page_size)
    return answer(form, "service_request_updates", [_described(update, city) for update in updates])


@blp.post(f"/v2/servicerequestupdates.{FORM}")
@counted_by_account
def create_update(form: str) -> Response:
    """Add an update to a service request"""
    args = form_args()
    with read_session() as session:
        caller = authenticated(session, args)
        city = service.city_of(session, value_of(args, "jurisdiction_id"))
    new = new_update(args)
    settings = current_app.extensions["settings"]

    def add_update(session: Session, photos: list[public.StoredPhoto]) -> tuple[UUID, bool]:
        return service.add_update(session, city, caller, new, photos=photos, settings=settings)

    update_id = with_photos(caller, add_update)
    return answer(form, "service_request_updates", [{"update_id": str(update_id)}])


def _described(update: service.Update, city: public.PublicCity) -> dict[str, object]:
    url = photo_url(city, update.case_id, update.photo_id)
    return service.described_update(update, language(), url)
