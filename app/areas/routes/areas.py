"""The division tree."""

from typing import Any
from uuid import UUID

from flask import Response

from app.areas import service
from app.areas.schemas import (
    AreaCollection,
    AreaFeature,
    AreaFilter,
    AreaHistory,
    AreasAt,
    AreasImported,
    ImportAreas,
    PointQuery,
)
from app.core.actor import Permission
from app.core.db import read_session, transaction
from app.http.responses import GEOJSON, json_bytes, wants_geojson
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("areas", __name__, url_prefix="/api/v1/areas", tag="Areas and rules")


def geojson(body: bytes, *, version: int | None = None) -> Response:
    """GeoJSON under its own media type for those who ask for it, else as plain JSON."""
    response = json_bytes(body, version=version, media=GEOJSON if wants_geojson() else None)
    response.headers["Vary"] = "Accept"
    return response


@blp.route("")
@blp.guard(Permission.AREA_READ)
@blp.arguments(AreaFilter, location="query")
@blp.alt_response(200, schema=AreaCollection, content_type=GEOJSON, success=True)
@blp.response(200, AreaCollection)
def list_areas(query: dict[str, Any]) -> Response:
    """List areas as GeoJSON"""
    with read_session() as session:
        return geojson(service.list_areas(session, authenticated_actor(), **query))


@blp.route("/at")
@blp.guard(Permission.AREA_READ)
@blp.arguments(PointQuery, location="query")
@blp.response(200, AreasAt)
def find_areas_at_point(query: dict[str, Any]) -> Response:
    """Find the area of each level at a point"""
    return json_bytes(service.areas_at(authenticated_actor(), **query))


@blp.route("/import", methods=["POST"])
@blp.guard(Permission.AREA_EDIT)
@blp.keyed
@blp.arguments(ImportAreas)
@blp.response(201, AreasImported)
@blp.problem(409)
def import_areas(body: dict[str, Any]) -> dict[str, Any]:
    """Import new areas from GeoJSON, all or none"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        return service.import_areas(session, actor, **body)


@blp.route("/<uuid:area_id>")
@blp.guard(Permission.AREA_READ)
@blp.alt_response(200, schema=AreaFeature, content_type=GEOJSON, success=True)
@blp.response(200, AreaFeature)
@blp.problem(404)
def read_area(area_id: UUID) -> Response:
    """Read an area as a GeoJSON feature"""
    with read_session() as session:
        body, version = service.area(session, authenticated_actor(), area_id=area_id)
    return geojson(body, version=version)


@blp.route("/<uuid:area_id>/history")
@blp.guard(Permission.AREA_READ)
@blp.response(200, AreaHistory)
@blp.problem(404)
def list_area_history(area_id: UUID) -> Response:
    """List the codes, names and shapes an area had, retired areas too"""
    with read_session() as session:
        return json_bytes(service.area_history(session, authenticated_actor(), area_id=area_id))
