"""List and read cases, their events, and who reported them."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import (
    GEOJSON,
    json_bytes,
    json_response,
    wants_geojson,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas, service

blp = Blueprint("incidents", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")


@blp.route("")
@blp.guard(Permission.INCIDENT_READ)
@blp.arguments(schemas.IncidentFilter, location="query")
@blp.alt_response(200, schema=schemas.IncidentFeatures, content_type=GEOJSON, success=True)
@blp.response(200, schemas.IncidentPage)
def list_incidents(filters: dict[str, Any]) -> Response:
    """List the cases I may see, newest first"""
    as_features = wants_geojson()
    body = service.listing(authenticated_actor(), as_features=as_features, **filters)
    return json_bytes(body, media=GEOJSON if as_features else None)


@blp.route("/<uuid:incident_id>")
@blp.guard(Permission.INCIDENT_READ)
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, schemas.IncidentDetail)
@blp.problem(404)
def read_incident(incident_id: UUID) -> Response:
    """Read a case"""
    body, version = service.detail(authenticated_actor(), incident_id=incident_id)
    return json_bytes(body, version=version)


@blp.route("/<uuid:incident_id>/events")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, schemas.EventList)
@blp.problem(404)
def list_incident_events(incident_id: UUID) -> Response:
    """List everything that happened to a case"""
    with read_session() as session:
        return json_bytes(service.events(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/reporter", methods=["POST"])
@blp.guard(Permission.INCIDENT_READ)
@blp.arguments(schemas.RevealReporter)
@blp.response(200, schemas.ReporterOut)
@blp.problem(429)
@blp.problem(404)
def reveal_reporter(body: dict[str, Any], incident_id: UUID) -> Response:
    """Show who reported a case, for a purpose, on the record"""
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    with transaction(actor) as session:
        return json_response(
            service.reveal_reporter(session, actor, incident_id=incident_id, settings=settings, **body)
        )
