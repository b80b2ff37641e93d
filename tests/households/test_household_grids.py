"""Grids of households and permission to list them."""

import pytest

from app.areas import service as areas
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from app.core.ids import uuid7
from app.households import service as households
from app.households.schemas.households import HouseholdPage
from app.profiles import service as profiles
from tests.answers import listed_ids


@pytest.fixture
def homes(square_city, settle):
    """Register a household in each grid, one on the edge between them, and one in no area."""
    west, east, edge, nowhere = settle(square_city, (0.1, 0.1), (0.9, 0.9), (0.5, 0.5), (7, 7))
    return {"west": str(west), "east": str(east), "edge": str(edge), "nowhere": str(nowhere)}


def test_household_grid_is_found_by_location(square_city, homes, admin):
    listed = {
        item["id"]: item
        for item in admin.get("/households", bbox=square_city.bbox(-1, -1, 8, 8)).json["items"]
    }
    assert listed[homes["west"]]["grid"] == {
        "id": str(square_city.ids["-g1"]),
        "code": f"{square_city.code}-g1",
        "name": {"zh": "区-g1", "en": "Area -g1"},
    }
    assert listed[homes["east"]]["grid"]["code"] == f"{square_city.code}-g2"
    assert listed[homes["edge"]]["grid"]["code"] == f"{square_city.code}-g1"
    assert listed[homes["nowhere"]]["grid"] is None
    assert listed[homes["west"]]["location"]["coordinates"] == pytest.approx(square_city.at(0.1, 0.1))


def test_household_is_not_placed_in_area_of_other_jurisdiction(square_city, admin, settle):
    """The shapes of the two jurisdictions overlap."""
    (home,) = settle(square_city, (0.1, 0.1))
    assert admin.get("/households", grid_id=square_city.ids["-g1"]).json["items"][0]["id"] == str(home)
    with transaction(SYSTEM) as session:
        other = areas.create_jurisdiction(
            session,
            SYSTEM,
            code=f"y{square_city.code}",
            name={"zh": "他", "en": "Other"},
            profile_data=profiles.packaged_profile("generic"),
        )
        lon, lat = square_city.at(0.2, 0.2)
        row = {"id": uuid7(), "jurisdiction_id": other, "address": "x", "lon": lon, "lat": lat}
        assert households.insert_many(session, SYSTEM, rows=[row]) == 1
    assert len(admin.get("/households", grid_id=square_city.ids["-g1"]).json["items"]) == 1


@pytest.mark.parametrize(
    ("role", "suffix", "seen"),
    [
        (Role.SUPERVISOR, "-g2", {"east"}),
        (Role.SUPERVISOR, "-c", {"west", "east", "edge"}),
        (Role.GIS, "-g1", {"west", "edge"}),
    ],
)
def test_household_list_is_limited_to_area_of_role(square_city, homes, person, role, suffix, seen):
    somebody = person((role, square_city.ids[suffix]))
    assert listed_ids(somebody.get("/households")) == {homes[name] for name in seen}


def test_household_list_contains_all_households_for_role_without_area(square_city, homes, person):
    gis = person((Role.GIS, None))
    assert listed_ids(gis.get("/households", bbox=square_city.bbox(-1, -1, 8, 8))) == set(homes.values())


def test_household_list_of_worker_is_limited_to_current_responsibilities(square_city, homes, person, sql):
    worker = person((Role.WORKER, None))
    assert listed_ids(worker.get("/households")) == set()
    sql("insert into worker (id, name, capacity, created_at) values (:id, 'W', 5, now())", id=worker.id)
    sql(
        "insert into responsibility (id, worker_id, area_id, role, valid) values "
        "(:first, :worker, :g1, 'worker', tstzrange(now(), null)), "
        "(:second, :worker, :g2, 'worker', tstzrange(now() - interval '2 days', now() - interval '1 day'))",
        first=uuid7(),
        second=uuid7(),
        worker=worker.id,
        g1=square_city.ids["-g1"],
        g2=square_city.ids["-g2"],
    )
    assert listed_ids(worker.get("/households")) == {homes["west"], homes["edge"]}
    assert listed_ids(worker.get("/households", grid_id=square_city.ids["-g2"])) == set()


def test_household_list_is_empty_for_worker_grant_without_responsibility(square_city, homes, person):
    """A worker's grant determines who manages the account."""
    worker = person((Role.WORKER, square_city.ids["-g1"]))
    assert listed_ids(worker.get("/households")) == set()


def test_household_list_returns_403_for_handler(square_city, person, sql):
    (row,) = sql("select root_unit_id from jurisdiction where id = :id", id=square_city.jurisdiction_id)
    handler = person((Role.HANDLER, None), unit_id=row.root_unit_id)
    assert handler.get("/households").status_code == 403


def test_household_list_filters_by_grid_and_bbox(square_city, homes, admin):
    assert listed_ids(admin.get("/households", grid_id=square_city.ids["-g2"])) == {homes["east"]}
    assert listed_ids(admin.get("/households", bbox=square_city.bbox(0, 0, 0.2, 0.2))) == {homes["west"]}


def test_household_list_pages_return_every_household_once(square_city, settle, person):
    supervisor = person((Role.SUPERVISOR, square_city.ids["-c"]))
    homes = settle(square_city, *((number / 10, 0.5) for number in range(1, 8)))
    seen, cursor = [], {}
    while True:
        body = supervisor.get("/households", limit=3, **cursor).json
        assert HouseholdPage().dump(body) == body
        seen += [item["id"] for item in body["items"]]
        if body["next"] is None:
            break
        cursor = {"cursor": body["next"]}
    assert seen == sorted(str(home) for home in homes)


def test_household_list_returns_422_for_invalid_cursor(admin):
    assert admin.get("/households", cursor="x").status_code == 422
