"""Let a worker stand in for an absent one."""

from typing import Any
from uuid import UUID

from app.core.actor import Permission
from app.core.db import transaction, with_retries
from app.handover import service
from app.handover.schemas import SubstituteWorker, WorkerSubstituted
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("absence", __name__, url_prefix="/api/v1/workers", tag="People and duty")
BLUEPRINTS = (blp,)


@blp.route("/<uuid:worker_id>/substitute", methods=["POST"])
@blp.guard(Permission.WORKER_EDIT, Permission.INCIDENT_DIRECT)
@blp.keyed
@blp.arguments(SubstituteWorker)
@blp.response(200, WorkerSubstituted)
@blp.problem(404)
@blp.problem(409)
def create_substitution(body: dict[str, Any], worker_id: UUID) -> dict[str, Any]:
    """Let somebody stand in for an absent worker"""
    actor = authenticated_actor()

    def act() -> dict[str, Any]:
        with transaction(actor) as session:
            return service.substitute(session, actor, worker_id=worker_id, **body)

    return with_retries(act)
