"""Two cities on one server: each reads its own areas, units, rules and maps, and nothing of the other's."""

import math
from typing import Any

import pytest

from app.core import db
from app.core.actor import SYSTEM, Role
from app.workforce import service as workforce
from tests.factories import City, Person, make_city


@pytest.fixture(scope="module")
def here(app, settings) -> City:
    return make_city(app, settings)


@pytest.fixture(scope="module")
def there(app, settings) -> City:
    return make_city(app, settings)


@pytest.fixture(scope="module")
def supervisor(here) -> Person:
    return here.supervisor()


@pytest.fixture(scope="module")
def everywhere(here) -> Person:
    return here.person(Role.ADMIN)


def ogc(person: Person, path: str, **headers: str) -> Any:
    return person.client.get(f"/ogc{path}", headers=person.bearer() | headers)


def codes(person: Person, path: str) -> set[str]:
    """The beginnings of the codes of a list: that of its city."""
    answer = person.get(path).json
    items = answer.get("items") or [one["properties"] for one in answer["features"]]
    return {item["code"].split("-")[0] for item in items}


@pytest.mark.parametrize("path", ["/areas?limit=500", "/units?limit=500", "/jurisdictions"])
def test_list_contains_only_rows_of_own_city(here, there, supervisor, path):
    assert codes(supervisor, path) == {here.code}


def test_global_admin_reads_every_city(here, there, everywhere):
    for city in (here, there):
        assert everywhere.get(f"/areas/{city.areas['g1']}").status_code == 200
        assert everywhere.get(f"/units/{city.units['cleaning']}").status_code == 200
        assert everywhere.get(f"/jurisdictions/{city.code}/profile").status_code == 200


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
def test_entity_of_other_city_returns_404(here, there, supervisor, path):
    def of(city: City) -> str:
        return path.format(area=city.areas["g1"], unit=city.units["cleaning"], code=city.code)

    assert supervisor.get(of(here)).status_code == 200
    assert supervisor.get(of(there)).status_code == 404


def test_area_at_point_is_null_in_other_city(here, there, supervisor):
    at = "/areas/at?lon={lon}&lat={lat}"
    assert supervisor.get(at.format(**here.in_grid("g1"))).json["grid"]["id"] == str(here.areas["g1"])
    assert supervisor.get(at.format(**there.in_grid("g1"))).json["grid"] is None


def test_figures_return_422_for_jurisdiction_of_other_city(there, supervisor):
    answer = supervisor.get(f"/figures?from=2026-11-01&to=2026-11-02&jurisdiction={there.code}")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "reference_unknown")


def test_categories_and_their_etag_belong_to_own_city(here, there, supervisor):
    own, other = supervisor.get("/categories"), there.supervisor().get("/categories")
    assert (own.json["jurisdiction"], other.json["jurisdiction"]) == (here.code, there.code)
    again = supervisor.get("/categories", headers={"If-None-Match": other.headers["ETag"]})
    assert (again.status_code, again.json["jurisdiction"]) == (200, here.code)


def test_unit_or_responsibility_grants_access_to_city(here, there):
    handler = there.handler()
    assert codes(handler, "/areas?limit=500") == {there.code}
    worker = here.worker("g1")
    assert codes(worker, "/areas?limit=500") == {here.code}
    with db.transaction(SYSTEM) as session:
        lent = workforce.set_responsibility(
            session, SYSTEM, worker_id=worker.id, area_id=there.areas["g1"], role="substitute"
        )
    assert lent is not None
    assert codes(worker, "/areas?limit=500") == {here.code, there.code}
    assert worker.get("/categories").json["jurisdiction"] in (here.code, there.code)


LAYERS = ("areas", "districts", "streets", "communities", "grids", "grid-versions", "unit-areas")


@pytest.mark.parametrize("layer", LAYERS)
def test_map_layer_contains_only_places_of_own_city(here, there, supervisor, everywhere, layer):
    path = f"/collections/{layer}/items?limit=1000"
    found = ogc(supervisor, path).json
    assert {one["properties"]["code"].split("-")[0] for one in found["features"]} == {here.code}
    assert found["numberMatched"] == found["numberReturned"]
    assert (
        ogc(there.supervisor(), f"/collections/{layer}/items/{found['features'][0]['id']}").status_code == 404
    )
    assert ogc(everywhere, f"/collections/{layer}/items/{found['features'][0]['id']}").status_code == 200


def test_extent_and_tile_bounds_cover_own_city(here, supervisor, everywhere):
    box = [here.lon, here.lat, here.lon + 0.04, here.lat + 0.04]
    for one in ogc(supervisor, "/collections").json["collections"]:
        assert one["extent"]["spatial"]["bbox"] == [pytest.approx(box)]
    one = ogc(supervisor, "/collections/incidents").json
    assert one["extent"]["spatial"]["bbox"] == [pytest.approx(box)]
    for tilejson in ("/tiles/WebMercatorQuad/tilejson", "/collections/grids/tiles/WebMercatorQuad/tilejson"):
        assert ogc(supervisor, tilejson).json["bounds"] == pytest.approx(box)
    west, _, east, _ = ogc(everywhere, "/collections/grids").json["extent"]["spatial"]["bbox"][0]
    assert east - west > 0.04


def test_tile_cache_is_shared_only_within_city(here, there, supervisor):
    lon, lat = there.in_grid("g1").values()
    n = 2**14
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    path = f"/collections/grids/tiles/WebMercatorQuad/14/{y}/{x}"
    theirs, colleague = (ogc(there.supervisor(), path) for _ in range(2))
    assert theirs.headers["ETag"] == colleague.headers["ETag"]
    assert there.code.encode() in theirs.data
    for headers in ({}, {"If-None-Match": theirs.headers["ETag"]}):
        own = ogc(supervisor, path, **headers)
        assert (own.status_code, own.data) == (204, b"")
