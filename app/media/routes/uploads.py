"""Routes of /media/uploads, by tus 1.0.0. Any tus client works with them.

`docs/reference/media.md` explains the metadata.
"""

import io
from datetime import datetime
from email.utils import format_datetime
from typing import IO, Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.actor import Permission
from app.core.db import Session, read_session, transaction
from app.core.errors import Malformed, Stale, StorageFull
from app.core.links import link
from app.http.responses import json_response, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.media import service
from app.media.rules import tus
from app.media.schemas import UploadOut
from app.rsgi.bridge import SPOOL_FULL

blp = Blueprint("uploads", __name__, url_prefix="/api/v1/media/uploads", tag="Files")
# tus answers 412 to another version of the protocol.
blp.is_conditional = False
_OPTIONS = {
    "Tus-Version": tus.VERSION,
    "Tus-Extension": tus.EXTENSIONS,
    "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
}
_BODY = "Bytes of the file from Upload-Offset on"


def _header(name: str, description: str, *, required: bool = True) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": required,
        "schema": {"type": "string"},
        "description": description,
    }


_RESUMABLE = _header("Tus-Resumable", f"Version of the protocol: {tus.VERSION}")
_LENGTH = _header("Upload-Length", "Number of bytes of the whole file")
_OFFSET = _header("Upload-Offset", "Number of bytes that have arrived: where this body begins")
_METADATA = _header(
    "Upload-Metadata",
    "Pairs of a name and a base64 value, separated by commas: `id` (UUIDv7), `kind` (near, far, reference, before, after, "
    "voice, other), `filetype`, `sha256` (hex), `taken_at` (RFC 3339), `lon`, `lat` (degrees, WGS 84), and the id of the case "
    "(`incident`) or visit (`visit`)",
    required=False,
)
_CHECKSUM = _header(
    "Upload-Checksum",
    f"Algorithm ({', '.join(tus.ALGORITHMS)}) and base64 digest of the body",
    required=False,
)


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
    """Return the request body as a file that can be read several times.

    Raises:
        StorageFull: The disk was full before the body was complete. No byte counts as received.
    """
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
    """Read what the upload server supports

    Returns the versions, extensions and checksum algorithms of tus that the server supports, and the largest file
    in bytes (`Tus-Max-Size`), in headers. The answer has no body.
    """
    limit = current_app.extensions["settings"].media_limit_bytes
    return Response(status=204, headers=_OPTIONS | {"Tus-Max-Size": str(limit)})


@blp.route("", methods=["POST"])
@blp.guard(Permission.MEDIA_ADD)
@blp.takes(tus.OFFSET_TYPE, _BODY, required=False)
@blp.doc(parameters=[_RESUMABLE, _LENGTH, _METADATA, _CHECKSUM])
@blp.response(201, UploadOut)
@blp.problem(400, "upload_header_invalid")
@blp.problem(409, "id_reused", "upload_offset_wrong")
@blp.problem(412, "tus_version")
@blp.problem(413, "media_too_large", "upload_too_long")
@blp.problem(415, "media_type_not_taken")
@blp.problem(460, "checksum_wrong")
@blp.problem(507, "storage_full")
@blp.problem(410, "upload_gone")
@blp.problem(429, "too_many_uploads", "upload_quota_reached")
@blp.problem(503, "media_store_unavailable")
def begin_upload() -> Response:
    """Begin an upload

    Creates an upload of `Upload-Length` bytes by tus 1.0.0; `Location` has its address. A body of type
    `application/offset+octet-stream` is taken as the first bytes. The `id` in the metadata becomes the id of the
    file: the same `id`, length, digest and kind again answers 201 with the existing upload and its offset. The case
    or visit in the metadata need not exist yet. An upload that is not complete expires after some days
    (`Upload-Expires`). Number of files per hour and bytes per day are limited for each account.
    """
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
@blp.problem(404, "not_found")
@blp.problem(410, "upload_gone")
@blp.problem(412, "tus_version")
def read_upload_offset(media_id: UUID) -> Response:
    """Read how many bytes have arrived

    Returns `Upload-Offset` and `Upload-Length` of the caller's own upload in headers; the next bytes are sent from
    there. While the upload is incomplete, `Upload-Expires` and the metadata are returned too. Uploads of other
    accounts are not found.
    """
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
@blp.problem(400, "upload_header_invalid")
@blp.problem(404, "not_found")
@blp.problem(409, "upload_offset_wrong")
@blp.problem(410, "upload_gone")
@blp.problem(412, "tus_version")
@blp.problem(413, "upload_too_long")
@blp.problem(415)
@blp.problem(460, "checksum_wrong")
@blp.problem(507, "storage_full")
@blp.problem(503, "media_store_unavailable")
def send_upload_bytes(media_id: UUID) -> Response:
    """Send bytes of an upload

    Appends bytes to the caller's own upload at `Upload-Offset`, which must be the number of bytes that have
    arrived. Bytes of a body that is cut short count; with `Upload-Checksum` all of them count or none. Of two
    requests with the same offset one succeeds and the other answers 409 with the current `offset`. When the last
    byte has arrived, the file is checked and processed in the background.
    """
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
@blp.problem(404, "not_found")
@blp.problem(409, "upload_finished")
@blp.problem(410, "upload_gone")
@blp.problem(412, "tus_version")
@blp.writes
def cancel_upload(media_id: UUID, *, session: Session) -> Response:
    """Cancel an incomplete upload

    Ends the caller's own upload and erases its bytes. A complete upload answers 409: delete the file instead.
    Repeating the request answers 410. The id cannot be used again.
    """
    _require_version()
    actor = authenticated_actor()
    service.give_up(session, actor, media_id=media_id)
    return no_content()
