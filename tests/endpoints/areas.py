"""Requests for areas, jurisdictions, profiles, categories and units."""

from typing import Any

from shapely.geometry import mapping

from app.core.ids import uuid7
from app.profiles import service as profiles
from tests.endpoints.world import Request, endpoint
from tests.factories import City


def square(city: City, x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    geometry: dict[str, Any] = mapping(city.box(x0, y0, x1, y1))
    return geometry


@endpoint("GET /areas")
def list_areas(world, role, city, inside):
    return Request(f"/areas?area_id={city.areas['s']}", target=str(city.areas["g1"]))


@endpoint("GET /areas/at")
def find_areas_at_point(world, role, city, inside):
    place = city.in_grid("g1")
    return Request(f"/areas/at?lon={place['lon']}&lat={place['lat']}", target=str(city.areas["g1"]))


@endpoint("POST /areas/import")
def import_areas(world, role, city, inside):
    feature = {
        "type": "Feature",
        "geometry": square(city, 1.5, 0, 2, 1),
        "properties": {
            "code": f"{city.code}-g5",
            "name": {"zh": "五", "en": "Five"},
            "level": "grid",
            "parent_code": f"{city.code}-c2",
        },
    }
    body = {"type": "FeatureCollection", "jurisdiction": city.code, "features": [feature]}
    return Request("/areas/import", body)


@endpoint("GET /areas/<uuid:area_id>")
def read_area(world, role, city, inside):
    return Request(f"/areas/{city.areas['g1']}")


@endpoint("GET /areas/<uuid:area_id>/history")
def list_area_history(world, role, city, inside):
    return Request(f"/areas/{city.areas['g1']}/history")


@endpoint("POST /areas/redraw")
def redraw_areas(world, role, city, inside):
    parts = [
        {
            "code": f"{city.code}-g1a",
            "name": {"zh": "甲", "en": "A"},
            "geometry": square(city, 0, 1, 0.5, 2),
        },
        {
            "code": f"{city.code}-g1b",
            "name": {"zh": "乙", "en": "B"},
            "geometry": square(city, 0.5, 1, 1, 2),
        },
    ]
    body = {
        "parent_id": str(city.areas["c1"]),
        "replaces": [str(city.areas["g1"])],
        "areas": parts,
        "reason": "too many households",
    }
    return Request("/areas/redraw", body)


@endpoint("GET /jurisdictions")
def list_jurisdictions(world, role, city, inside):
    return Request("/jurisdictions", target=str(city.jurisdiction_id))


@endpoint("POST /jurisdictions")
def create_jurisdiction(world, role, city, inside):
    body = {"code": uuid7().hex, "name": {"zh": "区", "en": "District"}, "timezone": "Asia/Shanghai"}
    return Request("/jurisdictions", body | {"profile": profiles.packaged_profile("generic")})


@endpoint("GET /jurisdictions/<code>/profile")
def read_profile(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile")


@endpoint("POST /jurisdictions/<code>/profile")
def publish_profile(world, role, city, inside):
    taxonomy = {"taxonomy": profiles.packaged_profile("xihu")["taxonomy"]}
    return Request(
        f"/jurisdictions/{city.code}/profile", {"data": profiles.packaged_profile("generic") | taxonomy}
    )


@endpoint("GET /jurisdictions/<code>/profile/versions")
def list_profile_versions(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile/versions")


@endpoint("GET /jurisdictions/<code>/profile/versions/<int:number>")
def read_profile_version(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile/versions/1")


@endpoint("GET /jurisdictions/<code>/profile/versions/<int:number>/diff")
def compare_profile_versions(world, role, city, inside):
    if role != "worker" or not inside:
        return Request(f"/jurisdictions/{city.code}/profile/versions/1/diff?to=1")
    changed_city = world.city()
    admin = world.person("admin", changed_city)
    data = admin.get(f"/jurisdictions/{changed_city.code}/profile").json["data"]
    answer = admin.post(
        f"/jurisdictions/{changed_city.code}/profile",
        {"data": data | {"checks": data["checks"] | {"sample_rate_on_the_spot": 0.5}}},
    )
    assert answer.status_code == 201, answer.json
    path = f"/jurisdictions/{changed_city.code}/profile/versions/1/diff?to=2"
    return Request(path, actor=world.new_person(role, changed_city))


@endpoint("GET /categories")
def list_categories(world, role, city, inside):
    return Request(f"/categories?jurisdiction={city.code}")


@endpoint("GET /units")
def list_units(world, role, city, inside):
    return Request(f"/units?area_id={city.areas['s']}", target=str(city.units["roads"]))


@endpoint("POST /units")
def create_unit(world, role, city, inside):
    body = {
        "jurisdiction": city.code,
        "code": uuid7().hex,
        "name": {"zh": "园林", "en": "Parks"},
        "area_id": str(city.areas["s"]),
        "competences": [{"area_id": str(city.areas["s"]), "category_prefix": "03"}],
    }
    return Request("/units", body)


@endpoint("GET /units/<uuid:unit_id>")
def read_unit(world, role, city, inside):
    return Request(f"/units/{city.units['roads']}")


@endpoint("PATCH /units/<uuid:unit_id>")
def update_unit(world, role, city, inside):
    return Request(f"/units/{city.units['cleaning']}", {"contact": "8888 1234"}, headers={"If-Match": "*"})


@endpoint("GET /jurisdictions/<code>/profile/versions/<int:number>/evidence")
def read_profile_evidence(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile/versions/1/evidence")


@endpoint("PUT /jurisdictions/<code>/profile/versions/<int:number>/evidence")
def state_profile_evidence(world, role, city, inside):
    item = {"kind": "case", "id": world.case(city)["id"], "note": "waited for two days"}
    summary = {"zh": "垃圾清运时限缩短为两小时", "en": "Rubbish is cleared within two hours"}
    return Request(
        f"/jurisdictions/{city.code}/profile/versions/1/evidence",
        {"items": [item], "measure": "on_time_rate", "category": "E0102", "summary": summary},
    )


@endpoint("GET /jurisdictions/<code>/profile/versions/<int:number>/effect")
def read_profile_effect(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile/versions/1/effect?measure=on_time_rate&weeks=4")
