"""What may be the same matter: told before and after a report, joined, linked."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session
from app.core.telephones import phone_faults
from app.http.responses import json_of, with_warnings
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents import schemas, service
from app.incidents.routes.writing import written

blp = Blueprint(
    "duplicates", __name__, url_prefix="/api/v1/incidents", description="Cases that may be the same matter"
)


@blp.route("/duplicates", methods=["POST"])
@blp.guard(Permission.INCIDENT_REPORT)
@blp.arguments(schemas.Alike)
@blp.response(200, schemas.Candidates)
def alike(body: dict[str, Any]) -> Response:
    """Tell which cases may be what I am about to report; nothing is written"""
    with read_session() as session:
        return json_of(service.alike(session, authenticated_actor(), **body))


@blp.route("/<uuid:incident_id>/duplicates")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, schemas.Candidates)
@blp.alt_response(404, "NOT_FOUND")
def alike_to(incident_id: UUID) -> Response:
    """Tell which cases may be the same matter as this one"""
    with read_session() as session:
        return json_of(service.alike_to(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/reports", methods=["POST"])
@blp.guard(Permission.INCIDENT_REPORT)
@blp.keyed
@blp.arguments(schemas.JoinIncident)
@blp.response(200, schemas.ReportedOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def join(body: dict[str, Any], incident_id: UUID) -> Response:
    """Add a report to a case that is there already, and follow it"""
    response = written(partial(service.join, incident_id=incident_id, **body))
    response.set_data(with_warnings(response.get_data(), phone_faults({"description": body["description"]})))
    return response


@blp.route("/<uuid:incident_id>/link", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.LinkCases)
@blp.response(200, schemas.IncidentOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def link(body: dict[str, Any], incident_id: UUID) -> Response:
    """Say that two cases are one matter, without ending either"""
    return written(partial(service.link, incident_id=incident_id, **body))


@blp.route("/<uuid:incident_id>/unlink", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.LinkCases)
@blp.response(200, schemas.IncidentOut)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def unlink(body: dict[str, Any], incident_id: UUID) -> Response:
    """Say that two linked cases are two matters after all"""
    return written(partial(service.unlink, incident_id=incident_id, **body))
