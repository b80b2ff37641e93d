"""Imports over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.exchange import service
from app.exchange.schemas import (
    FaultFilter,
    FaultPage,
    ImportOptions,
    ImportRun,
    RunFilter,
    RunPage,
    UndoImport,
    UndoneImport,
)
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("imports", __name__, url_prefix="/api/v1/imports", tag="Files")


@blp.route("")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(RunFilter, location="query")
@blp.response(200, RunPage)
def list_imports(query: dict[str, Any]) -> Response:
    """List imports, the newest first"""
    with read_session() as session:
        return json_bytes(service.list_runs(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.takes_bytes("import_limit_bytes")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(ImportOptions, location="query")
@blp.response(200, ImportRun)
@blp.alt_response(202, schema=ImportRun, success=True)
@blp.problem(413)
def import_file(query: dict[str, Any]) -> Response:
    """Import a file (the body): a small one at once, a larger one as a job"""
    body, has_ended = service.request_import(
        transaction,
        authenticated_actor(),
        file=request.get_data(cache=False),
        at_once_bytes=current_app.extensions["settings"].import_at_once_bytes,
        **query,
    )
    return json_bytes(body, 200 if has_ended else 202)


@blp.route("/<uuid:run_id>")
@blp.guard(Permission.IMPORT_RUN)
@blp.response(200, ImportRun)
@blp.problem(404)
def read_import(run_id: UUID) -> Response:
    """Read how far an import is, or what came of it"""
    with read_session() as session:
        return json_bytes(service.describe_run(session, authenticated_actor(), run_id=run_id))


@blp.route("/<uuid:run_id>/errors")
@blp.guard(Permission.IMPORT_RUN)
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blp.problem(404)
def download_refused_rows(run_id: UUID) -> Response:
    """Download the rows that were refused, each with its reason, in the shape of what was sent"""
    with read_session() as session:
        error_file = service.error_file_of(session, authenticated_actor(), run_id=run_id)
    response = Response(error_file.content, content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=error_file.name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.route("/<uuid:run_id>/faults")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(FaultFilter, location="query")
@blp.response(200, FaultPage)
@blp.problem(404)
def list_import_faults(query: dict[str, Any], run_id: UUID) -> Response:
    """List the rows that were refused, each with what is wrong with it"""
    with read_session() as session:
        return json_bytes(service.faults_of(session, authenticated_actor(), run_id=run_id, **query))


@blp.route("/<uuid:run_id>/undo", methods=["POST"])
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(UndoImport)
@blp.response(200, UndoneImport)
@blp.problem(404)
@blp.problem(409)
def undo_import(body: dict[str, Any], run_id: UUID) -> service.UndoResult:
    """Take back what an import made and nothing depends on; list what stays, with the reason of each"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.undo_import(session, actor, run_id=run_id, made_limit=service.UNDO_LIMIT, **body)
