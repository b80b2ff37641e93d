"""Requests for notices to households."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import db
from app.core.actor import SYSTEM
from app.core.ids import uuid7
from tests.endpoints.households import flat
from tests.endpoints.world import Request, World, endpoint
from tests.factories import City, Person, in_days, make_city
from tests.seeds import dice

DOOR = {"public": {"is_open": True, "contact": "privacy@city.example"}}
# By the code of the world's own city, as each world has a database.
OPEN_CITIES: dict[str, City] = {}
# Of its own, because hypothesis gives the numbers of `random` again in each example.
PLACES = dice("places of lone homes")
CONFIRMED: dict[str, Any] = {"confirmed_households": 1}
TEXTS = {
    "zh": {"title": "停水通知", "text": "周五八时至十二时停水。"},
    "en": {"title": "Water off", "text": "No water on Friday from 8 to 12."},
}


def lone_home(city: City) -> tuple[Any, dict[str, Any]]:
    """Register a dwelling at a place of its own; return its household and a polygon around this place alone."""
    lon, lat = city.at(PLACES.uniform(0.1, 0.9), PLACES.uniform(1.1, 1.9)).values()
    west, south, east, north = (lon - 2e-6, lat - 2e-6, lon + 2e-6, lat + 2e-6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    home = flat(city, lon=lon, lat=lat)
    return home["household"], {"type": "Polygon", "coordinates": [ring]}


def notice_body(city: City, **members: Any) -> dict[str, Any]:
    return {
        "sender_area_id": str(city.areas["s"]),
        "purpose": "works",
        "texts": TEXTS,
        "channels": ["visit", "link", "paper"],
        "area_ids": [str(city.areas["g1"])],
        "valid_until": in_days(14),
    } | members


def draft(world: World, city: City, author: str = "supervisor") -> tuple[str, UUID]:
    """Write a notice to one household; return the ids of both."""
    home, place = lone_home(city)
    answer = world.person(author, city).post("/notices", notice_body(city, geometry=place))
    assert answer.status_code == 201, answer.json
    return answer.json["id"], home


def draft_of(world: World, role: str, city: City) -> tuple[str, UUID]:
    """Write a notice as the caller if the caller may, as only authors change drafts."""
    return draft(world, city, role if role in ("supervisor", "admin") else "supervisor")


def waiting(world: World, role: str, city: City) -> str:
    """Return a notice to one household that waits for another person than the caller."""
    notice_id, _ = draft(world, city, "admin" if role == "supervisor" else "supervisor")
    with db.transaction(SYSTEM) as session:
        sql = "update notice set state = 'awaiting_approval', households = 1 where id = :id"
        session.execute(text(sql), {"id": notice_id})
    return notice_id


def published(world: World, city: City) -> tuple[str, UUID]:
    """Return a published notice to one household, and the id of this household."""
    notice_id, home = draft(world, city)
    answer = world.person("supervisor", city).post(f"/notices/{notice_id}/publish", CONFIRMED)
    if answer.json["state"] == "awaiting_approval":  # many notices of one author count together
        answer = world.person("admin", city).post(f"/notices/{notice_id}/approve", CONFIRMED)
    assert answer.status_code == 200, answer.json
    return notice_id, home


@endpoint("GET /notices")
def list_notices(world, role, city, inside):
    return Request("/notices?limit=200", target=published(world, city)[0])


@endpoint("POST /notices")
def create_notice(world, role, city, inside):
    return Request("/notices", notice_body(city))


@endpoint("GET /notices/<uuid:notice_id>")
def read_notice(world, role, city, inside):
    return Request(f"/notices/{published(world, city)[0]}")


@endpoint("PATCH /notices/<uuid:notice_id>")
def change_notice(world, role, city, inside):
    notice_id, _ = draft_of(world, role, city)
    return Request(f"/notices/{notice_id}", {"purpose": "health"}, headers={"If-Match": "*"})


@endpoint("GET /notices/<uuid:notice_id>/preview")
def preview_notice(world, role, city, inside):
    return Request(f"/notices/{draft(world, city)[0]}/preview")


@endpoint("GET /notices/<uuid:notice_id>/preview/households")
def list_previewed_households(world, role, city, inside):
    notice_id, home = draft(world, city)
    return Request(f"/notices/{notice_id}/preview/households", target=str(home))


@endpoint("POST /notices/<uuid:notice_id>/publish")
def publish_notice(world, role, city, inside):
    return Request(f"/notices/{draft_of(world, role, city)[0]}/publish", CONFIRMED)


@endpoint("POST /notices/<uuid:notice_id>/approve")
def approve_notice(world, role, city, inside):
    return Request(f"/notices/{waiting(world, role, city)}/approve", CONFIRMED | {"note": "agreed"})


@endpoint("POST /notices/<uuid:notice_id>/refuse")
def refuse_notice(world, role, city, inside):
    return Request(f"/notices/{waiting(world, role, city)}/refuse", {"note": "Say which streets"})


@endpoint("POST /notices/<uuid:notice_id>/withdraw")
def withdraw_notice(world, role, city, inside):
    return Request(f"/notices/{published(world, city)[0]}/withdraw", {"reason": "wrong day"})


@endpoint("GET /notices/<uuid:notice_id>/households")
def list_notice_households(world, role, city, inside):
    notice_id, home = published(world, city)
    return Request(f"/notices/{notice_id}/households", target=str(home))


@endpoint("GET /notices/<uuid:notice_id>/households/<uuid:household_id>")
def read_notice_household(world, role, city, inside):
    notice_id, home = published(world, city)
    receipt = {"id": str(uuid7()), "state": "told"}
    path = f"/notices/{notice_id}/households/{home}"
    assert world.person("supervisor", city).post(f"{path}/receipts", receipt).status_code == 201
    return Request(path)


@endpoint("GET /notices/coverages")
def list_notice_coverages(world, role, city, inside):
    notice_id = published(world, city)[0]
    return Request(f"/notices/coverages?ids={notice_id}", target=notice_id)


@endpoint("GET /notices/<uuid:notice_id>/coverage")
def read_notice_coverage(world, role, city, inside):
    return Request(f"/notices/{published(world, city)[0]}/coverage")


@endpoint("POST /notices/<uuid:notice_id>/households/<uuid:household_id>/receipts")
def record_notice_receipt(world, role, city, inside):
    notice_id, home = published(world, city)
    return Request(
        f"/notices/{notice_id}/households/{home}/receipts", {"id": str(uuid7()), "state": "understood"}
    )


@endpoint("GET /households/<uuid:household_id>/notice-opt-outs")
def list_notice_opt_outs(world, role, city, inside):
    home = flat(city)["household"]
    wish = {"items": [{"purpose": "works", "channel": None}]}
    answer = world.person("supervisor", city).call("PUT", f"/households/{home}/notice-opt-outs", wish)
    assert answer.status_code == 200, answer.json
    return Request(f"/households/{home}/notice-opt-outs")


@endpoint("PUT /households/<uuid:household_id>/notice-opt-outs")
def set_notice_opt_outs(world, role, city, inside):
    wish = {"items": [{"purpose": "works", "channel": "visit"}]}
    return Request(f"/households/{flat(city)['household']}/notice-opt-outs", wish)


def with_open_pages(world: World, role: str, city: City, inside: bool) -> tuple[City, Person | None]:
    """Return a city whose public pages are open and a person of the role there, or the other city and None."""
    if not inside:
        return city, None
    key = world.home.code
    if key not in OPEN_CITIES:
        OPEN_CITIES[key] = make_city(world.app, world.settings, profile=DOOR)
    return OPEN_CITIES[key], world.new_person(role, OPEN_CITIES[key])


@endpoint("POST /notices/<uuid:notice_id>/households/<uuid:household_id>/link")
def create_notice_link(world, role, city, inside):
    city, actor = with_open_pages(world, role, city, inside)
    notice_id, home = published(world, city)
    return Request(f"/notices/{notice_id}/households/{home}/link", actor=actor)


@endpoint("DELETE /notices/<uuid:notice_id>/households/<uuid:household_id>/link")
def revoke_notice_link(world, role, city, inside):
    home_city, actor = with_open_pages(world, role, city, inside)
    notice_id, home = published(world, home_city)
    path = f"/notices/{notice_id}/households/{home}/link"
    if inside:
        assert world.person("supervisor", home_city).post(path).status_code == 201
    return Request(path, actor=actor)


@endpoint("GET /notices/<uuid:notice_id>/replies")
def list_notice_replies(world, role, city, inside):
    home_city, actor = with_open_pages(world, role, city, inside)
    notice_id, home = published(world, home_city)
    if inside:
        made = world.person("supervisor", home_city).post(f"/notices/{notice_id}/households/{home}/link")
        secret = made.json["url"].rsplit("/", 1)[1]
        path = f"/public/{home_city.code}/zh/notices/{secret}/question"
        answer = world.app.test_client().post(path, data={"words": "几点恢复？"})
        assert answer.status_code == 303, answer.get_data(as_text=True)
    return Request(f"/notices/{notice_id}/replies", target=str(home), actor=actor)


@endpoint("GET /notices/tasks")
def list_notice_tasks(world, role, city, inside):
    _, home = published(world, city)
    return Request(f"/notices/tasks?limit=500&grid_id={city.areas['g1']}", target=str(home))


@endpoint("POST /notices/<uuid:notice_id>/paper")
def print_notice(world, role, city, inside):
    city, actor = with_open_pages(world, role, city, inside)
    notice_id, _ = published(world, city)
    return Request(f"/notices/{notice_id}/paper", {"grid_id": str(city.areas["g1"])}, actor=actor)
