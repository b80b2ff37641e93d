"""Routes of patrol coverage and of lots (random draws). Their answers contain no persons."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.actor import Permission
from app.core.db import Session
from app.http.responses import json_bytes
from app.http.smorest import Blueprint, authenticated_actor
from app.planning import schemas, service

area_coverage = Blueprint("coverage", __name__, url_prefix="/api/v1/areas", tag="People and duty")
lots = Blueprint("check-lots", __name__, url_prefix="/api/v1/check-lots", tag="People and duty")


@area_coverage.route("/<uuid:area_id>/coverage")
@area_coverage.guard()
@area_coverage.arguments(schemas.CoverageFilter, location="query")
@area_coverage.response(200, schemas.CoverageOut)
@area_coverage.problem(404, "not_found")
@area_coverage.reads
def read_coverage(query: dict[str, Any], area_id: UUID, *, session: Session) -> Response:
    """Read the patrol coverage of a grid

    Returns the cells of the map and the households of a grid that no patrol or visit reached in a
    period. The period ends at the beginning of today at the latest and is one patrol cycle by
    default; it can go back 180 days.

    People who direct the grid get the coverage by all workers; a worker of the grid gets their own.
    The answer has no persons and no times. An area that is not a grid is 422.
    """
    return json_bytes(service.coverage(session, authenticated_actor(), area_id=area_id, **query))


@lots.route("")
@lots.guard(Permission.INCIDENT_DIRECT)
@lots.arguments(schemas.LotFilter, location="query")
@lots.response(200, schemas.LotPage)
@lots.reads
def list_check_lots(query: dict[str, Any], *, session: Session) -> Response:
    """List check lots

    Lists the lots that were drawn in the areas where the caller directs cases, latest first. Each
    has the seed and the drawn members; `readCheckLot` has the full list too.
    """
    return json_bytes(service.list_lots(session, authenticated_actor(), **query))


@lots.route("", methods=["POST"])
@lots.guard(Permission.INCIDENT_DIRECT)
@lots.keyed
@lots.arguments(schemas.DrawLot)
@lots.response(201, schemas.LotOut)
@lots.problem(404, "not_found")
@lots.writes
def draw_check_lot(body: dict[str, Any], *, session: Session) -> Response:
    """Draw a check lot in a grid

    Draws households or cells of a grid at random, for somebody to inspect. The server makes the
    seed, and every lot is stored and recorded in the audit trail, so nobody can draw until the
    result suits. Anybody with the list can repeat the draw: members are ranked by the SHA-256 of
    `seed:member`.

    With an `Idempotency-Key` a repeated request returns the first lot; without one a new lot is
    drawn. A grid with fewer members than `size` gives all of them.
    """
    actor = authenticated_actor()
    return json_bytes(service.draw_lot(session, actor, **body), 201)


@lots.route("/<uuid:lot_id>")
@lots.guard(Permission.INCIDENT_DIRECT)
@lots.response(200, schemas.LotOut)
@lots.problem(404, "not_found")
@lots.reads
def read_check_lot(lot_id: UUID, *, session: Session) -> Response:
    """Read a check lot

    Returns a lot with its seed and the complete list of members, which is all that is needed to
    repeat the draw.
    """
    return json_bytes(service.lot(session, authenticated_actor(), lot_id=lot_id))
