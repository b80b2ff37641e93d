"""Join a report to a case; link cases."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.telephones import phone_faults
from app.http.responses import (
    with_warnings,
)
from app.http.smorest import Blueprint
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases.routes.writes import written
from app.incidents.desk import schemas, service

blp = Blueprint("related-cases", __name__, url_prefix="/api/v1/incidents", tag="Report")


@blp.route("/<uuid:incident_id>/reports", methods=["POST"])
@blp.guard(Permission.INCIDENT_REPORT)
@blp.keyed
@blp.arguments(schemas.JoinIncident)
@blp.response(200, case_schemas.ReportedOut)
@blp.problem(404)
@blp.problem(409)
def add_report(body: dict[str, Any], incident_id: UUID) -> Response:
    """Add a report to a case that is there already, and follow it"""
    response = written(partial(service.join, incident_id=incident_id, **body))
    response.set_data(with_warnings(response.get_data(), phone_faults({"description": body["description"]})))
    return response


@blp.route("/<uuid:incident_id>/link", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.LinkCases)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404)
@blp.problem(409)
def link_incidents(body: dict[str, Any], incident_id: UUID) -> Response:
    """Say that two cases are one matter, without ending either"""
    return written(partial(service.link, incident_id=incident_id, **body))


@blp.route("/<uuid:incident_id>/unlink", methods=["POST"])
@blp.guard(Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(schemas.LinkCases)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404)
@blp.problem(409)
def unlink_incidents(body: dict[str, Any], incident_id: UUID) -> Response:
    """Say that two linked cases are two matters after all"""
    return written(partial(service.unlink, incident_id=incident_id, **body))
