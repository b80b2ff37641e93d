"""Doors of acts over many domains."""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.core.actor import Permission
from app.core.db import transaction, with_retries
from app.governance import service
from app.governance.schemas import (
    AreasRedrawn,
    RedrawAreas,
    RedrawQuery,
    SubstituteWorker,
    WorkerSubstituted,
)
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint(
    "redraw",
    __name__,
    url_prefix="/api/v1/areas/redraw",
    description="Splitting, merging and moving boundaries",
)
absence = Blueprint(
    "absence", __name__, url_prefix="/api/v1/workers", description="Standing in for somebody who is absent"
)
BLUEPRINTS = (blp, absence)


@blp.route("")
class Redraw(MethodView):
    @blp.guard(Permission.AREA_EDIT)
    @blp.keyed
    @blp.arguments(RedrawQuery, location="query")
    @blp.arguments(RedrawAreas)
    @blp.response(200, AreasRedrawn)
    @blp.alt_response(404, "NOT_FOUND")
    def post(self, query: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """Redraw siblings together and re-home what is on their land"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            return service.redraw(session, actor, **query, **body)


@absence.route("/<uuid:worker_id>/substitute", methods=["POST"])
@absence.guard(Permission.WORKER_EDIT, Permission.INCIDENT_DIRECT)
@absence.keyed
@absence.arguments(SubstituteWorker)
@absence.response(200, WorkerSubstituted)
@absence.alt_response(404, "NOT_FOUND")
@absence.alt_response(409, "CONFLICT")
def substitute(body: dict[str, Any], worker_id: UUID) -> dict[str, Any]:
    """Let somebody stand in for an absent worker"""
    actor = authenticated_actor()

    def act() -> dict[str, Any]:
        with transaction(actor) as session:
            return service.substitute(session, actor, worker_id=worker_id, **body)

    return with_retries(act)
