"""/media/uploads: tus 1.0.0. Any tus client may be used; `docs/media.md` says what the metadata mean."""

import io
from datetime import datetime
from email.utils import format_datetime
from typing import IO, Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.core.errors import Malformed, Stale, StorageFull
from app.core.links import link
from app.http.responses import json_response, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.media import service
from app.media.rules import tus
from app.media.schemas import UploadOut
from app.rsgi.bridge import SPOOL_FULL

blp = Blueprint("uploads", __name__, url_prefix="/api/v1/media/uploads", tag="Files")
# Of tus: a version of the protocol that is not ours is 412.
blp.is_conditional = False
_OPTIONS = {
    "Tus-Version": tus.VERSION,
    "Tus-Extension": tus.EXTENSIONS,
    "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
}
_BODY = "The bytes from Upload-Offset on; what arrives of a body that is cut short counts"


def _header(name: str, description: str, *, required: bool = True) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": required,
        "schema": {"type": "string"},
        "description": description,
    }


_RESUMABLE = _header("Tus-Resumable", tus.VERSION)
_LENGTH = _header("Upload-Length", "Bytes of the whole")
_OFFSET = _header("Upload-Offset", "Bytes that have arrived")
_METADATA = _header(
    "Upload-Metadata",
    "id (UUIDv7), kind (near, far, reference, before, after, voice, other), filetype, sha256 (hex), taken_at, "
    "lon, lat, incident, visit",
    required=False,
)
_CHECKSUM = _header("Upload-Checksum", "Algorithm and base64 digest of this body", required=False)


@blp.after_request
def _add_tus_headers(response: Response) -> Response:
    response.headers["Tus-Resumable"] = tus.VERSION
    response.headers.setdefault("Cache-Control", "no-store")
    if response.status_code == 412:
        response.headers["Tus-Version"] = tus.VERSION
    return response


def _require_version() -> None:
    if request.headers.get("Tus-Resumable") != tus.VERSION:
        raise Stale("tus_version")


def _store() -> service.Store:
    store: service.Store = current_app.extensions["media_store"]
    return store


def _body() -> IO[bytes]:
    """What arrived, as a file that can be read again. A disk that was full before its end acknowledges nothing."""
    if request.environ.get(SPOOL_FULL):
        raise StorageFull("storage_full")
    input_stream = request.environ["wsgi.input"]
    if SPOOL_FULL in request.environ:
        spooled: IO[bytes] = input_stream
        return spooled
    request.max_content_length = current_app.extensions["settings"].media_limit_bytes
    return io.BytesIO(request.get_data(cache=False))


def _with_progress(progress: service.Progress, response: Response) -> Response:
    response.headers["Upload-Offset"] = str(progress.received)
    if progress.expires_at is not None:
        response.headers["Upload-Expires"] = _http_date(progress.expires_at)
    return response


def _http_date(instant: datetime) -> str:
    return format_datetime(instant, usegmt=True)


@blp.route("", methods=["OPTIONS"])
@blp.public
@blp.response(204)
@blp.problem(422)
def read_upload_options() -> Response:
    """What this server speaks of tus"""
    limit = current_app.extensions["settings"].media_limit_bytes
    return Response(status=204, headers=_OPTIONS | {"Tus-Max-Size": str(limit)})


@blp.route("", methods=["POST"])
@blp.guard(Permission.MEDIA_ADD)
@blp.takes(tus.OFFSET_TYPE, _BODY, required=False)
@blp.doc(parameters=[_RESUMABLE, _LENGTH, _METADATA, _CHECKSUM])
@blp.response(201, UploadOut)
@blp.problem(400)
@blp.problem(409)
@blp.problem(412)
@blp.problem(413)
@blp.problem(415)
@blp.problem(460)
@blp.problem(507)
def begin_upload() -> Response:
    """Begin an upload; a body is its first bytes"""
    _require_version()
    if "Upload-Defer-Length" in request.headers:
        raise Malformed("upload_header_invalid", header="Upload-Defer-Length")
    actor = authenticated_actor()
    content = _body() if request.mimetype == tus.OFFSET_TYPE else None
    with transaction(actor) as session:
        progress = service.begin(
            session,
            actor,
            length=request.headers.get("Upload-Length"),
            metadata=request.headers.get("Upload-Metadata"),
            settings=current_app.extensions["settings"],
        )
    if content is not None and progress.received == 0:
        progress = service.receive(
            transaction,
            actor,
            _store(),
            media_id=progress.id,
            offset="0",
            checksum=request.headers.get("Upload-Checksum"),
            content=content,
        )
    upload_fields = {
        "id": progress.id,
        "offset": progress.received,
        "length": progress.length,
        "expires_at": progress.expires_at,
    }
    response = _with_progress(progress, json_response(upload_fields, 201))
    response.headers["Location"] = link(f"/api/v1/media/uploads/{progress.id}")
    return response


@blp.route("/<uuid:media_id>", methods=["HEAD"])
@blp.guard(Permission.MEDIA_ADD)
@blp.doc(parameters=[_RESUMABLE])
@blp.response(200)
@blp.problem(404)
@blp.problem(410)
@blp.problem(412)
def read_upload_offset(media_id: UUID) -> Response:
    """How much of an upload has arrived"""
    _require_version()
    actor = authenticated_actor()
    with read_session() as session:
        progress = service.progress(session, actor, media_id=media_id)
    response = _with_progress(progress, Response(status=200))
    response.headers["Upload-Length"] = str(progress.length)
    if progress.metadata_sent:
        response.headers["Upload-Metadata"] = progress.metadata_sent
    return response


@blp.route("/<uuid:media_id>", methods=["PATCH"])
@blp.guard(Permission.MEDIA_ADD)
@blp.takes(tus.OFFSET_TYPE, _BODY)
@blp.doc(parameters=[_RESUMABLE, _OFFSET, _CHECKSUM])
@blp.response(204)
@blp.problem(400)
@blp.problem(404)
@blp.problem(409)
@blp.problem(410)
@blp.problem(412)
@blp.problem(413)
@blp.problem(415)
@blp.problem(460)
@blp.problem(507)
def send_upload_bytes(media_id: UUID) -> Response:
    """Send bytes of an upload"""
    _require_version()
    progress = service.receive(
        transaction,
        authenticated_actor(),
        _store(),
        media_id=media_id,
        offset=request.headers.get("Upload-Offset"),
        checksum=request.headers.get("Upload-Checksum"),
        content=_body(),
    )
    return _with_progress(progress, no_content())


@blp.route("/<uuid:media_id>", methods=["DELETE"])
@blp.guard(Permission.MEDIA_ADD)
@blp.doc(parameters=[_RESUMABLE])
@blp.response(204)
@blp.problem(404)
@blp.problem(409)
@blp.problem(410)
@blp.problem(412)
def cancel_upload(media_id: UUID) -> Response:
    """Give up an upload that is not complete"""
    _require_version()
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.give_up(session, actor, media_id=media_id)
    return no_content()
