"""Routes that search for possible duplicates."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
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
@blp.reads
def find_duplicates(body: dict[str, Any], *, session: Session) -> Response:
    """Find cases like a planned report

    Compares place, time, category and text of a planned report with cases nearby, and returns the most similar ones
    that the caller may see. Radius, period, weights and number come from the profile at the place and are returned
    in `rules`. Confidential cases, cases about a person and merged cases are left out. Nothing is stored. An empty
    list means that no case is similar enough.
    """
    return json_response(service.find_duplicates(session, authenticated_actor(), **body))


@blp.route("/<uuid:incident_id>/duplicates")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, schemas.Candidates)
@blp.problem(404, "not_found")
@blp.reads
def list_incident_duplicates(incident_id: UUID, *, session: Session) -> Response:
    """List possible duplicates of a case

    Compares the case with cases nearby by the rules of its profile, and returns the most similar ones that the
    caller may see. `acts` has the requests by which a caller who directs both cases merges or links them. For a
    confidential case, or one about a person, `items` is empty and `rules` is null.
    """
    return json_response(service.duplicates_of(session, authenticated_actor(), incident_id=incident_id))
