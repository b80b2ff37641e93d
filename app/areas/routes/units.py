"""Routes of units and their competences."""

from typing import Any
from uuid import UUID

from flask import Response

from app.areas import service
from app.areas.schemas import CreateUnit, UnitFilter, UnitOut, UnitPage, UnitPatch
from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("units", __name__, url_prefix="/api/v1/units", tag="Areas and rules")


@blp.route("")
@blp.guard(Permission.AREA_READ)
@blp.arguments(UnitFilter, location="query")
@blp.response(200, UnitPage)
@blp.reads
def list_units(query: dict[str, Any], *, session: Session) -> Response:
    """List units

    Lists the units of the jurisdictions that the caller reaches, by code, with what they own.
    `contact` is masked for callers who neither handle cases nor edit units.
    """
    return json_bytes(service.list_units(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.UNIT_EDIT)
@blp.keyed
@blp.arguments(CreateUnit)
@blp.response(201, UnitOut)
@blp.problem(403, "outside_own_areas")
@blp.problem(409, "code_taken", "id_reused")
@blp.writes
def create_unit(body: dict[str, Any], *, session: Session) -> Response:
    """Create a unit

    Creates a unit with its competences: the categories that it owns and where. Without an area it
    works for the whole jurisdiction. The caller needs the permission in every named area, or
    everywhere for a unit or competence without an area. With an `Idempotency-Key` a repeated
    request returns the first answer.
    """
    actor = authenticated_actor()
    unit, version = service.create_unit(session, actor, **body)
    return json_bytes(unit, 201, version=version)


@blp.route("/<uuid:unit_id>")
@blp.guard(Permission.AREA_READ)
@blp.response(200, UnitOut)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404, "not_found")
@blp.reads
def read_unit(unit_id: UUID, *, session: Session) -> Response:
    """Read a unit

    Returns a unit with its competences. `contact` is masked for callers who neither handle cases
    nor edit units. The `ETag` is the version that `updateUnit` expects.
    """
    unit, version = service.unit(session, authenticated_actor(), unit_id=unit_id)
    return json_bytes(unit, version=version)


@blp.route("/<uuid:unit_id>", methods=["PATCH"])
@blp.guard(Permission.UNIT_EDIT)
@blp.patch_arguments(UnitPatch, answer=UnitOut, read=service.unit)
@blp.response(200, UnitOut)
@blp.problem(403, "outside_own_areas")
@blp.problem(404, "not_found")
@blp.if_match(required=True)
@blp.writes
def update_unit(body: dict[str, Any], unit_id: UUID, *, expected: int | None, session: Session) -> Response:
    """Change a unit

    Changes name, contact or competences of a unit; absent members stay as they are. `competences`
    replaces the whole list. `If-Match` must have the current version. Open cases are not reassigned.
    """
    actor = authenticated_actor()
    unit, version = service.change_unit(
        session, actor, unit_id=unit_id, expected_version=expected, changes=body
    )
    return json_bytes(unit, version=version)
