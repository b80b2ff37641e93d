"""Doors of supervision."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, snapshot_session
from app.http.responses import json_bytes, json_of
from app.http.smorest import Blueprint, authenticated_actor
from app.supervision import schemas, service

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
BLUEPRINTS = (blp, figures)


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
@blp.arguments(schemas.GridAuditQuery, location="query")
@blp.response(200, schemas.GridAudit)
def grid_audit(query: dict[str, Any]) -> Response:
    """Count what is wrong with the grids of my areas, by kind"""
    with read_session() as session:
        return json_of(service.grid_audit(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.GridFindingsQuery, location="query")
@blp.response(200, schemas.GridFindings)
def grid_findings(query: dict[str, Any]) -> Response:
    """List what is wrong with the grids of my areas, the gravest first"""
    with read_session() as session:
        return json_bytes(service.grid_findings(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings/<uuid:finding_id>/members")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.Page, location="query")
@blp.response(200, schemas.FindingMembers)
@blp.alt_response(404, "NOT_FOUND")
def finding_members(query: dict[str, Any], finding_id: UUID) -> Response:
    """List exactly the grids, premises, households or cases that a finding is about"""
    with read_session() as session:
        return json_bytes(
            service.members_of_finding(session, authenticated_actor(), finding_id=finding_id, **query)
        )


@figures.route("")
@figures.guard(Permission.INCIDENT_DIRECT)
@figures.arguments(schemas.FiguresQuery, location="query")
@figures.response(200, schemas.Figures)
@figures.alt_response(404, "NOT_FOUND")
def of_period(query: dict[str, Any]) -> Response:
    """Count the cases of a period that I direct, with rates, the subgroups that stand worst, and what is late longest"""
    with snapshot_session(is_planned_anew=True) as session:
        return json_of(service.figures(session, authenticated_actor(), **query))


@figures.route("/members")
@figures.guard(Permission.INCIDENT_DIRECT)
@figures.arguments(schemas.FigureMembersQuery, location="query")
@figures.response(200, schemas.FigureMembers)
@figures.alt_response(404, "NOT_FOUND")
def members_of_figure(query: dict[str, Any]) -> Response:
    """List exactly the cases that a figure counted, as they stood then"""
    with snapshot_session(is_planned_anew=True) as session:
        return json_bytes(service.members_of_figure(session, authenticated_actor(), **query))
