"""Routes of the offers and assignments of the caller."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Actor, Permission
from app.core.db import Session
from app.http.responses import (
    json_bytes,
    no_content,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.http.usual_queries import usual_arguments
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases import service as cases
from app.incidents.cases.routes.writes import case_response
from app.incidents.dispatching import schemas, service

assignments = Blueprint("assignments", __name__, url_prefix="/api/v1/assignments", tag="Dispatch")
offers = Blueprint("offers", __name__, url_prefix="/api/v1/offers", tag="Dispatch")


def _read_assignments(actor: Actor, filters: dict[str, Any]) -> tuple[bytes, None]:
    return cases.assignments_of_mine(actor, **filters), None


@assignments.route("")
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.arguments(case_schemas.AssignmentFilter, location="query")
@assignments.response(200, case_schemas.AssignmentList)
@assignments.answers_directly(_read_assignments, usual_arguments(case_schemas.AssignmentFilter, "filters"))
def list_assignments(filters: dict[str, Any]) -> Response:
    """List the caller's offers and assignments

    Returns a page of what the caller has to answer or to do: open offers, accepted assignments, and the queues of
    the caller's units. The soonest deadline comes first, cases without one last. Each item has the case. Ended
    assignments are not listed.
    """
    return json_bytes(cases.assignments_of_mine(authenticated_actor(), **filters))


@assignments.route("/<uuid:assignment_id>/accept", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.response(200, case_schemas.IncidentOut)
@assignments.problem(404, "not_found")
@assignments.problem(409, "assignment_taken", "offer_not_live", "transition_illegal", "worker_not_eligible")
@assignments.writes
def accept_assignment(assignment_id: UUID, *, session: Session) -> Response:
    """Accept an offered assignment

    Gives the caller the assignment of an open offer, or of the queue of a unit of the caller. Handling moves the
    case to `accepted`; other kinds of work leave its state. If several workers have an offer, the first one who
    accepts gets the assignment and the other offers are withdrawn. Accepting an assignment that the caller has
    already answers 200 and changes nothing.
    """
    actor = authenticated_actor()
    return case_response(session, actor, service.accept(session, actor, assignment_id=assignment_id))


@assignments.route("/<uuid:assignment_id>/transitions", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.arguments(schemas.AssignmentTransition)
@assignments.response(200, case_schemas.IncidentOut)
@assignments.problem(404, "not_found")
@assignments.problem(409, "assignment_further_on", "assignment_not_held", "transition_illegal")
@assignments.writes
def transition_assignment(body: dict[str, Any], assignment_id: UUID, *, session: Session) -> Response:
    """Record progress of an accepted assignment

    `en_route` and `on_scene` record that the worker set out or arrived; the state of the case does not change.
    `fail` gives the assignment back: the case is dispatched again in the same transaction, and the rules do not
    offer it to this worker again. A joint part that is given back waits for a supervisor. Recording the same
    progress again changes nothing; going back from `on_scene` to `en_route` is refused. The progress is stored in
    the history of the case.
    """
    actor = authenticated_actor()
    return case_response(
        session, actor, service.record_progress(session, actor, assignment_id=assignment_id, **body)
    )


@assignments.route("/<uuid:assignment_id>/decline", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.arguments(schemas.Decline)
@assignments.response(200, case_schemas.IncidentOut)
@assignments.problem(404, "not_found")
@assignments.problem(409, "offer_not_live")
@assignments.writes
def decline_assignment(body: dict[str, Any], assignment_id: UUID, *, session: Session) -> Response:
    """Decline an offered assignment

    Ends the caller's offer with a reason, which is stored in the history of the case. If no other offer is open,
    the next worker gets one in the same transaction, or the case waits. A pin to the caller ends. With
    `conflict_of_interest` the decline does not count in the figures of the worker, and the worker is excluded from
    this work on the case. Repeating the request answers 409, because the offer has ended.
    """
    actor = authenticated_actor()
    return case_response(session, actor, service.decline(session, actor, assignment_id=assignment_id, **body))


@offers.route("/<uuid:offer_id>/delivered", methods=["POST"])
@offers.guard(Permission.INCIDENT_HANDLE)
@offers.keyed
@offers.response(204)
@offers.problem(404, "not_found")
@offers.writes
def confirm_offer_delivery(offer_id: UUID, *, session: Session) -> Response:
    """Confirm that an offer reached the device

    Stores when the offer of the caller reached their device; supervisors see it as `delivered`. The first
    confirmation counts, and a repeated one changes nothing. An offer that expires without delivery is `undelivered`
    and not counted for the worker. Offers that the device gets by `GET /sync` are confirmed by it.
    """
    actor = authenticated_actor()
    service.deliver(session, actor, offer_id=offer_id)
    return no_content()
