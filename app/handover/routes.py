"""Route that lets a substitute take over for an absent worker."""

from typing import Any
from uuid import UUID

from app.core.actor import Permission
from app.core.db import Session
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
@blp.problem(404, "not_found")
@blp.problem(
    409,
    "nothing_to_stand_in_for",
    "substitute_is_absent",
    "substitute_of_other_city",
    "substitute_unavailable",
    "substitution_overlaps",
)
@blp.writes
def create_substitution(body: dict[str, Any], worker_id: UUID, *, session: Session) -> dict[str, Any]:
    """Let a substitute take over for a worker

    Gives the grids of an absent worker to a substitute for a time. If the absence begins now, the
    worker goes off duty and their open offers go to the next worker. With `hand_over` the accepted
    cases go to the substitute at once, as far as the rules allow.

    The answer lists the cases that stay with the worker, with the reason, and the times in which
    nobody is planned on the grids. The audit trail has who, when and where, never why. With an
    `Idempotency-Key` a repeated request returns the first answer; without one it is 409
    `substitution_overlaps`.
    """
    return service.substitute(session, authenticated_actor(), worker_id=worker_id, **body)
