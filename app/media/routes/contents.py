"""/media/{id}: the record, the bytes in whole or in part, thumbnails, removal."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.db import read_session, transaction
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.media import service
from app.media.rules.file_types import EXTENSIONS
from app.media.schemas import MediaDetail, ThumbnailQuery
from app.rsgi.files import requested_range

blp = Blueprint("media", __name__, url_prefix="/api/v1/media", tag="Files")
_BYTES = {"type": "string", "format": "binary"}
_CONTENT = {
    "description": "The photo or the sound, or the range that was requested",
    "content": {kind: {"schema": _BYTES} for kind in sorted(EXTENSIONS)},
}


def _records() -> service.Records:
    records: service.Records = current_app.extensions["media_records"]
    return records


def _bytes_response(content: service.Content) -> Response:
    """The bytes, or the one range that was asked for. They never change: whoever has them need not ask again."""
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
@blp.guard()
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, MediaDetail)
@blp.problem(404)
def read_media(media_id: UUID) -> Response:
    """Read what is known of a photo or voice note"""
    with read_session() as session:
        body, version = service.record(session, authenticated_actor(), _records(), media_id=media_id)
    return json_bytes(body, version=version)


@blp.route("/<uuid:media_id>", methods=["DELETE"])
@blp.guard()
@blp.response(204)
@blp.problem(404)
def delete_media(media_id: UUID) -> Response:
    """Remove a photo or voice note for good"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.remove(session, actor, _records(), media_id=media_id)
    return no_content()


@blp.route("/<uuid:media_id>/content")
@blp.guard()
@blp.alt_response(304, description="Not modified", success=True)
@blp.doc(responses={"200": _CONTENT, "206": _CONTENT})
@blp.response(200, _BYTES, content_type="image/jpeg")
@blp.problem(404)
@blp.problem(409)
@blp.problem(416)
def read_media_content(media_id: UUID) -> Response:
    """Fetch the photo or the sound, whole or a range"""
    with read_session() as session:
        content_file = service.content(session, authenticated_actor(), _records(), media_id=media_id)
    return _bytes_response(content_file)


@blp.route("/<uuid:media_id>/thumbnail")
@blp.guard()
@blp.arguments(ThumbnailQuery, location="query")
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, _BYTES, content_type="image/jpeg")
@blp.problem(404)
@blp.problem(409)
def read_thumbnail(query: dict[str, Any], media_id: UUID) -> Response:
    """Fetch a small picture"""
    with read_session() as session:
        thumbnail_file = service.thumbnail(
            session, authenticated_actor(), _records(), media_id=media_id, **query
        )
    return _bytes_response(thumbnail_file)
