"""Routes that return cases as pages for printing."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.pages import html_page
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.desk import schemas, service

blp = Blueprint(
    "print-sheets",
    __name__,
    url_prefix="/api/v1/incidents",
    template_folder="../pages",
    tag="Cases and life cycle",
)


@blp.route("/<uuid:incident_id>/print")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, {"type": "string"}, content_type="text/html")
@blp.problem(404, "not_found")
def print_incident(incident_id: UUID) -> Response:
    """Print a case

    Returns a page in Chinese and English for paper, with the reports, history, deadlines and notes for handlers
    that the caller may read. It has no reporters, telephone numbers or notes of the desk. The printing is stored in
    the audit trail of the case.
    """
    actor = authenticated_actor()
    with read_session() as session:
        case = service.sheet(session, actor, incident_id=incident_id)
    with transaction(actor) as session:
        service.record_printing(session, actor, [incident_id])
    return html_page("case.html", case=case)


@blp.route("/print")
@blp.guard(Permission.INCIDENT_READ)
@blp.arguments(schemas.PrintFilter, location="query")
@blp.response(200, {"type": "string"}, content_type="text/html")
def print_task_sheet(filters: dict[str, Any]) -> Response:
    """Print a list of cases as a task sheet

    Returns a page in Chinese and English for paper, with one line for each case of `listIncidents` with the same
    filters, or of `ids`; at most 100. It has no reporters and no telephone numbers. The page says whether there are
    more cases. The printing is stored in the audit trail of each case.
    """
    actor = authenticated_actor()
    with read_session() as session:
        sheet = service.sheets(session, actor, **filters)
    with transaction(actor) as session:
        service.record_printing(session, actor, [case["id"] for case in sheet["lines"]])
    return html_page("cases.html", sheet=sheet)
