"""The audit trail."""

from typing import Any

from flask import Response

from app.accounts import service
from app.accounts.schemas.audit import AuditFilter, AuditPage, ExportAudit
from app.core.actor import Permission
from app.core.db import transaction
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("audit", __name__, url_prefix="/api/v1/audit", tag="Administration")


@blp.route("/search", methods=["POST"])
@blp.guard(Permission.AUDIT_READ)
@blp.arguments(AuditFilter)
@blp.response(200, AuditPage)
def search_audit_events(body: dict[str, Any]) -> Response:
    """List audit events, the last first; that they were read is one, and what was looked for stands in no address"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.list_events(session, actor, **body))


@blp.route("/export", methods=["POST"])
@blp.guard(Permission.AUDIT_READ)
@blp.arguments(ExportAudit)
@blp.response(200, {"type": "string"}, content_type="text/csv")
def export_audit_events(body: dict[str, Any]) -> Response:
    """Give audit events as a sheet, for a reason, on the record"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        sheet = service.export_events(session, actor, **body)
    return Response(sheet, content_type="text/csv; charset=utf-8")
