"""Routes of the households to tell, and of sheets on paper."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from markupsafe import Markup

from app.core.actor import Permission
from app.core.db import Session
from app.core.links import link
from app.http.pages import html_page, qr_code
from app.http.responses import forbid_store, json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.notices import service
from app.notices.schemas import tasks as schemas

blp = Blueprint(
    "notice_tasks", __name__, url_prefix="/api/v1/notices", template_folder="../pages", tag="Register"
)
blp.after_request(forbid_store)


@blp.route("/tasks")
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_EDIT)
@blp.arguments(schemas.TaskFilter, location="query")
@blp.response(200, schemas.NoticeTasks)
@blp.reads
def list_notice_tasks(query: dict[str, Any], *, session: Session) -> Response:
    """List the households to tell

    Returns a page of the households in the caller's reach that are to be told at the door, by household, each
    with its notice: the notice runs, the household neither was told nor answered, and it opted out of nothing
    that concerns it. `POST /notices/{notice_id}/households/{household_id}/receipts` records the result.
    """
    return json_bytes(service.tasks(session, authenticated_actor(), **query))


@blp.route("/<uuid:notice_id>/paper", methods=["POST"])
@blp.guard(Permission.NOTICE_READ, Permission.HOUSEHOLD_EDIT)
@blp.arguments(schemas.PrintNotice)
@blp.response(200, {"type": "string"}, content_type="text/html")
@blp.problem(404, "not_found")
@blp.problem(409, "notice_not_running", "notice_pages_closed")
@blp.writes
def print_notice(body: dict[str, Any], notice_id: UUID, *, session: Session) -> Response:
    """Print a notice for the households of a grid

    Returns a page for paper, one sheet for each household of the grid that did not answer yet, with its code.
    The household scans its QR code, or types the code on the public page of the city, and answers there. A new
    sheet replaces the code of the earlier one. The header `X-Next-Cursor` has the cursor of the next sheets, if there are more.
    """
    settings = current_app.extensions["settings"]
    sheets = service.print_sheets(
        session, authenticated_actor(), notice_id=notice_id, settings=settings, **body
    )
    origin = f"{request.scheme}://{request.host}"

    def code_image(code: str) -> Markup:
        return qr_code(f"{origin}{link(f'/public/h/{code}')}")

    address = f"{origin}{link(f'/public/{sheets.city_code}/zh/notices')}"
    response = html_page("paper_notice.html", sheets=sheets, address=address, qr_code=code_image)
    if sheets.next:
        response.headers["X-Next-Cursor"] = sheets.next
    return response
