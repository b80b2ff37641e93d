"""Doors of supervision."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.core.actor import Permission
from app.core.db import counting_session, read_session, transaction, with_retries
from app.dispatch import service as dispatch
from app.http.pages import html_page
from app.http.responses import json_bytes, json_of
from app.http.smorest import Blueprint, authenticated_actor
from app.supervision import schemas, service
from app.supervision.schemas import contests as contest_schemas
from app.supervision.schemas import cycles as cycle_schemas
from app.supervision.schemas import evaluation as evaluation_schemas
from app.supervision.schemas import figures as figure_schemas
from app.supervision.schemas import grid_audit as audit_schemas
from app.supervision.schemas import releases as release_schemas
from app.supervision.schemas import signals as signal_schemas

blp = Blueprint(
    "supervision",
    __name__,
    url_prefix="/api/v1/supervision",
    description="Open work, and who is there for it",
)
figures = Blueprint(
    "figures",
    __name__,
    url_prefix="/api/v1/figures",
    description="What was done in a period, with the cases behind each number",
)
reports = Blueprint(
    "evaluation",
    __name__,
    url_prefix="/api/v1/evaluation",
    description="The month of an area or unit, to be read, printed and handed on",
    template_folder="pages",
)
of_me = Blueprint(
    "figures-of-me",
    __name__,
    url_prefix="/api/v1/me/figures",
    description="What is counted of me, and what I contest of it",
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BLUEPRINTS = (blp, figures, reports, of_me)


@blp.route("/board")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.BoardQuery, location="query")
@blp.response(200, schemas.Board)
@blp.alt_response(404, "NOT_FOUND")
def board(query: dict[str, Any]) -> Response:
    """Show the open work of my areas, every figure with its members"""
    with read_session() as session:
        return json_of(service.board(session, authenticated_actor(), **query))


@blp.route("/queue")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.QueueQuery, location="query")
@blp.response(200, schemas.QueuePage)
@blp.alt_response(404, "NOT_FOUND")
def queue(query: dict[str, Any]) -> Response:
    """List what waits for a supervisor, and why, longest first"""
    with read_session() as session:
        return json_bytes(service.queue(session, authenticated_actor(), **query))


@blp.route("/workers")
@blp.guard(Permission.INCIDENT_DIRECT, Permission.WORKER_READ)
@blp.arguments(schemas.WorkersQuery, location="query")
@blp.response(200, schemas.WorkersOnBoard)
def workers(query: dict[str, Any]) -> Response:
    """List the workers of my areas with their load"""
    with read_session() as session:
        return json_bytes(service.workers(session, authenticated_actor(), **query))


@blp.route("/grid-audit")
@blp.guard(Permission.AREA_READ)
@blp.arguments(audit_schemas.GridAuditQuery, location="query")
@blp.response(200, audit_schemas.GridAudit)
def grid_audit(query: dict[str, Any]) -> Response:
    """Count what is wrong with the grids of my areas, by kind"""
    with read_session() as session:
        return json_of(service.grid_audit(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings")
@blp.guard(Permission.AREA_READ)
@blp.arguments(audit_schemas.GridFindingsQuery, location="query")
@blp.response(200, audit_schemas.GridFindings)
def grid_findings(query: dict[str, Any]) -> Response:
    """List what is wrong with the grids of my areas, the gravest first"""
    with read_session() as session:
        return json_bytes(service.grid_findings(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings/<uuid:finding_id>/members")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.Page, location="query")
@blp.response(200, audit_schemas.FindingMembers)
@blp.alt_response(404, "NOT_FOUND")
def finding_members(query: dict[str, Any], finding_id: UUID) -> Response:
    """List exactly the grids, premises, households or cases that a finding is about"""
    with read_session() as session:
        return json_bytes(
            service.members_of_finding(session, authenticated_actor(), finding_id=finding_id, **query)
        )


@figures.route("")
@figures.guard(Permission.INCIDENT_DIRECT)
@figures.arguments(figure_schemas.FiguresQuery, location="query")
@figures.response(200, figure_schemas.Figures)
@figures.alt_response(404, "NOT_FOUND")
def of_period(query: dict[str, Any]) -> Response:
    """Count the cases of a period that I direct, with rates, the subgroups that stand worst, and what is late longest"""
    with counting_session(plan="custom") as session:
        return json_of(service.figures(session, authenticated_actor(), **query))


@figures.route("/members")
@figures.guard(Permission.INCIDENT_DIRECT)
@figures.arguments(figure_schemas.FigureMembersQuery, location="query")
@figures.response(200, figure_schemas.FigureMembers)
@figures.alt_response(404, "NOT_FOUND")
def members_of_figure(query: dict[str, Any]) -> Response:
    """List exactly the cases that a figure counted, as they stood then"""
    with counting_session(plan="custom") as session:
        return json_bytes(service.members_of_figure(session, authenticated_actor(), **query))


@reports.route("")
@reports.guard(Permission.INCIDENT_DIRECT)
@reports.arguments(evaluation_schemas.EvaluationQuery, location="query")
@reports.response(200, evaluation_schemas.Evaluation)
@reports.alt_response(404, "NOT_FOUND")
def evaluation(query: dict[str, Any]) -> Response:
    """Evaluate a month of an area, every number with its members"""
    with counting_session(plan="custom") as session:
        return json_of(service.evaluation(session, authenticated_actor(), **query))


@reports.route("/print")
@reports.guard(Permission.INCIDENT_DIRECT)
@reports.arguments(evaluation_schemas.EvaluationQuery, location="query")
@reports.response(200, {"type": "string"}, content_type="text/html")
@reports.alt_response(404, "NOT_FOUND")
def printed_evaluation(query: dict[str, Any]) -> Response:
    """Print the evaluation of a month, with its map and charts"""
    actor = authenticated_actor()
    with counting_session(plan="custom") as session:
        report = service.evaluation(session, actor, **query)
        drawn = service.pictures(session, report)
    with transaction(actor) as session:
        service.taken_along(session, actor, report, "html")
    return html_page("evaluation.html", report=report, pictures=drawn)


@reports.route("/sheet")
@reports.guard(Permission.INCIDENT_DIRECT)
@reports.arguments(evaluation_schemas.EvaluationQuery, location="query")
@reports.response(200, {"type": "string", "format": "binary"}, content_type=XLSX)
@reports.alt_response(404, "NOT_FOUND")
def evaluation_sheet(query: dict[str, Any]) -> Response:
    """Give the evaluation of a month as a workbook whose numbers link to their members"""
    actor = authenticated_actor()
    with counting_session(plan="custom") as session:
        report = service.evaluation(session, actor, has_course=True, **query)
    with transaction(actor) as session:
        service.taken_along(session, actor, report, "xlsx")
    response = Response(service.workbook(report, host=request.host_url.rstrip("/")), content_type=XLSX)
    name = f"evaluation-{report['area']['code']}-{report['month']}.xlsx"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@figures.route("/rounded")
@figures.guard(Permission.FIGURES_READ)
@figures.arguments(release_schemas.RoundedQuery, location="query")
@figures.response(200, release_schemas.RoundedFigures)
@figures.alt_response(404, "NOT_FOUND")
def rounded(query: dict[str, Any]) -> Response:
    """Tell months in rounded numbers, for those who see no cases; each month once and for good"""
    with counting_session() as session:
        return json_of(service.rounded_figures(session, authenticated_actor(), **query))


@figures.route("/cycles")
@figures.guard(Permission.INCIDENT_DIRECT)
@figures.arguments(cycle_schemas.CyclesQuery, location="query")
@figures.response(200, cycle_schemas.Cycles)
@figures.alt_response(404, "NOT_FOUND")
def cycles(query: dict[str, Any]) -> Response:
    """Tell what months came to in my grids: visits, patrols, coverage and load, kept when each was over"""
    with counting_session() as session:
        return json_of(service.cycles(session, authenticated_actor(), **query))


@figures.route("/cycles/members")
@figures.guard(Permission.INCIDENT_DIRECT)
@figures.arguments(cycle_schemas.CycleMembersQuery, location="query")
@figures.response(200, cycle_schemas.CycleMembers)
@figures.alt_response(404, "NOT_FOUND")
def members_of_cycle(query: dict[str, Any]) -> Response:
    """List exactly what a figure of months counted"""
    with counting_session() as session:
        return json_bytes(service.members_of_cycle(session, authenticated_actor(), **query))


@of_me.route("")
@of_me.guard()
@of_me.response(200, contest_schemas.MyFigures)
@of_me.alt_response(404, "NOT_FOUND")
def my_figures() -> Response:
    """Show every figure about me, of the last seven days, beside my street's"""
    with read_session() as session:
        return json_of(service.my_figures(session, authenticated_actor()))


