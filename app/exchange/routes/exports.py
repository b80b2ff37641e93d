"""Exports over HTTP."""

import tempfile
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.core.links import link
from app.exchange import service
from app.exchange.rules.exports import FORMATS
from app.exchange.schemas import AskAtOnce, AskExport, Decision, ExportFilter, ExportPage, ExportRun, Refusal
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
def list_exports(query: dict[str, Any]) -> Response:
    """List one's exports and those that wait for one's decision, the newest first"""
    with read_session() as session:
        return json_bytes(service.list_exports(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.EXPORT_RUN)
@blp.keyed
@blp.arguments(AskExport)
@blp.response(202, ExportRun)
def request_export(body: dict[str, Any]) -> Response:
    """Ask for a file of a collection, which a job writes; many homes need a second person first"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        run, run_id = service.request_export(
            session, actor, homes_alone=_settings().export_homes_alone, **body
        )
    response = json_bytes(run, 202)
    response.headers["Location"] = link(f"/api/v1/exports/{run_id}")
    return response


@blp.route("/at-once", methods=["POST"])
@blp.guard(Permission.EXPORT_RUN)
@blp.arguments(AskAtOnce)
@blp.doc(responses={"200": _files_of(["geojson", "csv"])})
@blp.response(200, _BYTES, content_type="text/csv")
def export_now(body: dict[str, Any]) -> Response:
    """Read a smaller export as the answer itself: GeoJSON or CSV"""
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
@blp.problem(404)
def read_export(run_id: UUID) -> Response:
    """Read how far an export is, or what came of it"""
    with read_session() as session:
        return json_bytes(service.describe_export(session, authenticated_actor(), run_id=run_id))


@blp.route("/<uuid:run_id>", methods=["DELETE"])
@blp.guard(Permission.EXPORT_RUN)
@blp.response(204)
@blp.problem(404)
def cancel_export(run_id: UUID) -> Response:
    """Stop an export, or erase its file now"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.cancel(session, actor, _store(), run_id=run_id)
    return no_content()


@blp.route("/<uuid:run_id>/approve", methods=["POST"])
@blp.guard(Permission.EXPORT_APPROVE)
@blp.keyed
@blp.arguments(Decision)
@blp.response(200, ExportRun)
@blp.problem(404)
@blp.problem(409)
def approve_export(body: dict[str, Any], run_id: UUID) -> Response:
    """Agree, as the second person, to an export of many homes"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.approve(session, actor, run_id=run_id, **body))


@blp.route("/<uuid:run_id>/refuse", methods=["POST"])
@blp.guard(Permission.EXPORT_APPROVE)
@blp.keyed
@blp.arguments(Refusal)
@blp.response(200, ExportRun)
@blp.problem(404)
@blp.problem(409)
def refuse_export(body: dict[str, Any], run_id: UUID) -> Response:
    """Refuse an export of many homes"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.refuse(session, actor, run_id=run_id, **body))


@blp.route("/<uuid:run_id>/file")
@blp.guard(Permission.EXPORT_RUN)
@blp.doc(responses={"200": _files_of(FORMATS), "206": _files_of(FORMATS)})
@blp.response(200, _BYTES, content_type="application/geopackage+sqlite3")
@blp.problem(404)
@blp.problem(409)
@blp.problem(410)
@blp.problem(416)
def download_export(run_id: UUID) -> Response:
    """Fetch the file of an export, whole or a range; each time on the record"""
    actor = authenticated_actor()
    with transaction(actor) as session:
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
    """Return the bytes of a stored file; those of a bucket are copied to an unnamed temporary file first."""
    store = _store()
    path = store.path(key)
    if path is not None:
        return FilePart(store.open(path), byte_range.first, byte_range.stop)
    spooled = tempfile.TemporaryFile(dir=_settings().spool_folder())  # noqa: SIM115 (closed by the answer)
    store.copy(key, spooled, start=byte_range.first, length=byte_range.length)
    spooled.flush()
    return FilePart(spooled, 0, byte_range.length)
