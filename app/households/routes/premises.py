"""/premises: everywhere that has an address."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction
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
from app.http.responses import GEOJSON, expected_version, json_bytes, wants_geojson
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("premises", __name__, url_prefix="/api/v1/premises", tag="Register")


@blp.route("")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.arguments(PremisesFilter, location="query")
@blp.alt_response(200, schema=PremisesFeatures, content_type=GEOJSON, success=True)
@blp.response(200, PremisesPage)
def list_premises(query: dict[str, Any]) -> Response:
    """List the premises I look after"""
    as_features = wants_geojson()
    with read_session() as session:
        body = service.list_premises(session, authenticated_actor(), as_features=as_features, **query)
    return json_bytes(body, media=GEOJSON if as_features else None)


@blp.route("", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_EDIT)
@blp.arguments(AddPremises)
@blp.alt_response(200, schema=PremisesDetail, description="Sent before: as they are now", success=True)
@blp.response(201, PremisesDetail)
@blp.problem(404)
@blp.problem(409)
def create_premises(payload: dict[str, Any]) -> Response:
    """Add premises"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        body, version, is_new = service.add_premises(session, actor, **payload)
    return json_bytes(body, 201 if is_new else 200, version=version)


@blp.route("/<uuid:premises_id>")
@blp.guard(Permission.HOUSEHOLD_READ)
@blp.alt_response(304, description="Not modified", success=True)
@blp.response(200, PremisesDetail)
@blp.problem(404)
def read_premises(premises_id: UUID) -> Response:
    """Read premises, with the households there"""
    with read_session() as session:
        body, version = service.premises(session, authenticated_actor(), premises_id=premises_id)
    return json_bytes(body, version=version)


@blp.route("/<uuid:premises_id>", methods=["PATCH"])
@blp.guard(Permission.HOUSEHOLD_EDIT)
@blp.patch_arguments(PremisesPatch, answer=PremisesDetail, read=service.premises, derived=("households",))
@blp.response(200, PremisesDetail)
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
@blp.problem(428)
def update_premises(changes: dict[str, Any], premises_id: UUID) -> Response:
    """Change premises; moved, they take along all that hangs on them"""
    actor, expected = authenticated_actor(), expected_version(required=True)
    with transaction(actor) as session:
        body, version = service.change_premises(
            session, actor, premises_id=premises_id, expected=expected, changes=changes
        )
    return json_bytes(body, version=version)


@blp.route("/<uuid:premises_id>/merge", methods=["POST"])
@blp.guard(Permission.HOUSEHOLD_MERGE)
@blp.arguments(MergePremises)
@blp.response(200, PremisesDetail)
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
@blp.problem(428)
def merge_premises(body: dict[str, Any], premises_id: UUID) -> Response:
    """Merge premises that are registered twice into the others, with their households and reference"""
    actor, expected = authenticated_actor(), expected_version(required=True)
    with transaction(actor) as session:
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
@blp.problem(404)
@blp.problem(409)
@blp.problem(412)
@blp.problem(428)
def unmerge_premises(body: dict[str, Any], premises_id: UUID) -> Response:
    """Part premises from those into which they were merged; their households come back"""
    actor, expected = authenticated_actor(), expected_version(required=True)
    with transaction(actor) as session:
        premises, version = service.unmerge_premises(
            session, actor, premises_id=premises_id, expected=expected, reason=body["reason"]
        )
    return json_bytes(premises, version=version)
