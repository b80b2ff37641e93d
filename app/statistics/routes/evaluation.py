"""Routes of the monthly evaluation: as JSON, as a page to print, and as a workbook."""

from typing import Any

from flask import Response, request

from app.core.actor import Permission
from app.core.db import Session, counting_session, transaction
from app.http.pages import html_page
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.statistics import service
from app.statistics.routes.problems import counts_of_areas
from app.statistics.schemas import evaluation as schemas

blp = Blueprint(
    "evaluation",
    __name__,
    url_prefix="/api/v1/evaluation",
    template_folder="../pages",
    tag="Statistics and signals",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blp.route("")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.EvaluationQuery, location="query")
@blp.response(200, schemas.Evaluation)
@counts_of_areas(blp)
@blp.counts(plan="custom")
def read_evaluation(query: dict[str, Any], *, session: Session) -> Response:
    """Read the evaluation of a month

    Returns the figures of a month for an area, and optionally for one unit: the whole, chapters by area,
    unit, class, priority, category and day, what stands out, and the stored monthly figures of its grids.
    Areas and units are ranked; grids and units of one or two people are not.

    Each number is a list of its values by period (`periods`). One URI template, `members_template`, gives
    the link to the cases of each count. `again` has paths that return the same numbers at any later time.
    Without `as_of` and `snapshot` the cases are counted now.
    """
    return json_response(service.slim_evaluation(session, authenticated_actor(), **query))


@blp.route("/print")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.EvaluationQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/html")
@counts_of_areas(blp)
def print_evaluation(query: dict[str, Any]) -> Response:
    """Print the evaluation of a month

    Returns the evaluation as an HTML page to print, with the worst findings first and with the pictures of
    the screen. The numbers are those of `GET /evaluation` with the same parameters. The download is recorded
    in the audit trail.
    """
    actor = authenticated_actor()
    with counting_session(plan="custom") as session:
        report = service.evaluation(session, actor, **query)
        drawn = service.charts_and_map(session, report)
    with transaction(actor) as session:
        service.record_export(session, actor, report, "html")
    return html_page("evaluation.html", report=report, pictures=drawn)


@blp.route("/sheet")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.EvaluationQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type=XLSX)
@counts_of_areas(blp)
def export_evaluation(query: dict[str, Any]) -> Response:
    """Download the evaluation of a month as a workbook

    Returns the evaluation as an Excel workbook with the pictures of the screen, whose numbers link to the
    lists of what was counted, with one more sheet for the last 12 months. The download is recorded in the
    audit trail.
    """
    actor = authenticated_actor()
    with counting_session(plan="custom") as session:
        report = service.evaluation(session, actor, has_course=True, **query)
        shapes = service.area_shapes(session, report)
    with transaction(actor) as session:
        service.record_export(session, actor, report, "xlsx")
    response = Response(
        service.workbook(report, shapes, host=request.host_url.rstrip("/")), content_type=XLSX
    )
    name = f"evaluation-{report['area']['code']}-{report['month']}.xlsx"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
