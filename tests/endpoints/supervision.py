"""Requests for the board, the queue, signals and the grid audit."""

from datetime import timedelta

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from app.profiles import service as profiles
from app.signals import service as signals
from tests.endpoints.world import Request, World, endpoint, located_worker, plain
from tests.factories import City


def publish_grid_limit(world: World, city: City) -> None:
    """Publish a profile under which every grid is oversized."""
    data = profiles.packaged_profile("generic") | {"taxonomy": profiles.packaged_profile("xihu")["taxonomy"]}
    body = {"data": data | {"grids": {"area_m2_most": 1}}}
    answer = world.person("admin", world.home).post(f"/jurisdictions/{city.code}/profile", body)
    assert answer.status_code == 201, answer.json


def oversized_grid_finding(world: World, city: City) -> str:
    """Return the id of the finding about g1 under a profile by which every grid is oversized."""
    publish_grid_limit(world, city)
    page = world.person("supervisor", city).get(
        f"/supervision/grid-audit/findings?kind=oversized&area_id={city.areas['g1']}"
    )
    result: str = page.json["items"][0]["id"]
    return result


plain("GET /supervision/grid-audit")


@endpoint("GET /supervision/grid-audit/findings")
def list_grid_audit_findings(world, role, city, inside):
    path = f"/supervision/grid-audit/findings?kind=oversized&area_id={city.areas['g1']}"
    return Request(path, target=oversized_grid_finding(world, city))


@endpoint("GET /supervision/grid-audit/findings/<uuid:finding_id>/members")
def list_grid_audit_members(world, role, city, inside):
    return Request(f"/supervision/grid-audit/findings/{oversized_grid_finding(world, city)}/members")


@endpoint("GET /supervision/board")
def read_board(world, role, city, inside):
    world.case(city)
    return Request(f"/supervision/board?area_id={city.areas['s']}")


@endpoint("GET /supervision/queue")
def list_supervision_queue(world, role, city, inside):
    body = {"id": str(uuid7()), **city.in_no_grid(), "category": "E0102", "description": "无网格"}
    answer = world.person("reporter", city).post("/incidents", body)
    assert answer.json["waiting"], answer.json
    return Request(f"/supervision/queue?area_id={city.areas['s']}&limit=500")


@endpoint("GET /supervision/workers")
def list_supervised_workers(world, role, city, inside):
    path = f"/supervision/workers?area_id={city.areas['g1']}&limit=500"
    return Request(path, target=str(located_worker(world, city).id))


def new_signal(world: World, city: City) -> str:
    """Raise the signal of a case without a step for eight days; return its id."""
    world.case(city)
    with db.transaction(SYSTEM) as session:
        later = clock.now() + timedelta(days=8)
        signals.detect_signals(session, city.jurisdiction_id, "hourly", later)
    result: str = world.person("supervisor", city).get("/supervision/signals").json["items"][0]["id"]
    return result


@endpoint("GET /supervision/signals")
def list_signals(world, role, city, inside):
    return Request("/supervision/signals?limit=500", target=new_signal(world, city))


@endpoint("POST /supervision/signals/preview")
def preview_hotspots(world, role, city, inside):
    body = {"area_id": str(city.areas["g1"]), "from": "2026-01-01", "to": "2026-01-31"}
    return Request("/supervision/signals/preview", body)


@endpoint("GET /supervision/signals/<uuid:signal_id>")
def read_signal(world, role, city, inside):
    return Request(f"/supervision/signals/{new_signal(world, city)}")


@endpoint("GET /supervision/signals/<uuid:signal_id>/members")
def list_signal_members(world, role, city, inside):
    return Request(f"/supervision/signals/{new_signal(world, city)}/members")


@endpoint("POST /supervision/signals/<uuid:signal_id>/acknowledge")
def acknowledge_signal(world, role, city, inside):
    body = {"done": "reply", "words": "市政部门将于周五前修复。"}
    return Request(f"/supervision/signals/{new_signal(world, city)}/acknowledge", body)
