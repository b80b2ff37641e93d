"""Requests of field apps: sync, push, dead letters and the event stream."""

from app.core.ids import uuid7
from tests.endpoints.households import flat
from tests.endpoints.supervision import publish_grid_limit
from tests.endpoints.world import Request, World, endpoint, plain, time_ago
from tests.factories import City

plain("GET /events")
plain("POST /events/ticket")


@endpoint("POST /sync/push")
def push_operations(world, role, city, inside):
    patch = {"category": "E0102", "description": "垃圾堆积", **city.in_grid("g1")}
    op = {"op_id": str(uuid7()), "device_seq": 1, "entity": "incident", "op": "report", "id": str(uuid7())}
    return Request(
        "/sync/push", {"sent_at": time_ago(), "ops": [op | {"client_at": time_ago(hours=1), "patch": patch}]}
    )


def new_dead_letter(world: World, city: City) -> str:
    """Push an operation that fails as a worker of g1; return the id of its dead letter."""
    op = {"op_id": str(uuid7()), "device_seq": 1, "entity": "household", "op": "patch", "id": str(uuid7())}
    body = {"sent_at": time_ago(), "ops": [op | {"patch": {"label": "x"}}]}
    answer = world.person("pusher", city).post("/sync/push", body)
    assert answer.status_code == 200, answer.json
    result: str = answer.json["results"][0]["dead_letter"]
    return result


@endpoint("GET /sync/dead-letters")
def list_dead_letters(world, role, city, inside):
    return Request("/sync/dead-letters?limit=200", target=new_dead_letter(world, city))


@endpoint("POST /sync/dead-letters/<uuid:letter_id>/resolve")
def resolve_dead_letter(world, role, city, inside):
    body = {"action": "discard", "note": "无此住户"}
    return Request(f"/sync/dead-letters/{new_dead_letter(world, city)}/resolve", body)


@endpoint("GET /sync")
def pull_changes(world, role, city, inside):
    publish_grid_limit(world, world.home)
    return Request("/sync")


@endpoint("GET /sync/checksum")
def read_checksum(world, role, city, inside):
    person = world.person(role, world.home)
    page = person.get("/sync").json
    while page.get("complete") is False:  # checksums exist for a complete checkpoint only
        page = person.get(f"/sync?token={page['token']}").json
    return Request(f"/sync/checksum?token={page.get('token', 'none')}")


@endpoint("GET /sync/buckets/<string:bucket>")
def read_bucket(world, role, city, inside):
    world.case(city)
    flat(city)
    return Request(f"/sync/buckets/grid:{city.areas['g1']}")
