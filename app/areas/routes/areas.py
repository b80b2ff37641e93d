"""Routes of areas: list, read, find, import."""

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
    usual_point,
)
from app.core.actor import Actor, Permission
from app.core.db import Session
from app.http.responses import GEOJSON, json_bytes, wants_geojson
from app.http.smorest import Blueprint, authenticated_actor

blp = Blueprint("areas", __name__, url_prefix="/api/v1/areas", tag="Areas and rules")


def geojson(body: bytes, *, version: int | None = None) -> Response:
    """Return a response with a GeoJSON body.

    The media type is that of GeoJSON if the client accepts it, else application/json.
    """
    response = json_bytes(body, version=version, media=GEOJSON if wants_geojson() else None)
    response.headers["Vary"] = "Accept"
    return response


@blp.route("")
@blp.guard(Permission.AREA_READ)
@blp.arguments(AreaFilter, location="query")
@blp.alt_response(200, schema=AreaCollection, content_type=GEOJSON, success=True)
@blp.response(200, AreaCollection)
@blp.reads
def list_areas(query: dict[str, Any], *, session: Session) -> Response:
    """List areas as GeoJSON

    Returns a page of the areas in force as a GeoJSON FeatureCollection, by code. The caller sees
    all areas of the jurisdictions that they reach. Filters combine. `geometry=false` returns the
    features without shapes, which is much smaller. With `Accept: application/geo+json` the answer
    has this media type; the content is the same.
    """
    return geojson(service.list_areas(session, authenticated_actor(), **query))


@blp.route("/at")
@blp.guard(Permission.AREA_READ)
@blp.arguments(PointQuery, location="query")
@blp.response(200, AreasAt)
@blp.reads_directly(query=usual_point)
def find_areas_at_point(actor: Actor, query: dict[str, Any]) -> tuple[bytes, None]:
    """Find the areas at a point

    Returns the district, street, community and grid that cover a point. A level is null if no area
    of it covers the point. The answer has the point in WGS 84, converted from `coord_sys`.
    """
    return service.areas_at(actor, **query), None


@blp.route("/import", methods=["POST"])
@blp.guard(Permission.AREA_EDIT)
@blp.keyed
@blp.arguments(ImportAreas)
@blp.response(201, AreasImported)
@blp.problem(403, "outside_own_areas")
@blp.problem(409)
@blp.problem(422, "findings")
@blp.writes
def import_areas(body: dict[str, Any], *, session: Session) -> dict[str, Any]:
    """Import areas from GeoJSON

    Stores up to 2,000 new areas of any levels in one transaction: all of them, or none if a finding
    is an error (422 `findings` with the list). Narrow gaps and overlaps between neighbours are closed and
    reported as findings. Existing areas are not changed: use `redrawAreas` for that.

    The caller needs the permission in the parent areas, for top areas everywhere. The import is in
    the audit trail. With an `Idempotency-Key` a repeated request returns the first answer.
    """
    actor = authenticated_actor()
    return service.import_areas(session, actor, **body)


@blp.route("/<uuid:area_id>")
@blp.guard(Permission.AREA_READ)
@blp.alt_response(200, schema=AreaFeature, content_type=GEOJSON, success=True)
@blp.response(200, AreaFeature)
@blp.alt_response(304, "NOT_MODIFIED", success=True)
@blp.problem(404, "not_found")
@blp.reads
def read_area(area_id: UUID, *, session: Session) -> Response:
    """Read an area

    Returns an area in force as a GeoJSON feature. The `ETag` is its version. A retired area is 404:
    `listAreaHistory` still has it. With `Accept: application/geo+json` the answer has this media
    type.
    """
    body, version = service.area(session, authenticated_actor(), area_id=area_id)
    return geojson(body, version=version)


@blp.route("/<uuid:area_id>/history")
@blp.guard(Permission.AREA_READ)
@blp.response(200, AreaHistory)
@blp.problem(404, "not_found")
@blp.reads
def list_area_history(area_id: UUID, *, session: Session) -> Response:
    """List the versions of an area

    Returns each code, name, shape and parent that an area had, oldest first, also for retired
    areas. `valid_to` is null for the version in force; `reason` is what the person who changed it
    gave.
    """
    return json_bytes(service.area_history(session, authenticated_actor(), area_id=area_id))
