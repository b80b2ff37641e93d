"""What nobody came to in a grid, and lists drawn by lot. Both look at places, never at who was there."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.planning import schemas, service

area_coverage = Blueprint("coverage", __name__, url_prefix="/api/v1/areas", tag="People and duty")
lots = Blueprint("check-lots", __name__, url_prefix="/api/v1/check-lots", tag="People and duty")


@area_coverage.route("/<uuid:area_id>/coverage")
@area_coverage.guard()
@area_coverage.arguments(schemas.CoverageFilter, location="query")
@area_coverage.response(200, schemas.CoverageOut)
@area_coverage.problem(404)
def read_coverage(query: dict[str, Any], area_id: UUID) -> Response:
    """Show which cells and households of a grid nobody came to in a cycle"""
    with read_session() as session:
        return json_bytes(service.coverage(session, authenticated_actor(), area_id=area_id, **query))


@lots.route("")
@lots.guard(Permission.INCIDENT_DIRECT)
@lots.arguments(schemas.LotFilter, location="query")
@lots.response(200, schemas.LotPage)
def list_check_lots(query: dict[str, Any]) -> Response:
    """List the lots that were drawn where I direct"""
    with read_session() as session:
        return json_bytes(service.list_lots(session, authenticated_actor(), **query))


@lots.route("", methods=["POST"])
@lots.guard(Permission.INCIDENT_DIRECT)
@lots.keyed
@lots.arguments(schemas.DrawLot)
@lots.response(201, schemas.LotOut)
@lots.problem(404)
def draw_check_lot(body: dict[str, Any]) -> Response:
    """Draw a list of households or cells of a grid to look at"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return json_bytes(service.draw_lot(session, actor, **body), 201)


@lots.route("/<uuid:lot_id>")
@lots.guard(Permission.INCIDENT_DIRECT)
@lots.response(200, schemas.LotOut)
@lots.problem(404)
def read_check_lot(lot_id: UUID) -> Response:
    """Show a lot with all that it takes to draw it again"""
    with read_session() as session:
        return json_bytes(service.lot(session, authenticated_actor(), lot_id=lot_id))
