"""Routes of the photos and voice notes of a case."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import Session
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
@blp.problem(404, "not_found")
@blp.reads
def list_incident_media(incident_id: UUID, *, session: Session) -> Response:
    """List photos and voice notes of a case

    Returns the files of the case, oldest first, at most 200, without pages. Files that are being uploaded or
    processed are listed with their `state`; refused ones too. Callers with a part in the case also get the files of
    cases merged into it. Voice notes and photos of kind `reference` are listed only to their sender and to callers
    who handle cases.
    """
    return json_bytes(service.media_of(session, authenticated_actor(), incident_id=incident_id))


@blp.route("/<uuid:incident_id>/media", methods=["POST"])
@blp.guard(Permission.MEDIA_ADD)
@blp.arguments(schemas.AttachMedia)
@blp.response(204)
@blp.problem(404, "not_found")
@blp.problem(409, "media_hangs_elsewhere")
@blp.writes
def attach_media(body: dict[str, Any], incident_id: UUID, *, session: Session) -> Response:
    """Attach a photo or voice note to a case

    Links a file that the caller sent, or may see, with a case that the caller may see. A file belongs to one case
    or visit at most. Attaching it to the same case again changes nothing. The act is stored in the audit trail.
    """
    actor = authenticated_actor()
    records = current_app.extensions["media_records"]
    service.attach(session, actor, records, incident_id=incident_id, **body)
    return no_content()


@blp.route("/<uuid:incident_id>/media/<uuid:media_id>", methods=["DELETE"])
@blp.guard(Permission.INCIDENT_CORRECT)
@blp.response(204)
@blp.problem(404, "not_found")
@blp.writes
def detach_media(incident_id: UUID, media_id: UUID, *, session: Session) -> Response:
    """Detach a photo or voice note from a case

    Removes the link between the file and the case; the file itself is not deleted. The caller must hold
    `incident:correct` where the case lies. A file that does not belong to this case is not found, so a repeated
    request answers 404. The act is stored in the audit trail. A file that belongs to nothing is deleted after some
    days.
    """
    actor = authenticated_actor()
    service.detach(session, actor, incident_id=incident_id, media_id=media_id)
    return no_content()
