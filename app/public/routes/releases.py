"""Routes of the release of cases to the public, for staff."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.accounts.schemas import Page
from app.core.actor import Permission
from app.core.db import Session, transaction
from app.http.responses import json_response
from app.http.smorest import Blueprint, authenticated_actor
from app.public import schemas, service
from app.public.rules.door import BOX_MEMBERS

blp = Blueprint("public_releases", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")


_PICTURE = {"type": "string", "format": "binary"}


@blp.route("/to-release")
@blp.guard(Permission.PUBLIC_RELEASE)
@blp.arguments(Page, location="query")
@blp.response(200, schemas.CasesToRelease)
@blp.reads
def list_cases_to_release(query: dict[str, Any], *, session: Session) -> Response:
    """List cases that wait for a release

    Lists public cases of the last 90 days whose words or photos wait for a decision of a person (`publishCase`),
    newest first. After a decision a case waits again when a new photo has been processed. Hidden cases and cases of
    categories that are not public do not wait.
    """
    return json_response(service.cases_to_release(session, authenticated_actor(), **query))


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


@blp.route("/<uuid:incident_id>/publication/photos/<uuid:media_id>", methods=["PUT"])
@blp.guard(Permission.PUBLIC_RELEASE)
@blp.arguments(schemas.RedactionIn)
@blp.response(200, schemas.ReleaseOut)
@blp.problem(404, "not_found")
@blp.problem(503, "media_busy", "media_store_unavailable")
def redact_photo(body: dict[str, Any], incident_id: UUID, media_id: UUID) -> Response:
    """Blacken parts of a photo for the public

    Stores the black boxes of a photo, such as over faces and number plates. A copy is made in which the boxes are
    black and which has no metadata. If the photo is released, people without an account see only this copy; caches
    may show the former one for five minutes. The photo itself is not changed, and staff see it as before. The body
    replaces all boxes of the photo. The change is stored in the audit trail.
    """
    outcome = service.redact_photo(
        transaction,
        current_app.extensions["media_store"],
        authenticated_actor(),
        incident_id=incident_id,
        media_id=media_id,
        boxes=[tuple(box[name] for name in BOX_MEMBERS) for box in body["boxes"]],
        settings=current_app.extensions["settings"],
    )
    return json_response(outcome)


@blp.route("/<uuid:incident_id>/publication/photos/<uuid:media_id>")
@blp.guard(Permission.PUBLIC_RELEASE)
@blp.response(200, _PICTURE, content_type="image/jpeg")
@blp.problem(404, "not_found")
@blp.problem(503, "media_store_unavailable")
@blp.reads
def read_redacted_photo(incident_id: UUID, media_id: UUID, *, session: Session) -> Response:
    """Fetch a photo as the public would see it

    Returns a JPEG picture of at most 1,024 pixels, with the black boxes of the photo, whether it is released or not.
    """
    key = service.redacted_photo_key(
        session, authenticated_actor(), incident_id=incident_id, media_id=media_id
    )
    store = current_app.extensions["media_store"]
    response = Response(b"".join(store.stream(key)), content_type="image/jpeg")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
