"""Which cases may be the same matter."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session
from app.http.responses import (
    json_response,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.reporting import schemas, service

blp = Blueprint("duplicates", __name__, url_prefix="/api/v1/incidents", tag="Report")


@blp.route("/duplicates", methods=["POST"])
@blp.guard(Permission.INCIDENT_REPORT)
@blp.arguments(schemas.Alike)
@blp.response(200, schemas.Candidates)
def find_duplicates(body: dict[str, Any]) -> Response:
    """Tell which cases may be what I am about to report; nothing is written"""
    with read_session() as session:
        return json_response(service.find_duplicates(session, authenticated_actor(), **body))


@blp.route("/<uuid:incident_id>/duplicates")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, schemas.Candidates)
@blp.problem(404)
def list_incident_duplicates(incident_id: UUID) -> Response:
    """Tell which cases may be the same matter as this one"""
    with read_session() as session:
        return json_response(service.duplicates_of(session, authenticated_actor(), incident_id=incident_id))
