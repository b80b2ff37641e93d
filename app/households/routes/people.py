"""Routes of /residents, /care-tags, /consents and /visits."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import Session
from app.households import service
from app.households.schemas.people import (
    AddCareTag,
    CareTagOut,
    CareTagPatch,
    ConsentOut,
    MoveResident,
    ResidentOut,
    ResidentPatch,
    ResidentRevealed,
    RevealResident,
)
from app.households.schemas.visits import DueFilter, DuePage
from app.http.responses import json_bytes, json_response, no_content
from app.http.smorest import Blueprint, authenticated_actor

residents = Blueprint("residents", __name__, url_prefix="/api/v1/residents", tag="Register")
care_tags = Blueprint("care-tags", __name__, url_prefix="/api/v1/care-tags", tag="Register")
consents = Blueprint("consents", __name__, url_prefix="/api/v1/consents", tag="Register")
visits = Blueprint("visits", __name__, url_prefix="/api/v1/visits", tag="Register")


@residents.route("/<uuid:resident_id>", methods=["PATCH"])
@residents.guard(Permission.RESIDENT_EDIT)
@residents.arguments(ResidentPatch)
@residents.response(200, ResidentOut)
@residents.problem(404, "not_found")
@residents.if_match(required=True)
@residents.writes
def update_resident(
    changes: dict[str, Any], resident_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change a resident

    Changes the members that are sent; the answer is masked. `is_registered_here: true` without
    `registered_at` also clears `registered_at`. A text that looks like a national id number is refused (422).
    """
    actor = authenticated_actor()
    body, version = service.change_resident(
        session, actor, resident_id=resident_id, expected=expected, changes=changes
    )
    return json_bytes(body, version=version)


@residents.route("/<uuid:resident_id>/reveal", methods=["POST"])
@residents.guard(Permission.RESIDENT_REVEAL)
@residents.arguments(RevealResident)
@residents.response(200, ResidentRevealed)
@residents.problem(404, "not_found")
@residents.problem(429, "reveal_throttled")
@residents.writes
def reveal_resident(body: dict[str, Any], resident_id: UUID, *, session: Session) -> Response:
    """Reveal fields of a resident

    Returns the named fields unmasked. The purpose, the explanation and the names of the fields are recorded
    in the audit trail. Only a limited number of disclosures is allowed in a window of time.
    """
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    return json_response(
        service.reveal_resident(session, actor, resident_id=resident_id, settings=settings, **body)
    )


@residents.route("/<uuid:resident_id>/move", methods=["POST"])
@residents.guard(Permission.RESIDENT_EDIT)
@residents.arguments(MoveResident)
@residents.response(200, ResidentOut)
@residents.problem(404, "not_found")
@residents.if_match(required=True)
@residents.writes
def move_resident(
    body: dict[str, Any], resident_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Move a resident to another household

    Moves the resident with care tags and consents; visits stay with the household where they were made. A
    household that had moved away is opened again and is due to be visited today.

    The caller must be allowed to edit residents at both places. A resident who lives there already is not
    changed. The reason is stored in the audit trail.
    """
    actor = authenticated_actor()
    resident, version = service.move_resident(
        session, actor, resident_id=resident_id, expected=expected, **body
    )
    return json_bytes(resident, version=version)


@residents.route("/<uuid:resident_id>/care-tags", methods=["POST"])
@residents.guard(Permission.RESIDENT_EDIT)
@residents.arguments(AddCareTag)
@residents.alt_response(200, schema=CareTagOut, description="Sent before: the present state", success=True)
@residents.response(201, CareTagOut)
@residents.problem(404, "not_found")
@residents.problem(409, "id_reused")
@residents.writes
def create_care_tag(payload: dict[str, Any], resident_id: UUID, *, session: Session) -> Response:
    """Add a care tag to a resident

    Stores the help that a resident needs, for a purpose and until a day within 366 days. With `cycle_days`
    the tag is a task, due today and again after each visit that does it.

    `id` is made by the client. The same body under the same `id` stores nothing again and answers 200 with
    the present state.
    """
    actor = authenticated_actor()
    body, is_new = service.add_care_tag(session, actor, resident_id=resident_id, **payload)
    return json_bytes(body, 201 if is_new else 200)


@care_tags.route("/<uuid:tag_id>", methods=["PATCH"])
@care_tags.guard(Permission.RESIDENT_EDIT)
@care_tags.arguments(CareTagPatch)
@care_tags.response(200, CareTagOut)
@care_tags.problem(404, "not_found")
@care_tags.if_match(required=True)
@care_tags.writes
def update_care_tag(
    changes: dict[str, Any], tag_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change a care tag

    Changes purpose, last day or cycle. With a new cycle the task is due today; with `cycle_days` null the tag
    is no longer a task. A tag that has ended is not found.
    """
    actor = authenticated_actor()
    body, version = service.change_care_tag(session, actor, tag_id=tag_id, expected=expected, changes=changes)
    return json_bytes(body, version=version)


@care_tags.route("/<uuid:tag_id>", methods=["DELETE"])
@care_tags.guard(Permission.RESIDENT_EDIT)
@care_tags.response(204)
@care_tags.problem(404, "not_found")
@care_tags.writes
def end_care_tag(tag_id: UUID, *, session: Session) -> Response:
    """End a care tag

    Ends the tag now: the resident no longer needs the help, and its task is no longer due. A tag that has
    ended is not found (404).
    """
    actor = authenticated_actor()
    service.end_care_tag(session, actor, tag_id=tag_id)
    return no_content()


@consents.route("/<uuid:consent_id>/withdraw", methods=["POST"])
@consents.guard(Permission.RESIDENT_EDIT)
@consents.response(200, ConsentOut)
@consents.problem(404, "not_found")
@consents.writes
def withdraw_consent(consent_id: UUID, *, session: Session) -> Response:
    """Withdraw a consent

    Stores that the consent was withdrawn now, and by whom it was recorded. The consent stays readable.
    Idempotent: a consent that was withdrawn before keeps its time.
    """
    actor = authenticated_actor()
    return json_bytes(service.withdraw_consent(session, actor, consent_id=consent_id))


@visits.route("/due")
@visits.guard(Permission.RESIDENT_READ)
@visits.arguments(DueFilter, location="query")
@visits.response(200, DuePage)
@visits.reads
def list_due_visits(query: dict[str, Any], *, session: Session) -> Response:
    """List households with due visits or tasks

    Returns a page of households within the caller's reach where a visit or a task of a member is due by the
    end of `until`, in the order of their ids. A household that was never visited is due. Households that
    declined visits or moved away are left out.
    """
    return json_bytes(service.list_due(session, authenticated_actor(), **query))
