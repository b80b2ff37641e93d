"""Units: who owns which matters where."""

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from app.areas import service
from app.areas.schemas import CreateUnit, UnitFilter, UnitOut, UnitPage, UnitPatch
from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import expected_version, json_bytes
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("units", __name__, url_prefix="/api/v1/units", tag="Areas and rules")


@blp.route("")
class Units(MethodView):
    @blp.guard(Permission.AREA_READ)
    @blp.arguments(UnitFilter, location="query")
    @blp.response(200, UnitPage)
    def get(self, query: dict[str, Any]) -> Response:
        """List units"""
        with read_session() as session:
            return json_bytes(service.list_units(session, authenticated_actor(), **query))

    @blp.guard(Permission.UNIT_EDIT)
    @blp.keyed
    @blp.arguments(CreateUnit)
    @blp.response(201, UnitOut)
    @blp.alt_response(409, "CONFLICT")
    def post(self, body: dict[str, Any]) -> Response:
        """Open a unit"""
        actor = authenticated_actor()
        with transaction(actor) as session:
            unit, version = service.create_unit(session, actor, **body)
        return json_bytes(unit, 201, version=version)


@blp.route("/<uuid:unit_id>")
class Unit(MethodView):
    @blp.guard(Permission.AREA_READ)
    @blp.response(200, UnitOut)
    @blp.alt_response(404, "NOT_FOUND")
    def get(self, unit_id: UUID) -> Response:
        """Read a unit"""
        with read_session() as session:
            unit, version = service.unit(session, authenticated_actor(), unit_id=unit_id)
        return json_bytes(unit, version=version)

    @blp.guard(Permission.UNIT_EDIT)
    @blp.arguments(UnitPatch)
    @blp.response(200, UnitOut)
    @blp.alt_response(404, "NOT_FOUND")
    @blp.alt_response(412, "PRECONDITION_FAILED")
    @blp.alt_response(428, "PRECONDITION_REQUIRED")
    def patch(self, body: dict[str, Any], unit_id: UUID) -> Response:
        """Change a unit's name, contact or competences"""
        actor = authenticated_actor()
        version = expected_version(required=True)
        with transaction(actor) as session:
            unit, version = service.change_unit(
                session, actor, unit_id=unit_id, expected_version=version, changes=body
            )
        return json_bytes(unit, version=version)
