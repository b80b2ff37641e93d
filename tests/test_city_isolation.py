"""Two cities on one server: each reads its own areas, units, profiles and maps, and nothing of the other city."""

import math
from typing import Any

import pytest

from app.core import db
from app.core.actor import SYSTEM, Role
from app.workforce import service as workforce
from tests.factories import City, Person, make_city


@pytest.fixture(scope="module")
def own_city(app, settings) -> City:
    return make_city(app, settings)


@pytest.fixture(scope="module")
def other_city(app, settings) -> City:
    return make_city(app, settings)


@pytest.fixture(scope="module")
def supervisor(own_city) -> Person:
    return own_city.supervisor()


@pytest.fixture(scope="module")
def global_admin(own_city) -> Person:
    return own_city.person(Role.ADMIN)


def ogc(person: Person, path: str, **headers: str) -> Any:
    return person.client.get(f"/ogc{path}", headers=person.bearer() | headers)


def codes(person: Person, path: str) -> set[str]:
    """The beginnings of the codes of a list: that of its city."""
    answer = person.get(path).json
    items = answer.get("items") or [feature["properties"] for feature in answer["features"]]
    return {item["code"].split("-")[0] for item in items}


@pytest.mark.parametrize("path", ["/areas?limit=500", "/units?limit=500", "/jurisdictions"])
def test_list_contains_only_rows_of_own_city(own_city, other_city, supervisor, path):
    assert codes(supervisor, path) == {own_city.code}


def test_global_admin_reads_every_city(own_city, other_city, global_admin):
    for city in (own_city, other_city):
        assert global_admin.get(f"/areas/{city.areas['g1']}").status_code == 200
        assert global_admin.get(f"/units/{city.units['cleaning']}").status_code == 200
        assert global_admin.get(f"/jurisdictions/{city.code}/profile").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/areas/{area}",
        "/areas/{area}/history",
        "/units/{unit}",
        "/jurisdictions/{code}/profile",
        "/jurisdictions/{code}/profile/versions",
        "/jurisdictions/{code}/profile/versions/1",
        "/jurisdictions/{code}/profile/versions/1/diff?to=1",
        "/categories?jurisdiction={code}",
    ],
)
def test_entity_of_other_city_returns_404(own_city, other_city, supervisor, path):
    def of(city: City) -> str:
        return path.format(area=city.areas["g1"], unit=city.units["cleaning"], code=city.code)

    assert supervisor.get(of(own_city)).status_code == 200
    assert supervisor.get(of(other_city)).status_code == 404


def test_area_at_point_is_null_in_other_city(own_city, other_city, supervisor):
    at = "/areas/at?lon={lon}&lat={lat}"
    assert supervisor.get(at.format(**own_city.in_grid("g1"))).json["grid"]["id"] == str(own_city.areas["g1"])
    assert supervisor.get(at.format(**other_city.in_grid("g1"))).json["grid"] is None


def test_figures_return_422_for_jurisdiction_of_other_city(other_city, supervisor):
    answer = supervisor.get(f"/figures?from=2026-11-01&to=2026-11-02&jurisdiction={other_city.code}")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "reference_unknown")


def test_categories_and_their_etag_belong_to_own_city(own_city, other_city, supervisor):
    own, other = supervisor.get("/categories"), other_city.supervisor().get("/categories")
    assert (own.json["jurisdiction"], other.json["jurisdiction"]) == (own_city.code, other_city.code)
    again = supervisor.get("/categories", headers={"If-None-Match": other.headers["ETag"]})
    assert (again.status_code, again.json["jurisdiction"]) == (200, own_city.code)


def test_unit_or_responsibility_grants_access_to_city(own_city, other_city):
    handler = other_city.handler()
    assert codes(handler, "/areas?limit=500") == {other_city.code}
    worker = own_city.worker("g1")
    assert codes(worker, "/areas?limit=500") == {own_city.code}
    with db.transaction(SYSTEM) as session:
        lent = workforce.set_responsibility(
            session, SYSTEM, worker_id=worker.id, area_id=other_city.areas["g1"], role="substitute"
        )
    assert lent is not None
    assert codes(worker, "/areas?limit=500") == {own_city.code, other_city.code}
    assert worker.get("/categories").json["jurisdiction"] in (own_city.code, other_city.code)


LAYERS = ("areas", "districts", "streets", "communities", "grids", "grid-versions", "unit-areas")


@pytest.mark.parametrize("layer", LAYERS)
def test_map_layer_contains_only_places_of_own_city(own_city, other_city, supervisor, global_admin, layer):
    path = f"/collections/{layer}/items?limit=1000"
    collection = ogc(supervisor, path).json
    assert {feature["properties"]["code"].split("-")[0] for feature in collection["features"]} == {
        own_city.code
    }
    assert collection["numberMatched"] == collection["numberReturned"]
    assert (
        ogc(
            other_city.supervisor(), f"/collections/{layer}/items/{collection['features'][0]['id']}"
        ).status_code
        == 404
    )
    assert (
        ogc(global_admin, f"/collections/{layer}/items/{collection['features'][0]['id']}").status_code == 200
    )


def test_extent_and_tile_bounds_cover_own_city(own_city, supervisor, global_admin):
    box = [own_city.lon, own_city.lat, own_city.lon + 0.04, own_city.lat + 0.04]
    for collection in ogc(supervisor, "/collections").json["collections"]:
        assert collection["extent"]["spatial"]["bbox"] == [pytest.approx(box)]
    collection = ogc(supervisor, "/collections/incidents").json
    assert collection["extent"]["spatial"]["bbox"] == [pytest.approx(box)]
    for tilejson in ("/tiles/WebMercatorQuad/tilejson", "/collections/grids/tiles/WebMercatorQuad/tilejson"):
        assert ogc(supervisor, tilejson).json["bounds"] == pytest.approx(box)
    west, _, east, _ = ogc(global_admin, "/collections/grids").json["extent"]["spatial"]["bbox"][0]
    assert east - west > 0.04


def test_tile_cache_is_shared_only_within_city(own_city, other_city, supervisor):
    lon, lat = other_city.in_grid("g1").values()
    n = 2**14
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    path = f"/collections/grids/tiles/WebMercatorQuad/14/{y}/{x}"
    theirs, colleague = (ogc(other_city.supervisor(), path) for _ in range(2))
    assert theirs.headers["ETag"] == colleague.headers["ETag"]
    assert other_city.code.encode() in theirs.data
    for headers in ({}, {"If-None-Match": theirs.headers["ETag"]}):
        own = ogc(supervisor, path, **headers)
        assert (own.status_code, own.data) == (204, b"")
