"""Routes of the transitions of a case."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases.routes.writes import case_response
from app.incidents.lifecycle import schemas, service

blp = Blueprint("transitions", __name__, url_prefix="/api/v1/incidents", tag="Cases and life cycle")
BLUEPRINTS = (blp,)


@blp.route("/<uuid:incident_id>/transitions", methods=["POST"])
@blp.guard(Permission.INCIDENT_HANDLE)
@blp.keyed
@blp.arguments(schemas.Transition)
@blp.response(200, case_schemas.IncidentOut)
@blp.problem(404, "not_found")
@blp.if_match(required=False)
@blp.problem(
    409,
    "assignment_taken",
    "case_locked",
    "category_not_admitted",
    "category_unowned",
    "contest_too_late",
    "extended_enough",
    "extension_not_asked",
    "extension_pending",
    "extension_too_late",
    "extension_too_long",
    "media_hangs_elsewhere",
    "media_refused",
    "no_open_parts",
    "not_extended",
    "not_locked",
    "not_pinned",
    "not_supervised",
    "nothing_proposed",
    "offer_not_live",
    "own_deferral",
    "own_extension",
    "own_order_contested",
    "own_work_check",
    "parts_unfinished",
    "presence_not_shown",
    "same_unit",
    "stage_not_running",
    "transition_illegal",
    "transition_not_yours",
    "unit_has_part",
    "unit_leads",
    "worker_not_eligible",
)
@blp.writes
def transition_incident(
    payload: dict[str, Any], incident_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Take a step with a case

    Moves the case through its life cycle, or records a decision that leaves its state. `action` selects the step;
    which fields it needs depends on it. `allowed` in the answer of `readIncident` lists the steps that are open to
    the caller. The step is stored in the history and the audit trail, and workers and units concerned get or lose
    their offers in the same transaction. Repeating a step that has changed the state answers 409; an
    `Idempotency-Key` makes a repetition safe. With `If-Match` the step applies only to that version of the case.
    """
    actor = authenticated_actor()
    return case_response(
        session,
        actor,
        service.apply_transition(session, actor, incident_id=incident_id, expected=expected, **payload),
    )
