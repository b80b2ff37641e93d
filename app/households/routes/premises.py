"""Routes of /premises: places with an address, as dwellings, shops and sites."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.households import service
from app.households.schemas.premises import (
    AddPremises,
    MergePremises,
    PremisesDetail,
    PremisesFeatures,
    PremisesFilter,
    PremisesPage,
    PremisesPatch,
    UnmergePremises,
)
from app.http.responses import GEOJSON, json_bytes, wants_geojson
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("premises", __name__, url_prefix="/api/v1/premises", tag="Register")


@blp.route("")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.arguments(PremisesFilter, location="query")
@blp.alt_response(200, schema=PremisesFeatures, content_type=GEOJSON, success=True)
@blp.response(200, PremisesPage)
@blp.reads
def list_premises(query: dict[str, Any], *, session: Session) -> Response:
    """List premises

    Returns a page of premises within the caller's reach, in the order of their ids. Premises that were merged
    into others are left out. Addresses are masked where the caller may not read addresses.

    `q` and `external_ref` that look like a national id number are refused (422), and so is a `q` that a large
    part of all addresses contains. `Accept: application/geo+json` returns the same page as a GeoJSON
    FeatureCollection.
    """
    as_features = wants_geojson()
    body = service.list_premises(session, authenticated_actor(), as_features=as_features, **query)
    return json_bytes(body, media=GEOJSON if as_features else None)


@blp.route("", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_EDIT)
@blp.arguments(AddPremises)
@blp.alt_response(200, schema=PremisesDetail, description="Sent before: the present state", success=True)
@blp.response(201, PremisesDetail)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.problem(409, "address_taken", "address_taken_unseen", "external_ref_taken", "id_reused")
@blp.writes
def create_premises(payload: dict[str, Any], *, session: Session) -> Response:
    """Register premises

    Stores premises in the grid that contains the point; the point must lie within an area of the caller. The
    address is validated by the address rule of the jurisdiction's profile (`free` or `xihu`).

    An address that other premises have is refused unless `allow_same_address` gives the reason why both
    exist. `id` is made by the client. The same body under the same `id` stores nothing again and answers 200
    with the present state.
    """
    actor = authenticated_actor()
    body, version, is_new = service.add_premises(session, actor, **payload)
    return json_bytes(body, 201 if is_new else 200, version=version)


@blp.route("/<uuid:premises_id>")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, PremisesDetail)
@blp.problem(404, "not_found")
@blp.reads
def read_premises(premises_id: UUID, *, session: Session) -> Response:
    """Read premises with their households

    Premises that were merged into others are answered too: `merged_into` has the id of the premises that
    replaced them. The `ETag` is the version that `PATCH`, merge and unmerge take as `If-Match`.

    `If-None-Match` with the version that the caller has answers 304. The address is masked where the caller
    may not read addresses.
    """
    body, version = service.premises(session, authenticated_actor(), premises_id=premises_id)
    return json_bytes(body, version=version)


@blp.route("/<uuid:premises_id>", methods=["PATCH"])
@blp.guard(Permission.HOUSEHOLD_EDIT)
@blp.patch_arguments(PremisesPatch, answer=PremisesDetail, read=service.premises, derived=("households",))
@blp.response(200, PremisesDetail)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.problem(409, "address_taken", "address_taken_unseen", "external_ref_taken", "premises_merged")
@blp.if_match(required=True)
@blp.writes
def update_premises(
    changes: dict[str, Any], premises_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Change premises

    Changes the members that are sent. With a new point the premises are assigned to the grid that contains
    it, and their households, residents and visits move with them. An address that was composed from its parts
    is composed again; one that was written by hand stays.

    `allow_same_address` also settles premises that are marked as possible doubles.
    """
    actor = authenticated_actor()
    body, version = service.change_premises(
        session, actor, premises_id=premises_id, expected=expected, changes=changes
    )
    return json_bytes(body, version=version)


@blp.route("/<uuid:premises_id>/merge", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_MERGE)
@blp.arguments(MergePremises)
@blp.response(200, PremisesDetail)
@blp.problem(404, "not_found")
@blp.problem(409, "other_jurisdiction", "premises_merged", "premises_not_lived_in")
@blp.if_match(required=True)
@blp.writes
def merge_premises(
    body: dict[str, Any], premises_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Merge duplicate premises

    Moves the households of these premises to `into_id` and ends these premises; the row stays and points to
    the others. A label that exists there gets a number. The external reference moves too if the others have
    none.

    Returns the premises of `into_id`. Premises that were merged into the same `into_id` before are not
    changed again. The reason is stored in the audit trail; unmerge undoes the merge.
    """
    actor = authenticated_actor()
    premises, version = service.merge_premises(
        session,
        actor,
        premises_id=premises_id,
        into_id=body["into_id"],
        expected=expected,
        reason=body["reason"],
    )
    return json_bytes(premises, version=version)


@blp.route("/<uuid:premises_id>/unmerge", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_MERGE)
@blp.arguments(UnmergePremises)
@blp.response(200, PremisesDetail)
@blp.problem(404, "not_found")
@blp.problem(409, "external_ref_taken", "not_merged", "premises_merged")
@blp.if_match(required=True)
@blp.writes
def unmerge_premises(
    body: dict[str, Any], premises_id: UUID, *, expected: int | None, session: Session
) -> Response:
    """Undo a merge of premises

    Opens merged premises again. The households that moved with the merge and are still there return under
    their labels; so does the external reference.

    Returns the premises as they are then. If the other premises were merged on meanwhile, that merge has to
    be undone first. The reason is stored in the audit trail.
    """
    actor = authenticated_actor()
    premises, version = service.unmerge_premises(
        session, actor, premises_id=premises_id, expected=expected, reason=body["reason"]
    )
    return json_bytes(premises, version=version)
