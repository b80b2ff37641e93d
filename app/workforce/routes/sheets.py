"""Routes of the roster (grids with shifts and gaps), and of shifts as CSV."""

from typing import Any

from flask import Response, request

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.workforce import service
from app.workforce.schemas import roster as schemas

CSV = "text/csv"
blp = Blueprint("roster", __name__, url_prefix="/api/v1", tag="People and duty")


@blp.route("/shifts/roster")
@blp.guard(Permission.WORKER_READ)
@blp.arguments(schemas.RosterFilter, location="query")
@blp.response(200, schemas.RosterPage)
@blp.reads
def read_roster(query: dict[str, Any], *, session: Session) -> Response:
    """List grids with shifts and gaps

    Lists the grids in the areas of the caller with the responsible workers, their planned shifts
    and the gaps in which nobody is planned. The period is a week from now by default and at most 31
    days. With `hours`, only these local hours of each day can be gaps.
    """
    return json_bytes(service.roster(session, authenticated_actor(), **query))


@blp.route("/shifts.csv")
@blp.guard(Permission.WORKER_EDIT)
@blp.arguments(schemas.ShiftSheetFilter, location="query")
@blp.response(200, {"type": "string"}, content_type=CSV)
@blp.problem(422, "sheet_too_long")
@blp.reads
def export_shifts(query: dict[str, Any], *, session: Session) -> Response:
    """Export planned shifts as CSV

    Returns the shifts of the workers whom the caller manages, in the form that `importShifts` reads
    back. Times are local times of the jurisdiction. The period is a week from now by default and at
    most 31 days. More than 5,000 shifts are refused with 422 `sheet_too_long`.
    """
    body = service.export_shifts(session, authenticated_actor(), **query)
    return Response(body, content_type=f"{CSV}; charset=utf-8")


@blp.route("/shifts/import", methods=["POST"])
@blp.guard(Permission.WORKER_EDIT)
@blp.keyed
@blp.takes(CSV, "Columns worker (user name or id), date, start, end, note; local times; UTF-8 or GB18030")
@blp.arguments(schemas.ShiftImport, location="query")
@blp.response(200, schemas.ShiftsImported)
@blp.problem(409, "shift_overlaps")
@blp.problem(415)
@blp.problem(422, "sheet_has_faults", "sheet_too_long", "encoding_unknown")
@blp.writes
def import_shifts(query: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Import planned shifts from CSV

    Plans the shifts of a sheet of at most 5,000 rows: all of them, or none if a row has a fault.
    With `partial=true` the rows without faults are planned. With `dry_run=true` nothing is stored,
    and the answer has the counts and faults.

    Idempotent: a shift that is planned already is `unchanged`; one that differs only in its note
    gets the new note. The caller must manage every worker of the sheet.
    """
    actor = authenticated_actor()
    return service.import_shifts(session, actor, sheet=request.get_data(), **query)
