"""/residents, /care-tags, /consents, /visits: what hangs on a household."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.households import service
from app.households.schemas.people import (
    AddCareTag,
    CareTagOut,
    CareTagPatch,
    ConsentOut,
    EraseResident,
    MoveResident,
    ResidentOut,
    ResidentPatch,
    ResidentRevealed,
    RevealResident,
)
from app.households.schemas.visits import DueFilter, DuePage
from app.http.responses import expected_version, json_bytes, json_response, no_content
from app.http.smorest import Blueprint, authenticated_actor

residents = Blueprint("residents", __name__, url_prefix="/api/v1/residents", tag="Register")
care_tags = Blueprint("care-tags", __name__, url_prefix="/api/v1/care-tags", tag="Register")
consents = Blueprint("consents", __name__, url_prefix="/api/v1/consents", tag="Register")
visits = Blueprint("visits", __name__, url_prefix="/api/v1/visits", tag="Register")


@residents.route("/<uuid:resident_id>", methods=["PATCH"])
@residents.guard(Permission.RESIDENT_EDIT)
@residents.arguments(ResidentPatch)
@residents.response(200, ResidentOut)
@residents.problem(404)
@residents.problem(412)
@residents.problem(428)
def update_resident(changes: dict[str, Any], resident_id: UUID) -> Response:
    """Change what is known of a resident"""
    actor, expected = authenticated_actor(), expected_version(required=True)
    with transaction(actor) as session:
        body, version = service.change_resident(
            session, actor, resident_id=resident_id, expected=expected, changes=changes
        )
    return json_bytes(body, version=version)


@residents.route("/<uuid:resident_id>", methods=["DELETE"])
@residents.guard(Permission.RESIDENT_ERASE)
@residents.arguments(EraseResident)
@residents.response(204)
@residents.problem(404)
def erase_resident(body: dict[str, Any], resident_id: UUID) -> Response:
    """Forget a resident, in the history too"""
    actor, ledger = authenticated_actor(), current_app.extensions["erasure_ledger"]
    with transaction(actor) as session:
        service.erase_resident(session, actor, resident_id=resident_id, ledger=ledger, **body)
    return no_content()


@residents.route("/<uuid:resident_id>/reveal", methods=["POST"])
@residents.guard(Permission.RESIDENT_REVEAL)
@residents.arguments(RevealResident)
@residents.response(200, ResidentRevealed)
@residents.problem(404)
@residents.problem(429)
def reveal_resident(body: dict[str, Any], resident_id: UUID) -> Response:
    """Show fields of a resident, for a purpose, on the record"""
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    with transaction(actor) as session:
        return json_response(
            service.reveal_resident(session, actor, resident_id=resident_id, settings=settings, **body)
        )


@residents.route("/<uuid:resident_id>/move", methods=["POST"])
@residents.guard(Permission.RESIDENT_EDIT)
@residents.arguments(MoveResident)
@residents.response(200, ResidentOut)
@residents.problem(404)
@residents.problem(412)
@residents.problem(428)
def move_resident(body: dict[str, Any], resident_id: UUID) -> Response:
    """Move a resident to another household, with care tags and consents"""
    actor, expected = authenticated_actor(), expected_version(required=True)
    with transaction(actor) as session:
        resident, version = service.move_resident(
            session, actor, resident_id=resident_id, expected=expected, **body
        )
    return json_bytes(resident, version=version)


@residents.route("/<uuid:resident_id>/care-tags", methods=["POST"])
@residents.guard(Permission.RESIDENT_EDIT)
@residents.arguments(AddCareTag)
@residents.alt_response(200, schema=CareTagOut, description="Sent before: as it is now", success=True)
@residents.response(201, CareTagOut)
@residents.problem(404)
@residents.problem(409)
def create_care_tag(payload: dict[str, Any], resident_id: UUID) -> Response:
    """Note help that a resident needs, for a purpose and until a day"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        body, is_new = service.add_care_tag(session, actor, resident_id=resident_id, **payload)
    return json_bytes(body, 201 if is_new else 200)


@care_tags.route("/<uuid:tag_id>", methods=["PATCH"])
@care_tags.guard(Permission.RESIDENT_EDIT)
@care_tags.arguments(CareTagPatch)
@care_tags.response(200, CareTagOut)
@care_tags.problem(404)
@care_tags.problem(412)
@care_tags.problem(428)
def update_care_tag(changes: dict[str, Any], tag_id: UUID) -> Response:
    """Change purpose, end or cycle of a care tag"""
    actor, expected = authenticated_actor(), expected_version(required=True)
    with transaction(actor) as session:
        body, version = service.change_care_tag(
            session, actor, tag_id=tag_id, expected=expected, changes=changes
        )
    return json_bytes(body, version=version)


@care_tags.route("/<uuid:tag_id>", methods=["DELETE"])
@care_tags.guard(Permission.RESIDENT_EDIT)
@care_tags.response(204)
@care_tags.problem(404)
def end_care_tag(tag_id: UUID) -> Response:
    """End a care tag: the help is no longer needed"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        service.end_care_tag(session, actor, tag_id=tag_id)
    return no_content()


@consents.route("/<uuid:consent_id>/withdraw", methods=["POST"])
@consents.guard(Permission.RESIDENT_EDIT)
@consents.response(200, ConsentOut)
@consents.problem(404)
def withdraw_consent(consent_id: UUID) -> Response:
    """Note that a consent was taken back"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.withdraw_consent(session, actor, consent_id=consent_id))


@visits.route("/due")
@visits.guard(Permission.RESIDENT_READ)
@visits.arguments(DueFilter, location="query")
@visits.response(200, DuePage)
def list_due_visits(query: dict[str, Any]) -> Response:
    """List the households I look after where a visit or a member's task is due"""
    with read_session() as session:
        return json_bytes(service.list_due(session, authenticated_actor(), **query))
