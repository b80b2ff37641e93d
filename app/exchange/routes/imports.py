"""Views of imports."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from app.core.actor import Permission
from app.core.db import Session, transaction
from app.exchange import service
from app.exchange.rules.exports import FORMATS
from app.exchange.schemas.imports import (
    TEMPLATE_FORMATS,
    FaultFilter,
    FaultPage,
    ImportColumns,
    ImportColumnsOptions,
    ImportOptions,
    ImportRun,
    RunFilter,
    RunPage,
    TemplateOptions,
    UndoImport,
    UndoneImport,
)
from app.http.messages import language
from app.http.responses import VARY, json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("imports", __name__, url_prefix="/api/v1/imports", tag="Files")


def _language() -> str:
    return "zh" if language() == "zh-CN" else "en"


def _template_files() -> dict[str, Any]:
    """Return the documentation of an answer that is a template."""
    content = {"schema": {"type": "string", "format": "binary"}}
    media_types = [FORMATS[name].media.partition(";")[0] for name in TEMPLATE_FORMATS]
    return {"description": "The template", "content": dict.fromkeys(media_types, content)}


@blp.route("")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(RunFilter, location="query")
@blp.response(200, RunPage)
@blp.reads
def list_imports(query: dict[str, Any], *, session: Session) -> Response:
    """List imports

    Returns a page of the caller's imports, the newest first. A caller who may import everywhere sees the
    imports of all accounts.
    """
    return json_bytes(service.list_runs(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.takes_bytes("import_limit_bytes")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(ImportOptions, location="query")
@blp.response(200, ImportRun)
@blp.alt_response(202, schema=ImportRun, success=True)
@blp.problem(403, "outside_own_areas")
@blp.problem(413, "body_too_large")
@blp.problem(422, "import_refused")
@blp.problem(503, "import_busy")
def import_file(query: dict[str, Any]) -> Response:
    """Import a file

    Reads the body as a file of rows and stores those that are valid. A small file is imported in the request
    (200), a larger one by a job (202): read the run until `finished_at` is set. Without `partial` one invalid
    row keeps all rows out.

    With `dry_run` everything is validated and counted and nothing is stored. A row that was imported before
    is recognised and not stored twice, so an import may be repeated. A file that cannot be read at all is
    refused (`import_refused`).
    """
    body, has_ended = service.request_import(
        transaction,
        authenticated_actor(),
        file=request.get_data(cache=False),
        at_once_bytes=current_app.extensions["settings"].import_at_once_bytes,
        **query,
    )
    return json_bytes(body, 200 if has_ended else 202)


@blp.route("/template")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(TemplateOptions, location="query")
@blp.doc(responses={"200": _template_files()})
@blp.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
@blp.reads
def download_import_template(query: dict[str, Any], *, session: Session) -> Response:
    """Download a template of an import

    Returns a file with the columns of a kind of import: the head, a row that explains each column, and two
    example rows, which can be imported as they are. Heads and explanations are in the language of
    `Accept-Language`. The examples lie in an area into which the caller may import. Replace the example rows
    with your own; the row of explanations may stay, an import leaves it out.
    """
    content = service.template_file(session, authenticated_actor(), language=_language(), **query)
    kind, format = query["kind"], query["format"]
    response = Response(content, content_type=FORMATS[format].media)
    response.headers.set("Content-Disposition", "attachment", filename=f"{kind}-template.{format}")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = VARY
    return response


@blp.route("/columns", methods=["POST"])
@blp.takes_bytes("import_limit_bytes")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(ImportColumnsOptions, location="query")
@blp.response(200, ImportColumns)
@blp.problem(413, "body_too_large")
@blp.problem(422, "import_refused")
@blp.problem(503, "import_busy")
def read_import_columns(query: dict[str, Any]) -> dict[str, Any]:
    """Read the columns of a file

    Reads the body as a file of rows and returns its columns with their first values, each with a suggestion
    which field it is and why, and all fields of the kind of import. Nothing is stored. The fields that are
    chosen for the columns become `map` of `POST /imports`. Titles and sentences are in the language of
    `Accept-Language`.
    """
    body = request.get_data(cache=False)
    return service.read_columns(transaction, authenticated_actor(), file=body, language=_language(), **query)


@blp.route("/<uuid:run_id>")
@blp.guard(Permission.IMPORT_RUN)
@blp.response(200, ImportRun)
@blp.problem(404, "not_found")
@blp.reads
def read_import(run_id: UUID, *, session: Session) -> Response:
    """Read an import

    Returns the state, the progress and the outcome of an import. `outcome` is null while the import waits or
    runs.
    """
    return json_bytes(service.describe_run(session, authenticated_actor(), run_id=run_id))


@blp.route("/<uuid:run_id>/errors")
@blp.guard(Permission.IMPORT_RUN)
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blp.problem(404, "not_found")
@blp.reads
def download_refused_rows(run_id: UUID, *, session: Session) -> Response:
    """Download the refused rows of an import

    Returns the error file: the refused rows in the format and with the columns of the file that was sent, and
    two more columns, `_row` and `_reason`. The corrected file can be imported. The server erases the error
    file after some days; then, and if no row was refused, the answer is 404.
    """
    error_file = service.error_file_of(session, authenticated_actor(), run_id=run_id)
    response = Response(error_file.content, content_type="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=error_file.name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blp.route("/<uuid:run_id>/faults")
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(FaultFilter, location="query")
@blp.response(200, FaultPage)
@blp.problem(404, "not_found")
@blp.reads
def list_import_faults(query: dict[str, Any], run_id: UUID, *, session: Session) -> Response:
    """List the refused rows of an import

    Returns a page of refused rows in the order of the file, each with its faults and without its content.
    `code` selects rows with one fault.
    """
    return json_bytes(service.faults_of(session, authenticated_actor(), run_id=run_id, **query))


@blp.route("/<uuid:run_id>/undo", methods=["POST"])
@blp.guard(Permission.IMPORT_RUN)
@blp.arguments(UndoImport)
@blp.response(200, UndoneImport)
@blp.problem(404, "not_found")
@blp.problem(409, "import_not_undoable", "import_running", "import_too_large")
@blp.writes
def undo_import(body: dict[str, Any], run_id: UUID, *, session: Session) -> service.UndoResult:
    """Undo an import

    Removes the households, cases and components that the import made and that nothing depends on; lists those
    that stay, each with its reason. Changes of objects that existed before are not undone, and the file can
    be imported again.

    With `dry_run` nothing is removed. Imports of areas, units and workers cannot be undone. A second call
    removes what has become removable since. The undo is recorded in the audit trail.
    """
    actor = authenticated_actor()
    return service.undo_import(session, actor, run_id=run_id, made_limit=service.UNDO_LIMIT, **body)
