"""Units: who owns which matters where."""

from typing import Any
from uuid import UUID

from flask import Response

from app.areas import service
from app.areas.schemas import CreateUnit, UnitFilter, UnitOut, UnitPage, UnitPatch
from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import expected_version, json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("units", __name__, url_prefix="/api/v1/units", tag="Areas and rules")


@blp.route("")
@blp.guard(Permission.AREA_READ)
@blp.arguments(UnitFilter, location="query")
@blp.response(200, UnitPage)
def list_units(query: dict[str, Any]) -> Response:
    """List units"""
    with read_session() as session:
        return json_bytes(service.list_units(session, authenticated_actor(), **query))


@blp.route("", methods=["POST"])
@blp.guard(Permission.UNIT_EDIT)
@blp.keyed
@blp.arguments(CreateUnit)
@blp.response(201, UnitOut)
@blp.problem(409)
def create_unit(body: dict[str, Any]) -> Response:
    """Open a unit"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        unit, version = service.create_unit(session, actor, **body)
    return json_bytes(unit, 201, version=version)


@blp.route("/<uuid:unit_id>")
@blp.guard(Permission.AREA_READ)
@blp.response(200, UnitOut)
@blp.problem(404)
def read_unit(unit_id: UUID) -> Response:
    """Read a unit"""
    with read_session() as session:
        unit, version = service.unit(session, authenticated_actor(), unit_id=unit_id)
    return json_bytes(unit, version=version)


@blp.route("/<uuid:unit_id>", methods=["PATCH"])
@blp.guard(Permission.UNIT_EDIT)
@blp.patch_arguments(UnitPatch, answer=UnitOut, read=service.unit)
@blp.response(200, UnitOut)
@blp.problem(404)
@blp.problem(412)
@blp.problem(428)
def update_unit(body: dict[str, Any], unit_id: UUID) -> Response:
    """Change a unit's name, contact or competences"""
    actor = authenticated_actor()
    version = expected_version(required=True)
    with transaction(actor) as session:
        unit, version = service.change_unit(
            session, actor, unit_id=unit_id, expected_version=version, changes=body
        )
    return json_bytes(unit, version=version)
