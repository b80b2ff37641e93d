"""/media/{id}: the record, the bytes in whole or in part, thumbnails, removal."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.db import Session
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.media import service
from app.media.rules.file_types import EXTENSIONS
from app.media.schemas import MediaDetail, ThumbnailQuery
from app.rsgi.files import requested_range

blp = Blueprint("media", __name__, url_prefix="/api/v1/media", tag="Files")
_BYTES = {"type": "string", "format": "binary"}
_CONTENT = {
    "description": "The file, or the requested range of it",
    "content": {kind: {"schema": _BYTES} for kind in sorted(EXTENSIONS)},
}


def _records() -> service.Records:
    records: service.Records = current_app.extensions["media_records"]
    return records


def _bytes_response(content: service.Content) -> Response:
    """Return the HTTP response with the bytes of a file, or with the requested range.

    Stored bytes never change, so caches may keep the response for a year.
    """
    store: service.Store = current_app.extensions["media_store"]
    if request.if_none_match.contains_weak(content.tag):
        response = Response(status=304)
    elif content.size is None:
        response = Response(b"".join(store.stream(content.key)), 200, content_type=content.type)
    else:
        response = _range_response(store, content, content.size)
    response.set_etag(content.tag)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["Vary"] = "Authorization"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers.set("Content-Disposition", "inline", filename=content.name)
    return response


def _range_response(store: service.Store, content: service.Content, size: int) -> Response:
    byte_range, status = requested_range(size, content.tag)
    body = (
        b""
        if request.method == "HEAD"
        else store.read(content.key, start=byte_range.first, length=byte_range.length)
    )
    response = Response(body, status, content_type=content.type)
    byte_range.head(response)
    return response


@blp.route("/<uuid:media_id>")
@blp.guard(people_only=False)
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, MediaDetail)
@blp.problem(404, "not_found")
@blp.reads
def read_media(media_id: UUID, *, session: Session) -> Response:
    """Read the record of a photo or voice note

    Returns kind, state and facts of the file, not its bytes. The caller must have sent the file or see the case or
    visit that it belongs to. `refused` files have the reason in `refusal`. Poll this operation after an upload
    until the state is `ready` or `refused`. The ETag is the version of the record; with `If-None-Match` an
    unchanged record answers 304.
    """
    body, version = service.record(session, authenticated_actor(), _records(), media_id=media_id)
    return json_bytes(body, version=version)


@blp.route("/<uuid:media_id>", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.problem(404, "not_found")
@blp.problem(403, "media_not_yours_to_remove")
@blp.writes
def delete_media(media_id: UUID, *, session: Session) -> Response:
    """Delete a photo or voice note

    Deletes the file for good: its bytes are erased and its record is not found any more. A file of a case or visit
    can be deleted by callers who may correct that record, another file by its sender. Repeating the request answers
    404. The act is stored in the audit trail.
    """
    actor = authenticated_actor()
    service.remove(session, actor, _records(), media_id=media_id)
    return no_content()


@blp.route("/<uuid:media_id>/content")
@blp.guard(people_only=False)
@blp.alt_response(304, description="Not modified", success=True)
@blp.doc(responses={"200": _CONTENT, "206": _CONTENT})
@blp.response(200, _BYTES, content_type="image/jpeg")
@blp.problem(404, "not_found")
@blp.problem(409, "media_pending", "media_refused")
@blp.problem(416, "range_invalid")
@blp.problem(503, "media_store_unavailable")
@blp.reads
def read_media_content(media_id: UUID, *, session: Session) -> Response:
    """Fetch the bytes of a photo or voice note

    Returns the stored file, which never changes: it may be cached for ever. Metadata were removed, and WebP and
    HEIC were converted to JPEG. With `Range` one range is returned with 206. With `If-None-Match` a known file
    answers 304. The caller must have sent the file or see the case or visit that it belongs to.
    """
    content_file = service.content(session, authenticated_actor(), _records(), media_id=media_id)
    return _bytes_response(content_file)


@blp.route("/<uuid:media_id>/thumbnail")
@blp.guard(people_only=False)
@blp.arguments(ThumbnailQuery, location="query")
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, _BYTES, content_type="image/jpeg")
@blp.problem(404, "not_found")
@blp.problem(409, "media_pending", "media_refused")
@blp.problem(503, "media_store_unavailable")
@blp.reads
def read_thumbnail(query: dict[str, Any], media_id: UUID, *, session: Session) -> Response:
    """Fetch a thumbnail of a photo

    Returns a JPEG picture of at most the size that is asked for; it never changes and may be cached for ever. A
    voice note has no thumbnail and is not found. With `If-None-Match` a known picture answers 304.
    """
    thumbnail_file = service.thumbnail(session, authenticated_actor(), _records(), media_id=media_id, **query)
    return _bytes_response(thumbnail_file)
