"""The roster, and shifts from and to sheets."""

from typing import Any

from flask import Response, request

from app.core.actor import Permission
from app.core.db import read_session, transaction
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
def read_roster(query: dict[str, Any]) -> Response:
    """List my grids with who is planned there, and when nobody is"""
    with read_session() as session:
        return json_bytes(service.roster(session, authenticated_actor(), **query))


@blp.route("/shifts.csv")
@blp.guard(Permission.WORKER_EDIT)
@blp.arguments(schemas.ShiftSheetFilter, location="query")
@blp.response(200, {"type": "string"}, content_type=CSV)
def export_shifts(query: dict[str, Any]) -> Response:
    """Give the planned shifts as a sheet"""
    with read_session() as session:
        body = service.export_shifts(session, authenticated_actor(), **query)
    return Response(body, content_type=f"{CSV}; charset=utf-8")


@blp.route("/shifts/import", methods=["POST"])
@blp.guard(Permission.WORKER_EDIT)
@blp.keyed
@blp.takes(CSV, "Columns worker (user name or id), date, start, end, note; local times; UTF-8 or GB18030")
@blp.arguments(schemas.ShiftImport, location="query")
@blp.response(200, schemas.ShiftsImported)
@blp.problem(409)
@blp.problem(415)
def import_shifts(query: dict[str, Any]) -> dict[str, Any]:
    """Plan the shifts of a sheet, all or none"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.import_shifts(session, actor, sheet=request.get_data(), **query)
