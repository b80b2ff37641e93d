"""Routes of the lists and details of cases, and of their history and reporters."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Actor, Permission
from app.core.db import Session
from app.http.responses import (
    GEOJSON,
    json_bytes,
    json_response,
    wants_geojson,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.http.usual_queries import usual_arguments
from app.incidents.cases import schemas, service

blp = Blueprint("incidents", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")
_filters = usual_arguments(schemas.IncidentFilter, "filters")


def _usual_filters(environ: dict[str, Any], extensions: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the filters of a request for a page that is not GeoJSON."""
    return None if "geo+json" in environ.get("HTTP_ACCEPT", "").lower() else _filters(environ, extensions)


def _read_page(actor: Actor, filters: dict[str, Any]) -> tuple[bytes, None]:
    return service.listing(actor, **filters), None


@blp.route("")
@blp.guard(Permission.INCIDENT_READ)
@blp.arguments(schemas.IncidentFilter, location="query")
@blp.alt_response(200, schema=schemas.IncidentFeatures, content_type=GEOJSON, success=True)
@blp.response(200, schemas.IncidentPage)
@blp.answers_directly(_read_page, _usual_filters)
def list_incidents(filters: dict[str, Any]) -> Response:
    """List cases

    Returns a page of the cases that the caller may see, newest `reported_at` first; `sort` has other orders of open
    cases. `counts=true` adds how many cases meet the filters, and how many of them are open and overdue. A case is
    visible in the areas of the caller, and wherever the caller reported it, joined it, or has an offer or an
    assignment of it. A case about the caller is never listed, and confidential cases are listed only to callers who
    handle cases. All filters apply together; several values of one filter are alternatives. No filter is by day:
    `listFigureMembers` lists the cases that were reported or due in a period, for callers with `figures:read`. With
    `Accept: application/geo+json` the page is a GeoJSON FeatureCollection whose member `next` is the cursor.
    """
    as_features = wants_geojson()
    body = service.listing(authenticated_actor(), as_features=as_features, **filters)
    return json_bytes(body, media=GEOJSON if as_features else None)


@blp.route("/<uuid:incident_id>")
@blp.guard(Permission.INCIDENT_READ)
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, schemas.IncidentDetail)
@blp.problem(404, "not_found")
@blp.reads_directly
def read_incident(actor: Actor, incident_id: UUID) -> tuple[bytes, int]:
    """Read a case

    Returns the case with its reports, deadlines, links and joint parts. `allowed` lists the steps that the caller
    may take now. What the caller may not see is null or left out: the subject of the case and the proposed worker
    are for callers who direct it, and a caller who only reported it does not see other people's reports. The ETag
    is the version of the case; with `If-None-Match` an unchanged case answers 304.
    """
    return service.detail(actor, incident_id=incident_id)


@blp.route("/<uuid:incident_id>/events")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, schemas.EventList)
@blp.problem(404, "not_found")
@blp.reads
def list_incident_events(incident_id: UUID, *, session: Session) -> Response:
    """List the history of a case

    Returns all events of the case, oldest first, without pages. Events are never changed or deleted. Callers who do
    not direct the case see reporters without id and name, and no places. An event that names another case shows
    that case only to callers who may see it.
    """
    return json_bytes(service.events(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/reporter", methods=["POST"])
@blp.guard(Permission.INCIDENT_READ)
@blp.arguments(schemas.RevealReporter)
@blp.response(200, schemas.ReporterOut)
@blp.problem(429, "reveal_throttled")
@blp.problem(404, "not_found")
@blp.writes
def reveal_reporter(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Show the reporter of a case

    Returns name, telephone number and e-mail address of the reporter, unmasked. The caller must direct the case and hold
    `reporter:reveal`, or handle the case if the reporter agreed. Each request is stored in the audit trail with its
    purpose and counts towards the limit of the account, a repeated one too. `report_id` selects another report of
    the case than the first one.
    """
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    return json_response(
        service.reveal_reporter(session, actor, incident_id=incident_id, settings=settings, **body)
    )
