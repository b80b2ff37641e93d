"""The audit of grids: counts and findings."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session
from app.grids import service
from app.grids.schemas import audit as schemas
from app.http.responses import json_bytes, json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.statistics.schemas.linked_counts import Page

blp = Blueprint("grid-audit", __name__, url_prefix="/api/v1/supervision", tag="Areas and rules")


@blp.route("/grid-audit")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.GridAuditQuery, location="query")
@blp.response(200, schemas.GridAudit)
def read_grid_audit(query: dict[str, Any]) -> Response:
    """Count what is wrong with the grids of my areas, by kind"""
    with read_session() as session:
        return json_response(service.grid_audit(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.GridFindingsQuery, location="query")
@blp.response(200, schemas.GridFindings)
def list_grid_audit_findings(query: dict[str, Any]) -> Response:
    """List what is wrong with the grids of my areas, the gravest first"""
    with read_session() as session:
        return json_bytes(service.grid_findings(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings/<uuid:finding_id>/members")
@blp.guard(Permission.AREA_READ)
@blp.arguments(Page, location="query")
@blp.response(200, schemas.FindingMembers)
@blp.problem(404)
def list_grid_audit_members(query: dict[str, Any], finding_id: UUID) -> Response:
    """List exactly the grids, premises, households or cases that a finding is about"""
    with read_session() as session:
        return json_bytes(
            service.members_of_finding(session, authenticated_actor(), finding_id=finding_id, **query)
        )
