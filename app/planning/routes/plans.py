"""Routes of day plans.

A plan is advice: nobody is bound by it, and it contains no judgement of the worker.
"""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response

from app.core import clock
from app.core.actor import Actor
from app.core.coordinates import CoordSys, to_wgs84
from app.core.db import Session, read_session, snapshot_session, transaction
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
@plans.reads
def list_plans(query: dict[str, Any], *, session: Session) -> Response:
    """List plans of a day

    Lists the plans of a day: the caller's own and those of the workers whose cases the caller
    directs. Each item has only the counts of stops; `readPlan` has the stops. Without `day` it is
    today at the first grid of the caller.
    """
    return json_bytes(service.plans(session, authenticated_actor(), **query))


@worker_plans.route("/<uuid:worker_id>/plan")
@worker_plans.guard()
@worker_plans.arguments(schemas.OnDay, location="query")
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.alt_response(304, "NOT_MODIFIED", success=True)
@worker_plans.problem(404, "not_found", "plan_missing")
def read_plan(query: dict[str, Any], worker_id: UUID) -> Response:
    """Read the plan of a worker for a day

    Returns the stops of a day in order, with times, and what was left out and why. A plan is
    advice: nobody is bound by it. The worker and the people who direct cases where the worker works
    can do this. With `Accept: application/geo+json` the answer is GeoJSON.

    A day without a plan is 404 `plan_missing`: `createPlan` makes one.
    """
    return _plan_response(authenticated_actor(), worker_id, query.get("day"))


@worker_plans.route("/<uuid:worker_id>/plan", methods=["POST"])
@worker_plans.guard()
@worker_plans.arguments(schemas.PlanDay)
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404, "not_found")
def create_plan(body: dict[str, Any], worker_id: UUID) -> Response:
    """Plan the day of a worker again

    Computes the plan of a day from the present shifts, cases and due visits, and replaces the
    stored one. The worker and the people who direct cases where the worker works can do this. The
    day can be yesterday to 31 days ahead. Pins and a manual order stay.

    With `lon` and `lat` the route begins there; the place is used for this computation and the way
    to the first stop is not stored. A repeated request computes the plan again.
    """
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
@worker_plans.problem(404, "not_found", "plan_missing")
def reorder_plan(body: dict[str, Any], worker_id: UUID) -> Response:
    """Put stops of a plan in a manual order

    Puts the named stops first, in the given order, and plans the rest after them. The worker and
    the people who direct cases where the worker works can do this. An empty list removes the manual
    order. The order is stored and applies to later plans of the day. Idempotent. The change is in
    the audit trail.
    """
    actor = authenticated_actor()
    with transaction(actor) as session:
        day = service.day_of(session, worker_id, body.get("day"))
        service.order(session, actor, worker_id=worker_id, day=day, stops=body["stops"])
    return _replan(actor, worker_id, day)


@worker_plans.route("/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin", methods=["POST"])
@worker_plans.guard()
@worker_plans.arguments(schemas.PinStop)
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404, "not_found", "plan_missing")
def pin_stop(body: dict[str, Any], worker_id: UUID, stop_id: UUID) -> Response:
    """Pin a stop to a time

    Fixes the begin of a stop and plans the rest around it. The worker and the people who direct
    cases where the worker works can do this. Without `at` the stop is pinned to the begin that the
    plan has now. The pin is stored; if it conflicts with the shift or with an earlier pin, the stop
    is left out with the reason `pin_conflict`. Idempotent: a new time replaces the old one.
    """
    actor = authenticated_actor()
    with transaction(actor) as session:
        day = service.day_of(session, worker_id, body.get("day"))
        service.pin(session, actor, worker_id=worker_id, day=day, stop_id=stop_id, begins_at=body.get("at"))
    return _replan(actor, worker_id, day)


@worker_plans.route("/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin", methods=["DELETE"])
@worker_plans.guard()
@worker_plans.arguments(schemas.OnDay, location="query")
@worker_plans.response(200, schemas.PlanOut)
@worker_plans.problem(404, "not_found")
def unpin_stop(query: dict[str, Any], worker_id: UUID, stop_id: UUID) -> Response:
    """Remove the pin of a stop

    Removes the fixed time or place of a stop and plans the day again. The worker and the people who
    direct cases where the worker works can do this. Idempotent: a stop without a pin stays as it
    is.
    """
    actor = authenticated_actor()
    with transaction(actor) as session:
        day = service.day_of(session, worker_id, query.get("day"))
        service.unpin(session, actor, worker_id=worker_id, day=day, stop_id=stop_id)
    return _replan(actor, worker_id, day)


def _replan(actor: Actor, worker_id: UUID, day: date, begins_at: Place | None = None) -> Response:
    """Compute and store the plan of a day again.

    No transaction is open while the route is computed.
    """
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
