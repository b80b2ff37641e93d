"""Routes of the release of cases to the public, for staff."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.public import schemas, service

blp = Blueprint("public_releases", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")


@blp.route("/<uuid:incident_id>/publication")
@blp.guard(Permission.PUBLIC_RELEASE)
@blp.response(200, schemas.ReleaseOut)
@blp.problem(404, "not_found")
@blp.reads
def read_publication(incident_id: UUID, *, session: Session) -> Response:
    """Read what everybody sees of a case

    Returns what people without an account see of the case, and what can be released: the words of the report without
    telephone numbers and e-mail addresses, and the processed photos.
    """
    return json_response(service.release_of(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/publication", methods=["PUT"])
@blp.guard(Permission.PUBLIC_RELEASE)
@blp.arguments(schemas.ReleaseIn)
@blp.response(200, schemas.ReleaseOut)
@blp.problem(404, "not_found")
@blp.problem(409, "case_not_public")
@blp.writes
def publish_case(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Release words and photos of a case, or hide the case

    Stores what people without an account see of the case. The body replaces what was released before. Words and
    photos of a report are never shown before a person has released them. A hidden case is not shown at all. Each
    decision is stored in the audit trail.
    """
    return json_response(service.release(session, authenticated_actor(), incident_id=incident_id, **body))
