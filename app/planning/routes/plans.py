"""Plans of days. A plan is advice: nobody is held to it, and it says nothing of whoever it is for."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response

from app.core import clock
from app.core.actor import Actor
from app.core.coordinates import CoordSys, to_wgs84
from app.core.db import read_session, snapshot_session, transaction
from app.core.travel import Place
from app.http.responses import GEOJSON, json_bytes, wants_geojson
from app.http.smorest import Blueprint, authenticated_actor
from app.planning import schemas, service
from app.workforce import service as workforce

plans = Blueprint("plans", __name__, url_prefix="/api/v1/plans", tag="Dispatch")
worker_plans = Blueprint("plans-of-workers", __name__, url_prefix="/api/v1/workers", tag="Dispatch")


@plans.route("")
@plans.guard()
@plans.arguments(schemas.PlanFilter, location="query")
@plans.response(200, schemas.PlanPage)
def list_plans(query: dict[str, Any]) -> Response:
    """List the plans of a day: my own, and those of the workers I direct"""
    with read_session() as session:
        return json_bytes(service.plans(session, authenticated_actor(), **query))


@worker_plans.route("/<uuid:worker_id>/plan")
@worker_plans.guard()
@worker_plans.arguments(schemas.OnDay, location="query")
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404)
def read_plan(query: dict[str, Any], worker_id: UUID) -> Response:
    """Show the plan of a day; as GeoJSON if asked for (`Accept: application/geo+json`)"""
    return _plan_response(authenticated_actor(), worker_id, query.get("day"))


@worker_plans.route("/<uuid:worker_id>/plan", methods=["POST"])
@worker_plans.guard()
@worker_plans.arguments(schemas.PlanDay)
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404)
def create_plan(body: dict[str, Any], worker_id: UUID) -> Response:
    """Plan a day anew, from what is known now, beginning where the call says"""
    actor = authenticated_actor()
    with read_session() as session:
        workforce.require_director(session, actor, worker_id)
        day = service.day_to_plan(session, worker_id, body.get("day"))
    begins_at = None
    if "lon" in body:
        begins_at = to_wgs84(body["lon"], body["lat"], CoordSys(body.get("coord_sys", "wgs84")))
    return _replan(actor, worker_id, day, begins_at)


@worker_plans.route("/<uuid:worker_id>/plan/order", methods=["POST"])
@worker_plans.guard()
@worker_plans.arguments(schemas.OrderStops)
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404)
def reorder_plan(body: dict[str, Any], worker_id: UUID) -> Response:
    """Put stops of a day in an order by hand; the rest is planned after them"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        day = service.day_of(session, worker_id, body.get("day"))
        service.order(session, actor, worker_id=worker_id, day=day, stops=body["stops"])
    return _replan(actor, worker_id, day)


@worker_plans.route("/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin", methods=["POST"])
@worker_plans.guard()
@worker_plans.arguments(schemas.PinStop)
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404)
def pin_stop(body: dict[str, Any], worker_id: UUID, stop_id: UUID) -> Response:
    """Pin a stop to a time; the rest is planned around it"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        day = service.day_of(session, worker_id, body.get("day"))
        service.pin(session, actor, worker_id=worker_id, day=day, stop_id=stop_id, begins_at=body.get("at"))
    return _replan(actor, worker_id, day)


@worker_plans.route("/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin", methods=["DELETE"])
@worker_plans.guard()
@worker_plans.arguments(schemas.OnDay, location="query")
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404)
def unpin_stop(query: dict[str, Any], worker_id: UUID, stop_id: UUID) -> Response:
    """Let a stop stand where it suits"""
    actor = authenticated_actor()
    with transaction(actor) as session:
        day = service.day_of(session, worker_id, query.get("day"))
        service.unpin(session, actor, worker_id=worker_id, day=day, stop_id=stop_id)
    return _replan(actor, worker_id, day)


def _replan(actor: Actor, worker_id: UUID, day: date, begins_at: Place | None = None) -> Response:
    """Gather, solve and store a day: in three steps, so that no transaction is open while the route is computed."""
    with snapshot_session() as session:
        gathered = service.gather_day(
            session, worker_id=worker_id, day=day, now=clock.now(), begins_at=begins_at
        )
    (gathered,) = service.with_street_times([gathered])
    (route,) = service.solve_days([gathered])
    with transaction(actor) as session:
        service.store_plan(session, gathered, route, cause="asked")
    return _plan_response(actor, worker_id, day)


def _plan_response(actor: Actor, worker_id: UUID, day: date | None) -> Response:
    is_geojson = wants_geojson()
    with read_session() as session:
        body, version = service.plan(session, actor, worker_id=worker_id, day=day, is_geojson=is_geojson)
    return json_bytes(body, version=version, media=GEOJSON if is_geojson else None)
