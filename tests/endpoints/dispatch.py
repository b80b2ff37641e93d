"""Requests for dispatch runs, assignments and offers."""

from app.core import clock
from app.core.ids import uuid7
from tests.endpoints.world import Request, endpoint


@endpoint("GET /incidents/<uuid:incident_id>/dispatch")
def explain_dispatch(world, role, city, inside):
    category = "0101" if role == "handler" else "E0102"
    return Request(f"/incidents/{world.case(city, category)['id']}/dispatch")


@endpoint("GET /incidents/<uuid:incident_id>/candidates")
def list_candidates(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/candidates")


@endpoint("POST /incidents/<uuid:incident_id>/dispatch/<uuid:run_id>/replay")
def replay_dispatch_run(world, role, city, inside):
    boss = world.person("supervisor", city)
    case = boss.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102"}).json["id"]
    [run] = boss.get(f"/incidents/{case}/dispatch").json["runs"]
    return Request(f"/incidents/{case}/dispatch/{run['id']}/replay", {})


@endpoint("POST /incidents/dispatch/what-if")
def evaluate_other_weights(world, role, city, inside):
    body = {"area_id": str(city.areas["s"]), "day": clock.now().date().isoformat(), "weights": {"load": 0}}
    return Request("/incidents/dispatch/what-if", body)


@endpoint("GET /assignments")
def list_assignments(world, role, city, inside):
    return Request("/assignments", target=world.offered_assignment(city, role, inside))


@endpoint("POST /assignments/<uuid:assignment_id>/accept")
def accept_assignment(world, role, city, inside):
    return Request(f"/assignments/{world.offered_assignment(city, role, inside)}/accept")


@endpoint("POST /assignments/<uuid:assignment_id>/transitions")
def transition_assignment(world, role, city, inside):
    body = {"action": "en_route", "note": "by bicycle"}
    return Request(f"/assignments/{world.accepted_assignment(city, role, inside)}/transitions", body)


@endpoint("POST /offers/<uuid:offer_id>/delivered")
def confirm_offer_delivery(world, role, city, inside):
    return Request(f"/offers/{world.pending_offer(city, role, inside)}/delivered")


@endpoint("POST /assignments/<uuid:assignment_id>/decline")
def decline_assignment(world, role, city, inside):
    return Request(
        f"/assignments/{world.offered_assignment(city, role, inside)}/decline", {"reason": "on leave"}
    )
