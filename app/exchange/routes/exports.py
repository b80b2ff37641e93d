"""Views of exports."""

import tempfile
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.actor import Permission
from app.core.db import Session, transaction
from app.core.links import link
from app.exchange import service
from app.exchange.rules.exports import FORMATS
from app.exchange.schemas.exports import (
    AskAtOnce,
    AskExport,
    Decision,
    ExportFilter,
    ExportPage,
    ExportRun,
    Refusal,
)
from app.http.responses import json_bytes, no_content
from app.http.smorest import Blueprint, authenticated_actor
from app.media import service as media
from app.rsgi.files import FilePart, Range, file_answer, requested_range
from app.settings import Settings

blp = Blueprint("exports", __name__, url_prefix="/api/v1/exports", tag="Files")
_BYTES = {"type": "string", "format": "binary"}


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _store() -> media.Store:
    store: media.Store = current_app.extensions["media_store"]
    return store


def _files_of(formats: Iterable[str]) -> dict[str, Any]:
    """Return the documentation of an answer that is a file in one of `formats`."""
    media_types = [FORMATS[name].media.partition(";")[0] for name in formats]
    return {
        "description": "The file, or the range that was requested",
        "content": {name: {"schema": _BYTES} for name in media_types},
    }


@blp.route("")
@blp.guard(Permission.EXPORT_RUN)
@blp.arguments(ExportFilter, location="query")
@blp.response(200, ExportPage)
@blp.reads
def list_exports(query: dict[str, Any], *, session: Session) -> Response:
    """List exports

    Returns a page of the caller's own exports and of exports of others that the caller may approve or refuse,
    the newest first. Exports that were made at once are listed too; they have no file to download.
    """
    return json_bytes(service.list_exports(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.EXPORT_RUN)
@blp.keyed
@blp.arguments(AskExport)
@blp.response(202, ExportRun)
@blp.problem(422, "export_too_long")
@blp.writes
def request_export(body: dict[str, Any], *, session: Session) -> Response:
    """Request an export

    Starts a job that writes the rows of a collection of `/ogc` into a file, with the filters of `query` and
    under the caller's rights. `Location` has the address of the run; `GET` it until `state` is `done`, then
    download the file.

    An export of homes that exceeds the limit of the server, together with the caller's exports of homes of
    the last 24 hours, waits for the approval of a second person (`awaiting_approval`) and needs a `purpose`.
    The request is recorded in the audit trail.
    """
    actor = authenticated_actor()
    run, run_id = service.request_export(session, actor, homes_alone=_settings().export_homes_alone, **body)
    response = json_bytes(run, 202)
    response.headers["Location"] = link(f"/api/v1/exports/{run_id}")
    return response


@blp.route("/at-once", methods=["POST"])
@blp.guard(Permission.EXPORT_RUN)
@blp.arguments(AskAtOnce)
@blp.doc(responses={"200": _files_of(["geojson", "csv"])})
@blp.response(200, _BYTES, content_type="text/csv")
@blp.problem(403, "export_needs_approval")
@blp.problem(422, "export_too_long")
def export_now(body: dict[str, Any]) -> Response:
    """Export rows in the response

    Writes the rows of a collection of `/ogc` as GeoJSON or CSV into the response, without a job. The server
    limits the number of rows and the time; larger exports need `POST /exports`. An export of homes that would
    need approval is refused.

    The export is recorded in the audit trail and listed in `GET /exports`.
    """
    export = service.export_at_once(transaction, authenticated_actor(), settings=_settings(), **body)
    return file_answer(
        FilePart(export.file, 0, export.size),
        status=200,
        byte_range=Range(0, export.size, export.size),
        media=export.media,
        name=export.name,
        sha256=export.sha256,
    )


@blp.route("/<uuid:run_id>")
@blp.guard(Permission.EXPORT_RUN)
@blp.response(200, ExportRun)
@blp.problem(404, "not_found")
@blp.reads
def read_export(run_id: UUID, *, session: Session) -> Response:
    """Read an export

    Returns the state, the progress and the outcome of an export: an own one, or one that the caller may
    approve or refuse. `rows_expected` is null until the rows are counted. `has_file` is true while the file
    can be downloaded.
    """
    return json_bytes(service.describe_export(session, authenticated_actor(), run_id=run_id))


@blp.route("/<uuid:run_id>", methods=["DELETE"])
@blp.guard(Permission.EXPORT_RUN)
@blp.response(204)
@blp.problem(403, "export_of_another")
@blp.problem(404, "not_found")
@blp.writes
def cancel_export(run_id: UUID, *, session: Session) -> Response:
    """Cancel an export or erase its file

    Cancels an own export that waits or runs; of a finished one, erases the file now. An export that ended
    without a file is not changed. Idempotent: a second call changes nothing and answers 204.
    """
    actor = authenticated_actor()
    service.cancel(session, actor, _store(), run_id=run_id)
    return no_content()


@blp.route("/<uuid:run_id>/approve", methods=["POST"])
@blp.guard(Permission.EXPORT_APPROVE)
@blp.keyed
@blp.arguments(Decision)
@blp.response(200, ExportRun)
@blp.problem(403, "export_own")
@blp.problem(404, "not_found")
@blp.problem(409, "export_decided")
@blp.writes
def approve_export(body: dict[str, Any], run_id: UUID, *, session: Session) -> Response:
    """Approve an export of many homes

    Approves, as the second person, an export of another account that waits for approval; a job then writes
    the file. The decision and its note are recorded in the audit trail. Nobody can decide about their own
    export.
    """
    actor = authenticated_actor()
    return json_bytes(service.approve(session, actor, run_id=run_id, **body))


@blp.route("/<uuid:run_id>/refuse", methods=["POST"])
@blp.guard(Permission.EXPORT_APPROVE)
@blp.keyed
@blp.arguments(Refusal)
@blp.response(200, ExportRun)
@blp.problem(403, "export_own")
@blp.problem(404, "not_found")
@blp.problem(409, "export_decided")
@blp.writes
def refuse_export(body: dict[str, Any], run_id: UUID, *, session: Session) -> Response:
    """Refuse an export of many homes

    Refuses an export of another account that waits for approval; no file is written. The note tells the
    requester why and is recorded in the audit trail. Nobody can decide about their own export.
    """
    actor = authenticated_actor()
    return json_bytes(service.refuse(session, actor, run_id=run_id, **body))


@blp.route("/<uuid:run_id>/file")
@blp.guard(Permission.EXPORT_RUN)
@blp.doc(responses={"200": _files_of(FORMATS), "206": _files_of(FORMATS)})
@blp.response(200, _BYTES, content_type="application/geopackage+sqlite3")
@blp.problem(404, "not_found")
@blp.problem(409, "export_not_done", "export_rights_changed")
@blp.problem(410, "export_expired")
@blp.problem(416, "range_invalid")
@blp.writes
def download_export(run_id: UUID, *, session: Session) -> Response:
    """Download the file of an export

    Returns the file of an own export, whole or the byte range of `Range` (206). The file can be downloaded
    until `expires_at`, and only while the caller has the rights under which it was written. Each download is
    recorded in the audit trail.
    """
    actor = authenticated_actor()
    stored_file = service.open_download(session, actor, run_id=run_id, part=request.headers.get("Range"))
    byte_range, status = requested_range(stored_file.size, stored_file.sha256)
    return file_answer(
        _part(stored_file.key, byte_range),
        status=status,
        byte_range=byte_range,
        media=stored_file.media,
        name=stored_file.name,
        sha256=stored_file.sha256,
    )


def _part(key: str, byte_range: Range) -> FilePart:
    """Return the requested bytes of a stored file.

    A file of a bucket (object storage) is copied to an unnamed temporary file first.
    """
    store = _store()
    path = store.path(key)
    if path is not None:
        return FilePart(store.open(path), byte_range.first, byte_range.stop)
    spooled = tempfile.TemporaryFile(dir=_settings().spool_folder())  # noqa: SIM115 (closed by the answer)
    store.copy(key, spooled, start=byte_range.first, length=byte_range.length)
    spooled.flush()
    return FilePart(spooled, 0, byte_range.length)
