"""The audit trail."""

from typing import Any

from flask import Response
from flask.views import MethodView

from app.accounts import service
from app.accounts.schemas import AuditFilter, AuditPage
from app.core.actor import Permission
from app.core.db import read_session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("audit", __name__, url_prefix="/api/v1/audit", description="Who did, saw or changed what")


@blp.route("")
class AuditEvents(MethodView):
    @blp.guard(Permission.AUDIT_READ)
    @blp.arguments(AuditFilter, location="query")
    @blp.response(200, AuditPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List audit events, the last first"""
        with read_session() as session:
            return json_bytes(service.list_events(session, authenticated_actor(), **query))
