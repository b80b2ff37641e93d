"""The monthly evaluation of an area or unit, to read, print and hand on."""

from typing import Any

from flask import Response, request

from app.core.actor import Permission
from app.core.db import counting_session, transaction
from app.http.pages import html_page
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.statistics import service
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
@blp.problem(404)
def read_evaluation(query: dict[str, Any]) -> Response:
    """Evaluate a month of an area, every number with its members"""
    with counting_session(plan="custom") as session:
        return json_response(service.evaluation(session, authenticated_actor(), **query))


@blp.route("/print")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.EvaluationQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/html")
@blp.problem(404)
def print_evaluation(query: dict[str, Any]) -> Response:
    """Print the evaluation of a month, with its map and charts"""
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
@blp.problem(404)
def export_evaluation(query: dict[str, Any]) -> Response:
    """Give the evaluation of a month as a workbook whose numbers link to their members"""
    actor = authenticated_actor()
    with counting_session(plan="custom") as session:
        report = service.evaluation(session, actor, has_course=True, **query)
    with transaction(actor) as session:
        service.record_export(session, actor, report, "xlsx")
    response = Response(service.workbook(report, host=request.host_url.rstrip("/")), content_type=XLSX)
    name = f"evaluation-{report['area']['code']}-{report['month']}.xlsx"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
