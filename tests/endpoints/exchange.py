"""Requests for imports and exports."""

from dataclasses import replace

from app.core import clock, db
from app.core.ids import uuid7
from app.exchange import service as exchange
from tests.endpoints.households import flat
from tests.endpoints.world import Request, endpoint, time_ago


def incident_file(city, *, is_good=True):
    """Return GeoJSON with one case in a grid of the city; without a place unless `is_good`."""
    place = city.in_grid("g1")
    point = {"type": "Point", "coordinates": [place["lon"], place["lat"]]} if is_good else None
    properties = {"id": str(uuid7()), "category": "E0102", "created": time_ago(days=3)}
    feature = {"type": "Feature", "geometry": point, "properties": properties | ({} if is_good else place)}
    feature["properties"] |= {} if is_good else {"lat": 0, "lon": 0}
    return {"type": "FeatureCollection", "features": [feature]}


def new_import(world, role, city, *, is_good):
    """Start an import as the role, or as a supervisor where the role may not; return its id."""
    person = world.person(role if role in ("supervisor", "admin") else "supervisor", city)
    path = f"/imports?kind=incidents&name=cases.geojson&jurisdiction={city.code}"
    answer = person.post(path, incident_file(city, is_good=is_good))
    assert answer.status_code == 200, answer.json
    return answer.json["id"]


@endpoint("GET /imports")
def list_imports(world, role, city, inside):
    return Request("/imports?limit=500", target=new_import(world, role, city, is_good=True))


@endpoint("POST /imports")
def import_file(world, role, city, inside):
    path = f"/imports?kind=incidents&name=cases.geojson&jurisdiction={city.code}"
    return Request(path, incident_file(city))


@endpoint("GET /imports/template")
def download_import_template(world, role, city, inside):
    return Request(f"/imports/template?kind=households&format=csv&jurisdiction={city.code}")


@endpoint("POST /imports/columns")
def read_import_columns(world, role, city, inside):
    path = f"/imports/columns?kind=incidents&name=cases.geojson&jurisdiction={city.code}"
    return Request(path, incident_file(city))


@endpoint("GET /imports/<uuid:run_id>")
def read_import(world, role, city, inside):
    return Request(f"/imports/{new_import(world, role, city, is_good=True)}")


@endpoint("POST /imports/<uuid:run_id>/undo")
def undo_import(world, role, city, inside):
    return Request(f"/imports/{new_import(world, role, city, is_good=True)}/undo", {"dry_run": True})


@endpoint("GET /imports/<uuid:run_id>/faults")
def list_import_faults(world, role, city, inside):
    return Request(f"/imports/{new_import(world, role, city, is_good=False)}/faults")


@endpoint("GET /imports/<uuid:run_id>/errors")
def download_refused_rows(world, role, city, inside):
    return Request(f"/imports/{new_import(world, role, city, is_good=False)}/errors")


def homes_query(city):
    """Return the query that exports the homes of a city, and register one home there."""
    flat(city)
    (west, south), (east, north) = (city.at(at, at).values() for at in (0, 2))
    return {
        "collection": "households",
        "format": "csv",
        "query": {"bbox": f"{west},{south},{east},{north}"},
    }


def new_export(world, role, city, *, is_done=False, alone=5_000):
    """Request an export of homes as the role, or as GIS where the role may not; return its id."""
    person = world.person(role if role in ("supervisor", "admin") else "gis", city)
    homes = homes_query(city)
    before = world.app.extensions["settings"]
    world.app.extensions["settings"] = replace(before, export_homes_alone=alone)
    try:
        body = homes | {"purpose": "fire safety"}
        answer = person.post("/exports", body)
    finally:
        world.app.extensions["settings"] = before
    assert answer.status_code == 202, answer.json
    if is_done:
        store = world.app.extensions["media_store"]
        exchange.run_exports_due(db.transaction, store, world.settings, clock.now())
    return answer.json["id"]


@endpoint("GET /exports")
def list_exports(world, role, city, inside):
    return Request("/exports?limit=500", target=new_export(world, role, city))


@endpoint("POST /exports")
def request_export(world, role, city, inside):
    return Request("/exports", {"collection": "components", "format": "gpkg", "query": {"state": "in_use"}})


@endpoint("POST /exports/at-once")
def export_now(world, role, city, inside):
    return Request("/exports/at-once", homes_query(city))


@endpoint("GET /exports/<uuid:run_id>")
def read_export(world, role, city, inside):
    return Request(f"/exports/{new_export(world, role, city)}")


@endpoint("DELETE /exports/<uuid:run_id>")
def cancel_export(world, role, city, inside):
    return Request(f"/exports/{new_export(world, role, city)}")


@endpoint("GET /exports/<uuid:run_id>/file")
def download_export(world, role, city, inside):
    return Request(f"/exports/{new_export(world, role, city, is_done=True)}/file")


@endpoint("POST /exports/<uuid:run_id>/approve")
def approve_export(world, role, city, inside):
    return Request(f"/exports/{new_export(world, 'gis', city, alone=0)}/approve", {"note": "agreed"})


@endpoint("POST /exports/<uuid:run_id>/refuse")
def refuse_export(world, role, city, inside):
    return Request(f"/exports/{new_export(world, 'gis', city, alone=0)}/refuse", {"note": "too much"})