@of_me.route("/<figure>/members")
@of_me.guard()
@of_me.response(200, contest_schemas.MyFigureMembers)
@of_me.alt_response(404, "NOT_FOUND")
def my_members(figure: str) -> Response:
    """List what a figure about me counts"""
    with read_session() as session:
        return json_of({"items": dispatch.my_members(session, authenticated_actor(), figure)})


@of_me.route("/<figure>/contest", methods=["POST"])
@of_me.guard()
@of_me.arguments(contest_schemas.ContestFigure)
@of_me.response(201, contest_schemas.ContestOut)
@of_me.alt_response(404, "NOT_FOUND")
@of_me.alt_response(409, "CONFLICT")
def contest(body: dict[str, Any], figure: str) -> Response:
    """Contest a figure about me, or one thing that it counts; it is used and shown no more until that is resolved"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        made = dispatch.contest(session, actor, figure, **body)
    return json_of(made, status=201)


@blp.route("/contests")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(contest_schemas.ContestsQuery, location="query")
@blp.response(200, contest_schemas.Contests)
def contests(query: dict[str, Any]) -> Response:
    """List what workers whom I direct contest of their figures, the oldest first"""
    with read_session() as session:
        return json_of({"items": dispatch.open_contests(session, authenticated_actor(), **query)})


@blp.route("/contests/<uuid:contest_id>/resolve", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(contest_schemas.ResolveContest)
@blp.response(200, contest_schemas.ContestOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def resolve_contest(body: dict[str, Any], contest_id: UUID) -> Response:
    """Uphold what a worker contests, so that it counts no more, or dismiss it, with a reason"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_of(dispatch.resolve(session, actor, contest_id, **body))


