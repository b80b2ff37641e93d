"""Requests for positions, tracks, ingest tokens of phone apps and calls for help (SOS)."""

import base64
from typing import Any

from app.core import clock
from app.core.ids import uuid7
from tests.endpoints.world import Request, World, endpoint, located_worker, time_ago
from tests.factories import PASSWORD, City, Person

COMPLAINT = {"purpose": "inquiry", "explanation": "a complaint about a visit"}


@endpoint("POST /positions")
def send_positions(world, role, city, inside):
    fix = {"at": time_ago(seconds=5), **city.in_grid("g1"), "accuracy_m": 8.5, "battery_pct": 80}
    return Request("/positions", {"sent_at": time_ago(), "positions": [fix]})


def ingest_token(person: Person) -> dict[str, Any]:
    """Create a token for a phone app; return {} if the person may have none."""
    answer = person.post("/me/ingest-tokens", {"label": "phone", "password": PASSWORD})
    return dict(answer.json) if answer.status_code == 201 else {}


@endpoint("GET /me/ingest-tokens")
def list_own_ingest_tokens(world, role, city, inside):
    owner = world.new_person(role, city) if role in ("worker", "grid_chief") else None
    if owner is not None:
        ingest_token(owner)
    return Request("/me/ingest-tokens", actor=owner)


@endpoint("POST /me/ingest-tokens")
def create_own_ingest_token(world, role, city, inside):
    actor = world.new_person(role, city) if role in ("worker", "grid_chief") else None
    return Request("/me/ingest-tokens", {"label": "phone", "password": PASSWORD}, actor=actor)


@endpoint("DELETE /me/ingest-tokens/<uuid:token_id>")
def revoke_own_ingest_token(world, role, city, inside):
    owner = world.new_person(role if role in ("worker", "grid_chief") else "worker", city)
    path = f"/me/ingest-tokens/{ingest_token(owner)['id']}"
    return Request(path, actor=owner if inside and role in ("worker", "grid_chief") else None)


@endpoint("GET /workers/<uuid:worker_id>/ingest-tokens")
def list_worker_ingest_tokens(world, role, city, inside):
    owner = world.new_person("worker", city)
    return Request(f"/workers/{owner.id}/ingest-tokens", target=ingest_token(owner)["id"])


@endpoint("DELETE /workers/<uuid:worker_id>/ingest-tokens/<uuid:token_id>")
def revoke_worker_ingest_token(world, role, city, inside):
    owner = world.new_person("worker", city)
    return Request(f"/workers/{owner.id}/ingest-tokens/{ingest_token(owner)['id']}")


def field_token(world: World, role: str, city: City) -> str:
    """Return an ingest token of the role, or `none` for a role that may have no token."""
    if role not in ("worker", "grid_chief"):
        return "none"
    result: str = ingest_token(world.new_person(role, city))["token"]
    return result


@endpoint("POST /ingest/owntracks")
def ingest_owntracks(world, role, city, inside):
    body = {"_type": "location", **city.in_grid("g1"), "tst": int(clock.now().timestamp()), "acc": 8}
    basic = base64.b64encode(f"phone:{field_token(world, role, city)}".encode()).decode()
    return Request("/ingest/owntracks", body, {"Authorization": f"Basic {basic}"})


@endpoint("POST /ingest/overland")
def ingest_overland(world, role, city, inside):
    point = {"type": "Point", "coordinates": list(city.in_grid("g1").values())}
    feature = {"type": "Feature", "geometry": point, "properties": {"timestamp": time_ago(seconds=5)}}
    headers = {"Authorization": f"Bearer {field_token(world, role, city)}"}
    return Request("/ingest/overland", {"locations": [feature]}, headers)


@endpoint("GET /ingest/osmand")
def ingest_osmand_query(world, role, city, inside):
    place = city.in_grid("g1")
    token = field_token(world, role, city)
    return Request(f"/ingest/osmand?id={token}&lat={place['lat']}&lon={place['lon']}&speed=2.5")


@endpoint("POST /ingest/osmand")
def ingest_osmand_body(world, role, city, inside):
    place = city.in_grid("g1")
    coords = {"latitude": place["lat"], "longitude": place["lon"], "accuracy": 8, "speed": -1}
    location = {"timestamp": time_ago(seconds=5), "coords": coords}
    return Request("/ingest/osmand", {"device_id": field_token(world, role, city), "location": location})


def open_sos_call(world: World, city: City) -> str:
    """Raise a call for help in g1; return its id.

    Chief and supervisor of g1 exist before the call: without them it escalates at once.
    """
    for near in ("grid_chief", "supervisor"):
        world.person(near, city)
    body = {"id": str(uuid7()), **city.in_grid("g1"), "accuracy_m": 12, "note": "there is a dog"}
    answer = world.new_person("worker", city).post("/sos", body)
    assert answer.status_code == 201, answer.json
    result: str = answer.json["id"]
    return result


@endpoint("GET /sos")
def list_sos_calls(world, role, city, inside):
    return Request("/sos", target=open_sos_call(world, city))


@endpoint("POST /sos")
def raise_sos(world, role, city, inside):
    return Request(
        "/sos", {"id": str(uuid7()), **city.in_grid("g1"), "accuracy_m": 12, "at": time_ago(seconds=1)}
    )


@endpoint("GET /sos/<uuid:sos_id>")
def read_sos_call(world, role, city, inside):
    return Request(f"/sos/{open_sos_call(world, city)}")


@endpoint("POST /sos/<uuid:sos_id>/acknowledge")
def acknowledge_sos(world, role, city, inside):
    return Request(f"/sos/{open_sos_call(world, city)}/acknowledge")


@endpoint("POST /sos/<uuid:sos_id>/close")
def close_sos(world, role, city, inside):
    return Request(f"/sos/{open_sos_call(world, city)}/close", {"outcome": "helped", "note": "she is safe"})


@endpoint("POST /workers/locate")
def locate_workers(world, role, city, inside):
    body = {"purpose": "dispatch", "explanation": "somebody near the fire", "area_id": str(city.areas["c1"])}
    return Request("/workers/locate", body, target=str(located_worker(world, city).id))


@endpoint("GET /workers/<uuid:worker_id>/track")
def read_own_track(world, role, city, inside):
    located_worker(world, city)
    own = role if inside and role == "grid_chief" else "worker"
    return Request(f"/workers/{world.person(own, city).id}/track")


@endpoint("POST /workers/<uuid:worker_id>/track")
def read_worker_track(world, role, city, inside):
    body = COMPLAINT | {"since": time_ago(hours=1), "until": time_ago(hours=-1)}
    return Request(f"/workers/{located_worker(world, city).id}/track", body)


@endpoint("GET /workers/<uuid:worker_id>/tracks")
def list_own_tracks(world, role, city, inside):
    own = role if inside and role == "grid_chief" else "worker"
    return Request(f"/workers/{world.person(own, city).id}/tracks")


@endpoint("POST /workers/<uuid:worker_id>/tracks")
def list_worker_tracks(world, role, city, inside):
    body = COMPLAINT | {"since": time_ago(hours=1), "until": time_ago(hours=-1)}
    return Request(f"/workers/{located_worker(world, city).id}/tracks", body)
