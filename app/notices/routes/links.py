"""Routes of the links of households and of their replies."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.core.actor import Permission
from app.core.db import Session
from app.core.links import link
from app.http.responses import forbid_store, json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.notices import service
from app.notices.schemas import links as schemas

blp = Blueprint("notice_links", __name__, url_prefix="/api/v1/notices", tag="Register")
blp.after_request(forbid_store)


@blp.route("/<uuid:notice_id>/households/<uuid:household_id>/link", methods=["POST"])
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_EDIT)
@blp.response(201, schemas.NoticeLink)
@blp.problem(404, "not_found")
@blp.problem(409, "notice_not_running", "notice_channel_closed", "notice_pages_closed")
@blp.writes
def create_notice_link(notice_id: UUID, household_id: UUID, *, session: Session) -> dict[str, Any]:
    """Make the secret link of a household

    Returns the address of a page where the household reads the notice, answers and asks, without an account.
    Only a digest is stored, so the address is shown once. A new link replaces the earlier one, which opens
    nothing any more. The state becomes `sent`.
    """
    secret = service.make_link(session, authenticated_actor(), notice_id=notice_id, household_id=household_id)
    return {"url": f"{request.scheme}://{request.host}{link(f'/public/notices/{secret}')}"}


@blp.route("/<uuid:notice_id>/households/<uuid:household_id>/link", methods=["DELETE"])
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_EDIT)
@blp.response(204)
@blp.problem(404, "not_found")
@blp.writes
def revoke_notice_link(notice_id: UUID, household_id: UUID, *, session: Session) -> Response:
    """Revoke the secret link of a household

    The link opens nothing any more. What the household answered stays.
    """
    service.revoke_link(session, authenticated_actor(), notice_id=notice_id, household_id=household_id)
    return no_content()


@blp.route("/<uuid:notice_id>/replies")
@blp.guard(Permission.NOTICE_READ, Permission.INCIDENT_READ)
@blp.arguments(schemas.ReplyFilter, location="query")
@blp.response(200, schemas.ReplyPage)
@blp.problem(404, "not_found")
@blp.reads
def list_notice_replies(query: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """List the replies to a notice

    Returns a page of the questions and requests of households, the newest first, each with its case: those
    whose household and whose case the caller sees. The household reads the state and the replies of its case
    on the page of its link.
    """
    return json_bytes(service.replies(session, authenticated_actor(), notice_id=notice_id, **query))