@blp.route("/signals")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(signal_schemas.SignalsQuery, location="query")
@blp.response(200, signal_schemas.Signals)
def signals(query: dict[str, Any]) -> Response:
    """List the signs that a service fails where I direct, the strongest first"""
    with read_session() as session:
        return json_bytes(service.signals(session, authenticated_actor(), **query))


@blp.route("/signals/preview", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(signal_schemas.PreviewHotspots)
@blp.response(200, signal_schemas.Hotspots)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(503, "SERVICE_UNAVAILABLE")
def preview_hotspots(body: dict[str, Any]) -> Response:
    """Find the hotspots of an area and period now, with their cases; nothing is kept"""
    return json_of(service.preview_hotspots(read_session, authenticated_actor(), **body))


@blp.route("/signals/<uuid:signal_id>")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.response(200, signal_schemas.SignalDetail)
@blp.alt_response(404, "NOT_FOUND")
def signal(signal_id: UUID) -> Response:
    """Show a signal with what was done about it, and what may be"""
    with read_session() as session:
        return json_bytes(service.signal(session, authenticated_actor(), signal_id=signal_id))


@blp.route("/signals/<uuid:signal_id>/members")
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.arguments(schemas.Page, location="query")
@blp.response(200, signal_schemas.SignalMembers)
@blp.alt_response(404, "NOT_FOUND")
def signal_members(query: dict[str, Any], signal_id: UUID) -> Response:
    """List exactly the cases, households or areas that a signal counted"""
    with read_session() as session:
        return json_bytes(
            service.members_of_signal(session, authenticated_actor(), signal_id=signal_id, **query)
        )


@blp.route("/signals/<uuid:signal_id>/acknowledge", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(signal_schemas.Acknowledge)
@blp.response(200, signal_schemas.Acknowledged)
@blp.alt_response(404, "NOT_FOUND")
def acknowledge(body: dict[str, Any], signal_id: UUID) -> Response:
    """Say what was done about a signal; a reply is sent by that"""
    actor = authenticated_actor()

    def attempt() -> bytes:
        with transaction(actor) as session:
            return service.acknowledge(session, actor, signal_id=signal_id, **body)

    return json_bytes(with_retries(attempt))
