"""Offers and work of the caller."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import transaction
from app.http.responses import (
    json_bytes,
    no_content,
)
from app.http.smorest import Blueprint, authenticated_actor
from app.incidents.cases import schemas as case_schemas
from app.incidents.cases import service as cases
from app.incidents.cases.routes.writes import written
from app.incidents.dispatching import schemas, service

assignments = Blueprint("assignments", __name__, url_prefix="/api/v1/assignments", tag="Dispatch")
offers = Blueprint("offers", __name__, url_prefix="/api/v1/offers", tag="Dispatch")


@assignments.route("")
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.arguments(case_schemas.AssignmentFilter, location="query")
@assignments.response(200, case_schemas.AssignmentList)
def list_assignments(filters: dict[str, Any]) -> Response:
    """List what is offered to me, what I accepted, and my units' queues"""
    return json_bytes(cases.assignments_of_mine(authenticated_actor(), **filters))


@assignments.route("/<uuid:assignment_id>/accept", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.response(200, case_schemas.IncidentOut)
@assignments.problem(404)
@assignments.problem(409)
def accept_assignment(assignment_id: UUID) -> Response:
    """Accept an offer, or an item of my unit's queue"""
    return written(partial(service.accept, assignment_id=assignment_id))


@assignments.route("/<uuid:assignment_id>/transitions", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.arguments(schemas.AssignmentTransition)
@assignments.response(200, case_schemas.IncidentOut)
@assignments.problem(404)
@assignments.problem(409)
def transition_assignment(body: dict[str, Any], assignment_id: UUID) -> Response:
    """Say that I am on my way, that I am there, or that I cannot do it"""
    return written(partial(service.record_progress, assignment_id=assignment_id, **body))


@assignments.route("/<uuid:assignment_id>/decline", methods=["POST"])
@assignments.guard(Permission.INCIDENT_HANDLE)
@assignments.keyed
@assignments.arguments(schemas.Decline)
@assignments.response(200, case_schemas.IncidentOut)
@assignments.problem(404)
@assignments.problem(409)
def decline_assignment(body: dict[str, Any], assignment_id: UUID) -> Response:
    """Decline an offer, with a reason"""
    return written(partial(service.decline, assignment_id=assignment_id, **body))


@offers.route("/<uuid:offer_id>/delivered", methods=["POST"])
@offers.guard(Permission.INCIDENT_HANDLE)
@offers.keyed
@offers.response(204)
@offers.problem(404)
def confirm_offer_delivery(offer_id: UUID) -> Response:
    """Say that my phone has an offer"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.deliver(session, actor, offer_id=offer_id)
    return no_content()
