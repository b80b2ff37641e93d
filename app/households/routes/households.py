"""Routes of /households, with the residents, consents and visits of a household."""

from typing import Any
from uuid import UUID

from flask import Response, current_app

from app.core.actor import Permission
from app.core.db import Session
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
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("households", __name__, url_prefix="/api/v1/households", tag="Register")


@blp.route("")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.arguments(HouseholdFilter, location="query")
@blp.response(200, HouseholdPage)
@blp.reads
def list_households(query: dict[str, Any], *, session: Session) -> Response:
    """List households

    Returns a page of households within the caller's reach, in the order of their ids. The list has no
    residents; `GET /households/{household_id}` has them.

    `q` needs `address:read`; `care` and `residence` need `resident:read`. A `q` that looks like a national id
    number, or that a large part of all addresses contains, is refused (422).
    """
    return json_bytes(service.list_households(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_EDIT)
@blp.arguments(AddHousehold)
@blp.alt_response(200, schema=HouseholdDetail, description="Sent before: the present state", success=True)
@blp.response(201, HouseholdDetail)
@blp.problem(404, "not_found")
@blp.problem(409, "id_reused", "label_taken", "premises_not_lived_in")
@blp.writes
def create_household(payload: dict[str, Any], *, session: Session) -> Response:
    """Register a household

    Adds a household to premises of the kinds `dwelling` and `rental`. If the premises were merged meanwhile,
    the household is added to the premises that replaced them.

    `id` is made by the client. The same body under the same `id` stores nothing again and answers 200 with
    the present state.
    """
    actor = authenticated_actor()
    body, version, is_new = service.add_household(session, actor, **payload)
    return json_bytes(body, 201 if is_new else 200, version=version)


@blp.route("/search", methods=["POST"])
@blp.guard(Permission.RESIDENT_READ)
@blp.arguments(FindHouseholds)
@blp.response(200, HouseholdPage)
@blp.problem(429, "reveal_throttled")
@blp.writes
def search_households(body: dict[str, Any], *, session: Session) -> Response:
    """Find households by the name of a resident

    Returns the households within the caller's reach that have a resident with exactly this name. The name is
    sent in the body, so that it is in no address and no log of a proxy.

    Each search counts as a disclosure: it is recorded in the audit trail with a keyed hash of the name, and
    only a limited number is allowed in a window of time.
    """
    actor, settings = authenticated_actor(), current_app.extensions["settings"]
    return json_bytes(service.find_households(session, actor, settings=settings, **body))


@blp.route("/residence")
@blp.guard(Permission.HOUSEHOLD_READ, Permission.RESIDENT_READ)
@blp.arguments(ResidenceQuery, location="query")
@blp.response(200, ResidenceCounts)
@blp.reads
def count_residence(query: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Count residents by residence status (人户分离)

    Counts residents, and households with at least one of them, by where they are registered and where they
    live. Counts only what is within the caller's reach. Without `grid_id` and `area_id` all of it is counted.
    """
    return service.count_residence(session, authenticated_actor(), **query)


@blp.route("/<uuid:household_id>")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.response(200, HouseholdDetail)
@blp.problem(404, "not_found")
@blp.reads
def read_household(household_id: UUID, *, session: Session) -> Response:
    """Read a household

    Returns the household with its visits, its members and their consents; names and telephone numbers of
    members are masked. `visits`, `members` and `consents` are null if the caller may not read residents
    there.

    The `ETag` is the version for `If-Match` of `PATCH`. It does not change when a member changes, so the
    operation answers no 304.
    """
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
@blp.problem(404, "not_found")
@blp.problem(409, "label_taken")
@blp.if_match(required=True)
@blp.writes
def update_household(
    changes: dict[str, Any], household_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change a household

    Changes label, kind or the day of the next visit. `is_declined: false` and `has_moved_away: false` undo
    these outcomes of a visit; the household is then due to be visited today, unless `next_visit_due` is sent.
    """
    actor = authenticated_actor()
    body, version = service.change_household(
        session, actor, household_id=household_id, expected=expected, changes=changes
    )
    return json_bytes(body, version=version)


@blp.route("/<uuid:household_id>/residents", methods=["POST"])
@blp.guard(Permission.RESIDENT_EDIT)
@blp.arguments(AddResident)
@blp.alt_response(200, schema=ResidentOut, description="Sent before: the present state", success=True)
@blp.response(201, ResidentOut)
@blp.problem(404, "not_found")
@blp.problem(409, "id_reused")
@blp.writes
def create_resident(payload: dict[str, Any], household_id: UUID, *, session: Session) -> Response:
    """Add a resident to a household

    Stores a resident; the answer is masked. A text that looks like a national id number is refused (422).

    `id` is made by the client. The same body under the same `id` stores nothing again and answers 200 with
    the present state; if the resident was erased since, it answers 404.
    """
    actor = authenticated_actor()
    body, is_new = service.add_resident(session, actor, household_id=household_id, **payload)
    return json_bytes(body, 201 if is_new else 200)


@blp.route("/<uuid:household_id>/consents", methods=["POST"])
@blp.guard(Permission.RESIDENT_EDIT)
@blp.arguments(AddConsent)
@blp.alt_response(200, schema=ConsentOut, description="Sent before: the present state", success=True)
@blp.response(201, ConsentOut)
@blp.problem(404, "not_found")
@blp.problem(409, "id_reused")
@blp.writes
def create_consent(payload: dict[str, Any], household_id: UUID, *, session: Session) -> Response:
    """Record a consent

    Stores what a household, or one of its residents, consented to. If the resident moved to another household
    since, the consent is stored there. `given_at` may be at most 5 minutes in the future.

    `id` is made by the client. The same body under the same `id` stores nothing again and answers 200 with
    the present state.
    """
    actor = authenticated_actor()
    body, is_new = service.add_consent(session, actor, household_id=household_id, **payload)
    return json_bytes(body, 201 if is_new else 200)


@blp.route("/<uuid:household_id>/due")
@blp.guard(Permission.RESIDENT_READ)
@blp.arguments(DueQuery, location="query")
@blp.response(200, DueOut)
@blp.problem(404, "not_found")
@blp.reads
def read_due_tasks(query: dict[str, Any], household_id: UUID, *, session: Session) -> Response:
    """Read what is due in a household

    Returns what one visit to the household can settle: the visit itself, and the tasks of all members with a
    care tag that has a cycle. Tasks that are due later are listed with `is_due` false.

    Names are masked. A household that declined visits or moved away has no visit due.
    """
    return json_bytes(
        service.due_in_household(session, authenticated_actor(), household_id=household_id, **query)
    )


@blp.route("/<uuid:household_id>/visits")
@blp.guard(Permission.RESIDENT_READ)
@blp.arguments(VisitPageQuery, location="query")
@blp.response(200, VisitPage)
@blp.problem(404, "not_found")
@blp.reads
def list_household_visits(query: dict[str, Any], household_id: UUID, *, session: Session) -> Response:
    """List the visits to a household

    Returns a page of visits, the newest first. `note` is null if the visit has no note or the note has
    expired.
    """
    return json_bytes(service.list_visits(session, authenticated_actor(), household_id=household_id, **query))


@blp.route("/<uuid:household_id>/visits", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_EDIT, Permission.RESIDENT_READ)
@blp.arguments(RecordVisit)
@blp.alt_response(200, schema=VisitOut, description="Sent before: the present state", success=True)
@blp.response(201, VisitOut)
@blp.problem(404, "not_found")
@blp.problem(409, "id_reused")
@blp.writes
def record_visit(payload: dict[str, Any], household_id: UUID, *, session: Session) -> Response:
    """Record a visit to a household

    Stores the visit and sets the next due day of each task in `care_done`. The newest visit decides when the
    household is due again: `nobody_home` after at most 7 days; `declined` and `moved_away` not again until a
    person undoes them; other outcomes after the visit cycle of the profile. A visit that arrives late and is
    older than the newest one does not change that day.

    `visited_at` may be up to 31 days in the past. `id` is made by the client. The same body under the same
    `id` stores nothing again and answers 200 with the visit.
    """
    actor = authenticated_actor()
    body, is_new = service.record_visit(session, actor, household_id=household_id, **payload)
    return json_bytes(body, 201 if is_new else 200)
