"""Requests for plans of a day, coverage and check lots."""

from app.core.ids import uuid7
from tests.endpoints.world import Request, World, endpoint, time_ago
from tests.factories import City, Person


def planned_stop(world: World, city: City) -> tuple[Person, str]:
    """Plan the day of the worker of g1; return the worker and a case of the plan or of its left-out stops."""
    worker = world.person("worker", city)
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "垃圾堆积"}
    case = worker.post("/incidents", body)  # dispatched to its reporter
    assert case.status_code == 201, case.json
    answer = worker.post(f"/workers/{worker.id}/plan", {})
    assert answer.status_code == 200, answer.json
    assert case.json["id"] in [s["id"] for s in (*answer.json["stops"], *answer.json["left_out"])], (
        answer.json
    )
    return worker, case.json["id"]


def new_check_lot(world: World, city: City) -> str:
    body = {"area_id": str(city.areas["g1"]), "kind": "cell", "size": 3, "reason": "monthly look"}
    answer = world.person("supervisor", city).post("/check-lots", body)
    assert answer.status_code == 201, answer.json
    result: str = answer.json["id"]
    return result


@endpoint("GET /areas/<uuid:area_id>/coverage")
def read_coverage(world, role, city, inside):
    return Request(f"/areas/{city.areas['g1']}/coverage")


@endpoint("GET /check-lots")
def list_check_lots(world, role, city, inside):
    return Request(f"/check-lots?area_id={city.areas['g1']}", target=new_check_lot(world, city))


@endpoint("POST /check-lots")
def draw_check_lot(world, role, city, inside):
    body = {"area_id": str(city.areas["g1"]), "kind": "cell", "size": 3, "reason": "monthly look"}
    return Request("/check-lots", body)


@endpoint("GET /check-lots/<uuid:lot_id>")
def read_check_lot(world, role, city, inside):
    return Request(f"/check-lots/{new_check_lot(world, city)}")


@endpoint("GET /plans")
def list_plans(world, role, city, inside):
    worker, _ = planned_stop(world, city)
    return Request(f"/plans?area_id={city.areas['g1']}&limit=500", target=str(worker.id))


@endpoint("GET /workers/<uuid:worker_id>/plan")
def read_plan(world, role, city, inside):
    return Request(f"/workers/{planned_stop(world, city)[0].id}/plan")


@endpoint("POST /workers/<uuid:worker_id>/plan")
def create_plan(world, role, city, inside):
    return Request(f"/workers/{world.person('worker', city).id}/plan", {})


@endpoint("POST /workers/<uuid:worker_id>/plan/order")
def reorder_plan(world, role, city, inside):
    worker, stop = planned_stop(world, city)
    return Request(f"/workers/{worker.id}/plan/order", {"stops": [stop]})


@endpoint("POST /workers/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin")
def pin_stop(world, role, city, inside):
    worker, stop = planned_stop(world, city)
    return Request(f"/workers/{worker.id}/plan/stops/{stop}/pin", {"at": time_ago(hours=-1)})


@endpoint("DELETE /workers/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin")
def unpin_stop(world, role, city, inside):
    worker, stop = planned_stop(world, city)
    return Request(f"/workers/{worker.id}/plan/stops/{stop}/pin")
