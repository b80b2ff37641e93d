"""Routes of the audit of grids: counts, findings and members of a finding."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
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
@blp.reads
def read_grid_audit(query: dict[str, Any], *, session: Session) -> Response:
    """Read the audit of grids

    Returns how many findings of each kind the grids in the areas of the caller have: overlaps,
    gaps, grids without a responsible worker, and others. Each count has the path of its findings.
    The kinds shown depend on the caller: findings about households need `household:read`, those
    about cases `incident:read`.

    Shapes are audited after each change, usually within a minute: `shapes` says how current they
    are. Everything else is counted at the time of the request.
    """
    return json_response(service.grid_audit(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings")
@blp.guard(Permission.AREA_READ)
@blp.arguments(schemas.GridFindingsQuery, location="query")
@blp.response(200, schemas.GridFindings)
@blp.reads
def list_grid_audit_findings(query: dict[str, Any], *, session: Session) -> Response:
    """List findings of the audit of grids

    Lists the findings about the grids in the areas of the caller, most severe first. Each has its
    place, its figure beside the standard and the path of its members. The kinds shown depend on the
    caller: findings about households need `household:read`, those about cases `incident:read`.
    Findings disappear when their cause is gone.
    """
    return json_bytes(service.grid_findings(session, authenticated_actor(), **query))


@blp.route("/grid-audit/findings/<uuid:finding_id>/members")
@blp.guard(Permission.AREA_READ)
@blp.arguments(Page, location="query")
@blp.response(200, schemas.FindingMembers)
@blp.problem(404, "not_found")
@blp.reads
def list_grid_audit_members(query: dict[str, Any], finding_id: UUID, *, session: Session) -> Response:
    """List members of a finding about grids

    Lists exactly what a finding is about: areas, premises, households or cases, each with its path.
    A finding that no longer exists or that the caller may not see is 404.
    """
    return json_bytes(
        service.members_of_finding(session, authenticated_actor(), finding_id=finding_id, **query)
    )
