"""Imports over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask.views import MethodView

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
class Imports(MethodView):
    @blp.guard(Permission.IMPORT_RUN)
    @blp.arguments(RunFilter, location="query")
    @blp.response(200, RunPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List imports, the newest first"""
        with read_session() as session:
            return json_bytes(service.list_runs(session, authenticated_actor(), **query))


@blp.route("/<kind>")
class NewImport(MethodView):
    @blp.takes_bytes("import_limit_bytes")
    @blp.guard(Permission.IMPORT_RUN)
    @blp.arguments(ImportOptions, location="query")
    @blp.response(200, ImportRun)
    @blp.alt_response(202, schema=ImportRun, success=True)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(413, "CONTENT_TOO_LARGE")
    def post(self, query: dict[str, Any], kind: str) -> Response:
        """Import a file (the body): a small one at once, a larger one as a job"""
        body, has_ended = service.request_import(
            transaction,
            authenticated_actor(),
            kind=kind,
            file=request.get_data(cache=False),
            at_once_bytes=current_app.extensions["settings"].import_at_once_bytes,
            **query,
        )
        return json_bytes(body, 200 if has_ended else 202)


@blp.route("/<uuid:run_id>")
class OneImport(MethodView):
    @blp.guard(Permission.IMPORT_RUN)
    @blp.response(200, ImportRun)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, run_id: UUID) -> Response:
        """Read how far an import is, or what came of it"""
        with read_session() as session:
            return json_bytes(service.describe_run(session, authenticated_actor(), run_id=run_id))


@blp.route("/<uuid:run_id>/errors")
class RefusedRows(MethodView):
    @blp.guard(Permission.IMPORT_RUN)
    @blp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, run_id: UUID) -> Response:
        """Download the rows that were refused, each with its reason, in the shape of what was sent"""
        with read_session() as session:
            error_file = service.error_file_of(session, authenticated_actor(), run_id=run_id)
        response = Response(error_file.content, content_type="application/octet-stream")
        response.headers.set("Content-Disposition", "attachment", filename=error_file.name)
        response.headers["Cache-Control"] = "no-store"
        return response


@blp.route("/<uuid:run_id>/faults")
class FaultsOfRows(MethodView):
    @blp.guard(Permission.IMPORT_RUN)
    @blp.arguments(FaultFilter, location="query")
    @blp.response(200, FaultPage)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, query: dict[str, Any], run_id: UUID) -> Response:
        """List the rows that were refused, each with what is wrong with it"""
        with read_session() as session:
            return json_bytes(service.faults_of(session, authenticated_actor(), run_id=run_id, **query))


@blp.route("/<uuid:run_id>/undo", methods=["POST"])
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(UndoImport)
@blp.response(200, UndoneImport)
@blp.alt_response(404, "NOT_FOUND")
@blp.alt_response(409, "CONFLICT")
def undo(body: dict[str, Any], run_id: UUID) -> service.UndoResult:
    """Take back what an import made and nothing depends on; list what stays, with the reason of each"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.undo_import(session, actor, run_id=run_id, made_limit=service.UNDO_LIMIT, **body)
