"""Routes of the audit trail: search and export."""

from typing import Any

from flask import Response

from app.accounts import service
from app.accounts.schemas.audit import AuditFilter, AuditPage, ExportAudit
from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("audit", __name__, url_prefix="/api/v1/audit", tag="Administration")


@blp.route("/search", methods=["POST"])
@blp.guard(Permission.AUDIT_READ)
@blp.arguments(AuditFilter)
@blp.response(200, AuditPage)
@blp.writes
def search_audit_events(body: dict[str, Any], *, session: Session) -> Response:
    """Search audit events

    Returns audit events in the areas of the caller, newest first. All criteria must match. The
    search itself is stored as an audit event, with its criteria but without the searched purpose.

    It is a POST, so that the criteria are not in addresses and logs.
    """
    actor = authenticated_actor()
    return json_bytes(service.list_events(session, actor, **body))


@blp.route("/export", methods=["POST"])
@blp.guard(Permission.AUDIT_READ)
@blp.arguments(ExportAudit)
@blp.response(200, {"type": "string"}, content_type="text/csv")
@blp.problem(422, "sheet_too_long")
@blp.writes
def export_audit_events(body: dict[str, Any], *, session: Session) -> Response:
    """Export audit events as CSV

    Returns the events that match as CSV (UTF-8 with byte order mark, header row), newest first.
    Without a criterion it exports all events that the caller may read. More than 5,000 events are
    refused with 422 `sheet_too_long`. The export and its `reason` are stored as an audit event.
    """
    actor = authenticated_actor()
    sheet = service.export_events(session, actor, **body)
    return Response(sheet, content_type="text/csv; charset=utf-8")
