"""Photos and voice notes of a case."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import (
    json_bytes,
    no_content,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas, service
from app.media.schemas import MediaList

blp = Blueprint("case-media", __name__, url_prefix="/api/v1/incidents", tag="Files")


@blp.route("/<uuid:incident_id>/media")
@blp.guard(Permission.INCIDENT_READ)
@blp.response(200, MediaList)
@blp.problem(404)
def list_incident_media(incident_id: UUID) -> Response:
    """List the photos and voice notes of a case, those on their way too"""
    with read_session() as session:
        return json_bytes(service.media_of(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/media", methods=["POST"])
@blp.guard(Permission.MEDIA_ADD)
@blp.arguments(schemas.AttachMedia)
@blp.response(204)
@blp.problem(404)
@blp.problem(409)
def attach_media(body: dict[str, Any], incident_id: UUID) -> Response:
    """Hang a photo or voice note on a case"""
    actor = authenticated_actor()
    records = current_app.extensions["media_records"]
    with transaction(actor) as session:
        service.attach(session, actor, records, incident_id=incident_id, **body)
    return no_content()


@blp.route("/<uuid:incident_id>/media/<uuid:media_id>", methods=["DELETE"])
@blp.guard(Permission.INCIDENT_CORRECT)
@blp.response(204)
@blp.problem(404)
def detach_media(incident_id: UUID, media_id: UUID) -> Response:
    """Take a photo or voice note off a case; it is not erased"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.detach(session, actor, incident_id=incident_id, media_id=media_id)
    return no_content()
