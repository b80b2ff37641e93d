"""/households: who keeps house where; its members masked, and only for those who may read of people."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.households import service
from app.households.schemas.households import (
    AddHousehold,
    FindHouseholds,
    HouseholdDetail,
    HouseholdFilter,
    HouseholdPage,
    HouseholdPatch,
    ResidenceCounts,
    ResidenceQuery,
)
from app.households.schemas.people import AddConsent, AddResident, ConsentOut, ResidentOut
from app.households.schemas.visits import DueOut, DueQuery, RecordVisit, VisitOut, VisitPage, VisitPageQuery
from app.http.responses import expected_version, json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("households", __name__, url_prefix="/api/v1/households", tag="Register")


@blp.route("")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.arguments(HouseholdFilter, location="query")
@blp.response(200, HouseholdPage)
def list_households(query: dict[str, Any]) -> Response:
    """List the households I look after"""
    with read_session() as session:
        return json_bytes(service.list_households(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_EDIT)
@blp.arguments(AddHousehold)
@blp.alt_response(200, schema=HouseholdDetail, description="Sent before: as it is now", success=True)
@blp.response(201, HouseholdDetail)
@blp.problem(404)
@blp.problem(409)
def create_household(payload: dict[str, Any]) -> Response:
    """Add a household to premises"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        body, version, is_new = service.add_household(session, actor, **payload)
    return json_bytes(body, 201 if is_new else 200, version=version)


@blp.route("/search", methods=["POST"])
@blp.guard(Permission.RESIDENT_READ)
@blp.arguments(FindHouseholds)
@blp.response(200, HouseholdPage)
@blp.problem(429)
def search_households(body: dict[str, Any]) -> Response:
    """Find households by the whole name of a resident: not in an address, and on the record"""
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    with transaction(actor) as session:
        return json_bytes(service.find_households(session, actor, settings=settings, **body))


@blp.route("/residence")
@blp.guard(Permission.HOUSEHOLD_READ, Permission.RESIDENT_READ)
@blp.arguments(ResidenceQuery, location="query")
@blp.response(200, ResidenceCounts)
def count_residence(query: dict[str, Any]) -> dict[str, Any]:
    """Count residents and households by where they are registered and where they live (人户分离)"""
    with read_session() as session:
        return service.count_residence(session, authenticated_actor(), **query)


@blp.route("/<uuid:household_id>")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.response(200, HouseholdDetail)
@blp.problem(404)
def read_household(household_id: UUID) -> Response:
    """Read a household with its members, masked"""
    with read_session() as session:
        body, version = service.household(session, authenticated_actor(), household_id=household_id)
    response = json_bytes(body)
    # For If-Match on PATCH only: its members change without it.
    response.headers["ETag"] = f'"{version}"'
    return response


@blp.route("/<uuid:household_id>", methods=["PATCH"])
@blp.guard(Permission.HOUSEHOLD_EDIT)
@blp.patch_arguments(
    HouseholdPatch,
    answer=HouseholdDetail,
    read=service.household,
    derived=("visits", "members", "consents"),
)
@blp.response(200, HouseholdDetail)
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
@blp.problem(428)
def update_household(changes: dict[str, Any], household_id: UUID) -> Response:
    """Change a household, or undo that it declined or moved away"""
    actor, expected = authenticated_actor(), expected_version(required=True)
    with transaction(actor) as session:
        body, version = service.change_household(
            session, actor, household_id=household_id, expected=expected, changes=changes
        )
    return json_bytes(body, version=version)


@blp.route("/<uuid:household_id>/residents", methods=["POST"])
@blp.guard(Permission.RESIDENT_EDIT)
@blp.arguments(AddResident)
@blp.alt_response(200, schema=ResidentOut, description="Sent before: as it is now", success=True)
@blp.response(201, ResidentOut)
@blp.problem(404)
@blp.problem(409)
def create_resident(payload: dict[str, Any], household_id: UUID) -> Response:
    """Add a resident to a household"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        body, is_new = service.add_resident(session, actor, household_id=household_id, **payload)
    return json_bytes(body, 201 if is_new else 200)


@blp.route("/<uuid:household_id>/consents", methods=["POST"])
@blp.guard(Permission.RESIDENT_EDIT)
@blp.arguments(AddConsent)
@blp.alt_response(200, schema=ConsentOut, description="Sent before: as it is now", success=True)
@blp.response(201, ConsentOut)
@blp.problem(404)
@blp.problem(409)
def create_consent(payload: dict[str, Any], household_id: UUID) -> Response:
    """Note what a household or a resident agreed to"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        body, is_new = service.add_consent(session, actor, household_id=household_id, **payload)
    return json_bytes(body, 201 if is_new else 200)


@blp.route("/<uuid:household_id>/due")
@blp.guard(Permission.RESIDENT_READ)
@blp.arguments(DueQuery, location="query")
@blp.response(200, DueOut)
@blp.problem(404)
def read_due_tasks(query: dict[str, Any], household_id: UUID) -> Response:
    """Show what one visit would settle: the visit, and every task of every member"""
    with read_session() as session:
        return json_bytes(
            service.due_in_household(session, authenticated_actor(), household_id=household_id, **query)
        )


@blp.route("/<uuid:household_id>/visits")
@blp.guard(Permission.RESIDENT_READ)
@blp.arguments(VisitPageQuery, location="query")
@blp.response(200, VisitPage)
@blp.problem(404)
def list_household_visits(query: dict[str, Any], household_id: UUID) -> Response:
    """List the visits to a household, the last first"""
    with read_session() as session:
        return json_bytes(
            service.list_visits(session, authenticated_actor(), household_id=household_id, **query)
        )


@blp.route("/<uuid:household_id>/visits", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_EDIT, Permission.RESIDENT_READ)
@blp.arguments(RecordVisit)
@blp.alt_response(200, schema=VisitOut, description="Sent before: as it is now", success=True)
@blp.response(201, VisitOut)
@blp.problem(404)
@blp.problem(409)
def record_visit(payload: dict[str, Any], household_id: UUID) -> Response:
    """Record a visit, with the members' tasks that were done"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        body, is_new = service.record_visit(session, actor, household_id=household_id, **payload)
    return json_bytes(body, 201 if is_new else 200)
