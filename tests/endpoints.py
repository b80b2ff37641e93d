"""For every operation of /api/v1: how to call it so that it can succeed, with real rows of a real city.

A builder gets the world, the role that will call, the city whose rows are meant, and whether that is the
caller's own city; it makes fresh rows where the call uses them up.
"""

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from shapely.geometry import box, mapping
from sqlalchemy import text

from app.components import service as components
from app.core import clock, db
from app.core.actor import SYSTEM, Role
from app.core.ids import uuid7
from app.exchange import service as exchange
from app.households import service as households
from app.profiles import service as profiles
from app.signals import service as signals
from tests.factories import PASSWORD, City, Person, make_city
from tests.media import sending

COMPLAINT = {"purpose": "inquiry", "explanation": "a complaint about a visit"}
REASON = {"purpose": "call_back", "explanation": "to ask where exactly it is"}
OWN_REQUEST = {"purpose": "own_request", "explanation": "asked for it in writing"}

RENEWED_AFTER_S = 240
ROLES = ("worker", "grid_chief", "handler", "supervisor", "admin", "gis")


@dataclass
class Request:
    path: str
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    target: str | None = None  # the id that a list has to show, or to hide
    actor: Person | None = None  # somebody made for this one call
    sheet: str | None = None  # CSV in place of JSON
    upload: bytes | None = None  # bytes of an upload in place of JSON

    @property
    def body(self) -> dict[str, Any]:
        """What goes into the call, by keyword."""
        if self.upload is not None:
            return {"data": self.upload, "content_type": sending.OFFSET}
        if self.sheet is None:
            return {"json": self.json}
        return {"data": self.sheet.encode(), "content_type": "text/csv"}


class World:
    """Two cities with the same staff: at home, and away."""

    def __init__(self, app: Any, settings: Any) -> None:
        self.app, self.settings = app, settings
        self.staff: dict[tuple[str, str], Person] = {}
        self.signed_in: dict[tuple[str, str], float] = {}
        self.home, self.away = self.city(), self.city()
        for city in (self.home, self.away):
            self.person("worker", city)

    def city(self) -> City:
        return make_city(self.app, self.settings)

    def person(self, role: str, city: City) -> Person:
        """The one person of a role in a city."""
        key = (role, city.code)
        if key not in self.staff:
            self.staff[key] = self.newcomer(role, city)
        # An access token lasts ten minutes, and on a busy machine a file of tests takes longer.
        if time.monotonic() - self.signed_in.get(key, -RENEWED_AFTER_S) >= RENEWED_AFTER_S:
            self.staff[key].token = None
            self.signed_in[key] = time.monotonic()
        return self.staff[key]

    def newcomer(self, role: str, city: City) -> Person:
        match role:
            case "worker":
                return city.worker("g1", capacity=100)
            case "grid_chief":
                return city.worker("c1", role="chief", capacity=100, name="网格长")
            case "reporter":
                return city.worker("g4", name="刘洋")
            case "pusher":
                return city.worker("g1", on_duty=False, capacity=0)
            case "handler":
                return city.handler("roads")
            case "supervisor":
                return city.supervisor()
            case "gis":
                return city.person(Role.GIS, area="s")
        return city.person(Role.ADMIN)

    def case(self, city: City, category: str = "0101") -> dict[str, Any]:
        """A new case in g1: in the queue of the unit for roads, or (E0102) at the worker of the grid."""
        body = {"id": str(uuid7()), **city.in_grid("g1"), "category": category, "description": "井盖松动"}
        answer = self.person("reporter", city).post("/incidents", body)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    def offered(self, city: City, role: str, inside: bool) -> str:
        """An assignment that the role may take, where the city is hers."""
        self.nobody_calls(city)
        case = self.case(city, "E0102" if role in ("worker", "grid_chief") else "0101")
        holder = ((case["assignment"] or {}).get("worker") or {}).get("id")
        if inside and role in ("worker", "grid_chief") and holder != str(self.person(role, city).id):
            body = {"action": "reassign", "worker_id": str(self.person(role, city).id), "note": "please"}
            answer = self.person("supervisor", city).post(f"/incidents/{case['id']}/transitions", body)
            assert answer.status_code == 200, answer.json
            case = answer.json
        found: str = case["assignment"]["id"]
        return found

    def held(self, city: City, role: str, inside: bool) -> str:
        """An assignment that the role has taken, where it may take one."""
        found = self.offered(city, role, inside)
        if inside and role in ("worker", "grid_chief", "handler"):
            answer = self.person(role, city).post(f"/assignments/{found}/accept")
            assert answer.status_code == 200, answer.json
        return found

    def offer(self, city: City, role: str, inside: bool) -> str:
        """An offer to the role, or to the worker of the grid."""
        asked = role if role == "grid_chief" else "worker"
        assignment = self.offered(city, asked, inside)
        with db.read_session() as session:
            sql = text("select cast(id as text) from offer where assignment_id = cast(:a as uuid)")
            found: str = session.execute(sql, {"a": assignment}).scalar_one()
        return found

    def nobody_calls(self, city: City) -> None:
        """Close the calls for help: whoever calls is given nothing."""
        boss = self.person("supervisor", city)
        for call in boss.get("/sos?status=open&limit=100").json["items"]:
            answer = boss.post(f"/sos/{call['id']}/close", {"outcome": "helped", "note": "she is safe"})
            assert answer.status_code == 200, answer.json

    def account(self, city: City) -> Person:
        """An account of g1 whose holder has signed in once."""
        person = city.person(Role.WORKER, area="g1")
        person.get("/me")
        return person

    def device(self, person: Person) -> str:
        found: str = person.get("/me/devices").json["items"][0]["id"]
        return found


Builder = Callable[[World, str, City, bool], Request]
ENDPOINTS: dict[str, Builder] = {}
# Calls that change the ground itself get a city of their own.
NEED_A_CITY = ("POST /areas/import", "POST /areas/redraw")


def endpoint(key: str) -> Callable[[Builder], Builder]:
    def register(builder: Builder) -> Builder:
        assert key not in ENDPOINTS, key
        ENDPOINTS[key] = builder
        return builder

    return register


def plain(key: str) -> None:
    """A read that needs no rows."""
    ENDPOINTS[key] = lambda *_: Request(key.partition(" ")[2])


def send(
    world: World, key: str, role: str, *, inside: bool = True, again: Request | None = None
) -> tuple[Request, Any]:
    """Build the call of an operation and make it, as somebody of `role` at home (or as nobody).

    `again`: a call that was refused to somebody else, and used nothing up.
    """
    city = world.home if inside else world.away
    home = world.home
    if key in NEED_A_CITY and role != "anonymous" and again is None:
        city = world.city()
        home = city if inside else world.home
    request = again or ENDPOINTS[key](world, role, city, inside)
    method = key.partition(" ")[0]
    if role == "anonymous":
        answer = world.app.test_client(use_cookies=False).open(
            f"/api/v1{request.path}", method=method, headers=request.headers, **request.body
        )
        return request, answer
    actor = request.actor or world.person(role, home)
    return request, actor.call(method, request.path, headers=dict(request.headers), **request.body)


def _iso(**ago: float) -> str:
    return (clock.now() - timedelta(**ago)).isoformat()


# --- signing in, oneself ------------------------------------------------------------------------


@endpoint("POST /auth/token")
def _(world, role, city, inside):
    person = world.person(role, city)
    return Request("/auth/token", {"username": person.username, "password": PASSWORD, "device_id": "laptop"})


@endpoint("POST /auth/refresh")
def _(world, role, city, inside):
    return Request(
        "/auth/refresh", {"refresh_token": world.person(role, city).sign_in("other")["refresh_token"]}
    )


@endpoint("POST /auth/logout")
def _(world, role, city, inside):
    return Request("/auth/logout", actor=world.newcomer(role, city))


PAGE = {"X-Gridward-Page": "field"}


@endpoint("POST /auth/browser/token")
def _(world, role, city, inside):
    person = world.person(role, city)
    body = {"username": person.username, "password": PASSWORD, "device_id": "browser"}
    return Request("/auth/browser/token", body, PAGE)


@endpoint("POST /auth/browser/refresh")
def _(world, role, city, inside):
    token = world.person(role, city).sign_in("browser")["refresh_token"]
    return Request("/auth/browser/refresh", headers=PAGE | {"Cookie": f"gridward_refresh={token}"})


@endpoint("POST /auth/browser/logout")
def _(world, role, city, inside):
    token = world.newcomer(role, city).sign_in("browser")["refresh_token"]
    return Request("/auth/browser/logout", headers=PAGE | {"Cookie": f"gridward_refresh={token}"})


plain("GET /events")
plain("POST /events/ticket")
plain("GET /me")
plain("GET /me/devices")
plain("GET /me/audit")
plain("GET /me/sessions")


@endpoint("POST /me/password")
def _(world, role, city, inside):
    body = {"current": PASSWORD, "new": "another long password"}
    return Request("/me/password", body, actor=world.newcomer(role, city))


@endpoint("DELETE /me/devices/<uuid:device_id>")
def _(world, role, city, inside):
    owner = world.newcomer(role, city)
    return Request(f"/me/devices/{world.device(owner)}", actor=owner if inside else None)


@endpoint("POST /me/devices/<uuid:device_id>/allow")
def _(world, role, city, inside):
    owner = world.newcomer(role, city)
    return Request(f"/me/devices/{world.device(owner)}/allow", actor=owner if inside else None)


# --- accounts -----------------------------------------------------------------------------------


@endpoint("GET /accounts")
def _(world, role, city, inside):
    person = world.account(city)
    return Request(f"/accounts?q={person.username}", target=str(person.id))


@endpoint("POST /accounts")
def _(world, role, city, inside):
    roles = [{"role": "worker", "area_id": str(city.areas["g1"])}]
    return Request("/accounts", {"username": f"n{uuid7().hex}", "name": "新人", "roles": roles})


@endpoint("GET /accounts/<uuid:account_id>")
def _(world, role, city, inside):
    return Request(f"/accounts/{world.account(city).id}")


@endpoint("PATCH /accounts/<uuid:account_id>")
def _(world, role, city, inside):
    return Request(f"/accounts/{world.account(city).id}", {"name": "新名"}, headers={"If-Match": "*"})


@endpoint("POST /accounts/<uuid:account_id>/roles")
def _(world, role, city, inside):
    body = {"role": "grid_chief", "area_id": str(city.areas["c1"])}
    return Request(f"/accounts/{world.account(city).id}/roles", body)


@endpoint("DELETE /accounts/<uuid:account_id>/roles/<uuid:grant_id>")
def _(world, role, city, inside):
    person = world.account(city)
    grant = person.get("/me").json["roles"][0]["id"]
    return Request(f"/accounts/{person.id}/roles/{grant}")


@endpoint("POST /accounts/<uuid:account_id>/disable")
def _(world, role, city, inside):
    return Request(f"/accounts/{world.account(city).id}/disable")


@endpoint("POST /accounts/<uuid:account_id>/enable")
def _(world, role, city, inside):
    return Request(f"/accounts/{world.account(city).id}/enable")


@endpoint("POST /accounts/<uuid:account_id>/one-time-password")
def _(world, role, city, inside):
    return Request(f"/accounts/{world.account(city).id}/one-time-password")


@endpoint("GET /accounts/<uuid:account_id>/devices")
def _(world, role, city, inside):
    return Request(f"/accounts/{world.account(city).id}/devices")


@endpoint("DELETE /accounts/<uuid:account_id>/devices/<uuid:device_id>")
def _(world, role, city, inside):
    person = world.account(city)
    return Request(f"/accounts/{person.id}/devices/{world.device(person)}")


@endpoint("POST /accounts/<uuid:account_id>/devices/<uuid:device_id>/allow")
def _(world, role, city, inside):
    person = world.account(city)
    return Request(f"/accounts/{person.id}/devices/{world.device(person)}/allow")


@endpoint("GET /accounts/<uuid:account_id>/tokens")
def _(world, role, city, inside):
    return Request(f"/accounts/{world.account(city).id}/tokens")


@endpoint("DELETE /accounts/<uuid:account_id>/tokens/<uuid:token_id>")
def _(world, role, city, inside):
    person = world.account(city)
    made = person.post("/tokens", {"label": "QGIS", "password": PASSWORD})
    return Request(f"/accounts/{person.id}/tokens/{made.json['id']}")


def _audited(world: World, city: City) -> Person:
    """Somebody of the city does something that is recorded."""
    person = world.account(city)
    answer = world.person("supervisor", city).patch(f"/accounts/{person.id}", {"name": "改"}, "1")
    assert answer.status_code in (200, 412), answer.json
    return person


@endpoint("POST /audit/export")
def _(world, role, city, inside):
    person = _audited(world, city)
    body = {"entity": "account", "entity_id": str(person.id), "reason": "yearly audit"}
    return Request("/audit/export", body, target=str(person.id))


@endpoint("POST /audit/search")
def _(world, role, city, inside):
    person = _audited(world, city)
    return Request("/audit/search", {"entity": "account", "entity_id": str(person.id)}, target=str(person.id))


# --- workers ------------------------------------------------------------------------------------


@endpoint("GET /workers")
def _(world, role, city, inside):
    path = f"/workers?within={city.areas['g1']}&limit=500"
    return Request(path, target=str(world.person("worker", city).id))


@endpoint("POST /workers")
def _(world, role, city, inside):
    return Request("/workers", {"account_id": str(world.account(city).id), "skills": ["电工"]})


@endpoint("GET /workers/on-duty")
def _(world, role, city, inside):
    return Request(
        f"/workers/on-duty?within={city.areas['g1']}&limit=500", target=str(_located(world, city).id)
    )


@endpoint("GET /workers/<uuid:worker_id>")
def _(world, role, city, inside):
    return Request(f"/workers/{world.person('worker', city).id}")


@endpoint("PATCH /workers/<uuid:worker_id>")
def _(world, role, city, inside):
    return Request(f"/workers/{city.worker('g3').id}", {"capacity": 7}, headers={"If-Match": "*"})


@endpoint("GET /workers/<uuid:worker_id>/duty")
def _(world, role, city, inside):
    return Request(f"/workers/{world.person('worker', city).id}/duty")


@endpoint("POST /workers/<uuid:worker_id>/duty")
def _(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    return Request(
        f"/workers/{worker.id}/duty", {"on_duty": True}, actor=worker if inside and role == "worker" else None
    )


@endpoint("POST /positions")
def _(world, role, city, inside):
    fix = {"at": _iso(seconds=5), **city.in_grid("g1"), "accuracy_m": 8.5, "battery_pct": 80}
    return Request("/positions", {"sent_at": _iso(), "positions": [fix]})


def ingest_token(person: Person) -> dict[str, Any]:
    """A new token for a phone app; empty if the person may have none."""
    answer = person.post("/me/ingest-tokens", {"label": "phone", "password": PASSWORD})
    return dict(answer.json) if answer.status_code == 201 else {}


plain("GET /tokens")


@endpoint("POST /tokens")
def _(world, role, city, inside):
    return Request("/tokens", {"label": "QGIS", "password": PASSWORD}, actor=world.newcomer(role, city))


@endpoint("DELETE /tokens/<uuid:token_id>")
def _(world, role, city, inside):
    owner = world.newcomer(role, city)
    made = owner.post("/tokens", {"label": "QGIS", "password": PASSWORD})
    return Request(f"/tokens/{made.json['id']}", actor=owner if inside else None)


plain("GET /me/ingest-tokens")


@endpoint("POST /me/ingest-tokens")
def _(world, role, city, inside):
    actor = world.newcomer(role, city) if role in ("worker", "grid_chief") else None
    return Request("/me/ingest-tokens", {"label": "phone", "password": PASSWORD}, actor=actor)


@endpoint("DELETE /me/ingest-tokens/<uuid:token_id>")
def _(world, role, city, inside):
    owner = world.newcomer(role if role in ("worker", "grid_chief") else "worker", city)
    path = f"/me/ingest-tokens/{ingest_token(owner)['id']}"
    return Request(path, actor=owner if inside and role in ("worker", "grid_chief") else None)


@endpoint("GET /workers/<uuid:worker_id>/ingest-tokens")
def _(world, role, city, inside):
    owner = world.newcomer("worker", city)
    return Request(f"/workers/{owner.id}/ingest-tokens", target=ingest_token(owner)["id"])


@endpoint("DELETE /workers/<uuid:worker_id>/ingest-tokens/<uuid:token_id>")
def _(world, role, city, inside):
    owner = world.newcomer("worker", city)
    return Request(f"/workers/{owner.id}/ingest-tokens/{ingest_token(owner)['id']}")


def _token_of(world: World, role: str, city: City) -> str:
    """What somebody of the role can present where a token is asked for: those in the field have one."""
    if role not in ("worker", "grid_chief"):
        return "none"
    found: str = ingest_token(world.newcomer(role, city))["token"]
    return found


@endpoint("POST /ingest/owntracks")
def _(world, role, city, inside):
    body = {"_type": "location", **city.in_grid("g1"), "tst": int(clock.now().timestamp()), "acc": 8}
    basic = base64.b64encode(f"phone:{_token_of(world, role, city)}".encode()).decode()
    return Request("/ingest/owntracks", body, {"Authorization": f"Basic {basic}"})


@endpoint("POST /ingest/overland")
def _(world, role, city, inside):
    point = {"type": "Point", "coordinates": list(city.in_grid("g1").values())}
    feature = {"type": "Feature", "geometry": point, "properties": {"timestamp": _iso(seconds=5)}}
    headers = {"Authorization": f"Bearer {_token_of(world, role, city)}"}
    return Request("/ingest/overland", {"locations": [feature]}, headers)


@endpoint("GET /ingest/osmand")
def _(world, role, city, inside):
    place = city.in_grid("g1")
    token = _token_of(world, role, city)
    return Request(f"/ingest/osmand?id={token}&lat={place['lat']}&lon={place['lon']}&speed=2.5")


@endpoint("POST /ingest/osmand")
def _(world, role, city, inside):
    place = city.in_grid("g1")
    coords = {"latitude": place["lat"], "longitude": place["lon"], "accuracy": 8, "speed": -1}
    location = {"timestamp": _iso(seconds=5), "coords": coords}
    return Request("/ingest/osmand", {"device_id": _token_of(world, role, city), "location": location})


def _called(world: World, city: City) -> str:
    """A call for help from g1, whose chief and supervisor are there: else it would reach those above them at once."""
    for near in ("grid_chief", "supervisor"):
        world.person(near, city)
    body = {"id": str(uuid7()), **city.in_grid("g1"), "accuracy_m": 12, "note": "there is a dog"}
    answer = world.newcomer("worker", city).post("/sos", body)
    assert answer.status_code == 201, answer.json
    found: str = answer.json["id"]
    return found


@endpoint("GET /sos")
def _(world, role, city, inside):
    return Request("/sos", target=_called(world, city))


@endpoint("POST /sos")
def _(world, role, city, inside):
    return Request(
        "/sos", {"id": str(uuid7()), **city.in_grid("g1"), "accuracy_m": 12, "at": _iso(seconds=1)}
    )


@endpoint("GET /sos/<uuid:sos_id>")
def _(world, role, city, inside):
    return Request(f"/sos/{_called(world, city)}")


@endpoint("POST /sos/<uuid:sos_id>/acknowledge")
def _(world, role, city, inside):
    return Request(f"/sos/{_called(world, city)}/acknowledge")


@endpoint("POST /sos/<uuid:sos_id>/close")
def _(world, role, city, inside):
    return Request(f"/sos/{_called(world, city)}/close", {"outcome": "helped", "note": "she is safe"})


def _located(world: World, city: City) -> Person:
    """The worker of g1, who has sent a position."""
    worker = world.person("worker", city)
    fix = {"at": _iso(seconds=1), **city.in_grid("g1"), "accuracy_m": 8.5}
    answer = worker.post("/positions", {"sent_at": _iso(), "positions": [fix]})
    assert answer.status_code == 202, answer.json
    return worker


@endpoint("POST /workers/locate")
def _(world, role, city, inside):
    body = {"purpose": "dispatch", "explanation": "somebody near the fire", "within": str(city.areas["c1"])}
    return Request("/workers/locate", body, target=str(_located(world, city).id))


@endpoint("GET /workers/<uuid:worker_id>/track")
def _(world, role, city, inside):
    _located(world, city)
    own = role if inside and role == "grid_chief" else "worker"
    return Request(f"/workers/{world.person(own, city).id}/track")


@endpoint("POST /workers/<uuid:worker_id>/track")
def _(world, role, city, inside):
    body = COMPLAINT | {"since": _iso(hours=1), "until": _iso(hours=-1)}
    return Request(f"/workers/{_located(world, city).id}/track", body)


@endpoint("GET /workers/<uuid:worker_id>/tracks")
def _(world, role, city, inside):
    own = role if inside and role == "grid_chief" else "worker"
    return Request(f"/workers/{world.person(own, city).id}/tracks")


@endpoint("POST /workers/<uuid:worker_id>/tracks")
def _(world, role, city, inside):
    body = COMPLAINT | {"since": _iso(hours=1), "until": _iso(hours=-1)}
    return Request(f"/workers/{_located(world, city).id}/tracks", body)


def _shift(world: World, city: City) -> str:
    worker = city.worker("g1", on_duty=False, capacity=0)
    body = {"worker_id": str(worker.id), "since": _iso(hours=-1), "until": _iso(hours=-9), "note": "早班"}
    answer = world.person("supervisor", city).post("/shifts", body)
    assert answer.status_code == 201, answer.json
    found: str = answer.json["id"]
    return found


@endpoint("GET /shifts")
def _(world, role, city, inside):
    return Request(f"/shifts?within={city.areas['g1']}&limit=500", target=_shift(world, city))


@endpoint("POST /shifts")
def _(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    body = {"worker_id": str(worker.id), "since": _iso(hours=-1), "until": _iso(hours=-9)}
    return Request("/shifts", body)


@endpoint("DELETE /shifts/<uuid:shift_id>")
def _(world, role, city, inside):
    return Request(f"/shifts/{_shift(world, city)}")


@endpoint("PATCH /shifts/<uuid:shift_id>")
def _(world, role, city, inside):
    return Request(f"/shifts/{_shift(world, city)}", {"note": "晚班"}, headers={"If-Match": "*"})


@endpoint("GET /shifts/roster")
def _(world, role, city, inside):
    path = f"/shifts/roster?jurisdiction={city.code}&within={city.areas['c1']}&hours=08:00-18:00"
    return Request(path, target=_shift(world, city))


@endpoint("GET /shifts.csv")
def _(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    body = {"worker_id": str(worker.id), "since": _iso(hours=-1), "until": _iso(hours=-9)}
    assert world.person("supervisor", city).post("/shifts", body).status_code == 201
    return Request(f"/shifts.csv?within={city.areas['g1']}", target=worker.username)


@endpoint("POST /shifts/import")
def _(world, role, city, inside):
    worker = city.worker("g1", on_duty=False, capacity=0)
    sheet = f"worker,date,start,end,note\n{worker.username},2026-12-01,08:00,18:00,早班\n"
    return Request(f"/shifts/import?jurisdiction={city.code}", sheet=sheet)


def _absence(world: World, city: City) -> tuple[str, dict[str, str]]:
    """Somebody to stand in for, and by whom."""
    absent, other = (city.worker("g1", on_duty=False, capacity=0) for _ in range(2))
    return str(absent.id), {"substitute_id": str(other.id), "until": _iso(hours=-9)}


@endpoint("POST /workers/<uuid:worker_id>/substitute")
def _(world, role, city, inside):
    absent, body = _absence(world, city)
    return Request(f"/workers/{absent}/substitute", body | {"reason": "flu"})


def _substitution(world: World, city: City) -> str:
    absent, body = _absence(world, city)
    answer = world.person("supervisor", city).post(f"/workers/{absent}/substitute", body)
    assert answer.status_code == 200, answer.json
    found: str = answer.json["substitution"]["id"]
    return found


@endpoint("GET /substitutions")
def _(world, role, city, inside):
    return Request("/substitutions?limit=500", target=_substitution(world, city))


@endpoint("POST /substitutions/<uuid:substitution_id>/end")
def _(world, role, city, inside):
    return Request(f"/substitutions/{_substitution(world, city)}/end", {})


def _responsibility(world: World, city: City) -> str:
    worker = city.worker("g3", on_duty=False)
    body = {"worker_id": str(worker.id), "area_id": str(city.areas["g1"]), "role": "substitute"}
    answer = world.person("supervisor", city).post("/responsibilities", body)
    assert answer.status_code == 201, answer.json
    found: str = answer.json["id"]
    return found


@endpoint("GET /responsibilities")
def _(world, role, city, inside):
    return Request(
        f"/responsibilities?area_id={city.areas['g1']}&limit=500", target=_responsibility(world, city)
    )


@endpoint("POST /responsibilities")
def _(world, role, city, inside):
    worker = city.worker("g3", on_duty=False)
    return Request(
        "/responsibilities",
        {"worker_id": str(worker.id), "area_id": str(city.areas["g1"]), "role": "substitute"},
    )


@endpoint("POST /responsibilities/<uuid:responsibility_id>/end")
def _(world, role, city, inside):
    return Request(f"/responsibilities/{_responsibility(world, city)}/end", {})


# --- areas, units, jurisdictions ----------------------------------------------------------------


def _square(city: City, x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    west, south = city.at(x0, y0).values()
    east, north = city.at(x1, y1).values()
    found: dict[str, Any] = mapping(box(west, south, east, north))
    return found


@endpoint("GET /areas")
def _(world, role, city, inside):
    return Request(f"/areas?within={city.areas['s']}", target=str(city.areas["g1"]))


@endpoint("GET /areas/at")
def _(world, role, city, inside):
    place = city.in_grid("g1")
    return Request(f"/areas/at?lon={place['lon']}&lat={place['lat']}", target=str(city.areas["g1"]))


@endpoint("POST /areas/import")
def _(world, role, city, inside):
    feature = {
        "type": "Feature",
        "geometry": _square(city, 1.5, 0, 2, 1),
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
def _(world, role, city, inside):
    return Request(f"/areas/{city.areas['g1']}")


@endpoint("GET /areas/<uuid:area_id>/history")
def _(world, role, city, inside):
    return Request(f"/areas/{city.areas['g1']}/history")


@endpoint("POST /areas/redraw")
def _(world, role, city, inside):
    parts = [
        {
            "code": f"{city.code}-g1a",
            "name": {"zh": "甲", "en": "A"},
            "geometry": _square(city, 0, 1, 0.5, 2),
        },
        {
            "code": f"{city.code}-g1b",
            "name": {"zh": "乙", "en": "B"},
            "geometry": _square(city, 0.5, 1, 1, 2),
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
def _(world, role, city, inside):
    return Request("/jurisdictions", target=str(city.jurisdiction_id))


@endpoint("POST /jurisdictions")
def _(world, role, city, inside):
    body = {"code": uuid7().hex, "name": {"zh": "区", "en": "District"}, "timezone": "Asia/Shanghai"}
    return Request("/jurisdictions", body | {"profile": profiles.packaged_profile("generic")})


@endpoint("GET /jurisdictions/<code>/profile")
def _(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile")


@endpoint("POST /jurisdictions/<code>/profile")
def _(world, role, city, inside):
    taxonomy = {"taxonomy": profiles.packaged_profile("xihu")["taxonomy"]}
    return Request(
        f"/jurisdictions/{city.code}/profile", {"data": profiles.packaged_profile("generic") | taxonomy}
    )


@endpoint("GET /jurisdictions/<code>/profile/versions")
def _(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile/versions")


@endpoint("GET /jurisdictions/<code>/profile/versions/<int:number>")
def _(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile/versions/1")


@endpoint("GET /jurisdictions/<code>/profile/versions/<int:number>/diff")
def _(world, role, city, inside):
    return Request(f"/jurisdictions/{city.code}/profile/versions/1/diff?to=1")


@endpoint("GET /categories")
def _(world, role, city, inside):
    return Request(f"/categories?jurisdiction={city.code}")


@endpoint("GET /units")
def _(world, role, city, inside):
    return Request(f"/units?within={city.areas['s']}", target=str(city.units["roads"]))


@endpoint("POST /units")
def _(world, role, city, inside):
    body = {
        "jurisdiction": city.code,
        "code": uuid7().hex,
        "name": {"zh": "园林", "en": "Parks"},
        "area_id": str(city.areas["s"]),
        "competences": [{"area_id": str(city.areas["s"]), "category_prefix": "03"}],
    }
    return Request("/units", body)


@endpoint("GET /units/<uuid:unit_id>")
def _(world, role, city, inside):
    return Request(f"/units/{city.units['roads']}")


@endpoint("PATCH /units/<uuid:unit_id>")
def _(world, role, city, inside):
    return Request(f"/units/{city.units['cleaning']}", {"contact": "8888 1234"}, headers={"If-Match": "*"})


def component_number(category: str = "0101") -> str:
    """A number that nothing has yet."""
    return f"330106{category}{secrets.randbelow(999_999) + 1:06d}"


def _component(city: City) -> str:
    """A cover in g1 that belongs to the unit for roads."""
    row = {"id": uuid7(), "jurisdiction_id": city.jurisdiction_id, "code": component_number()}
    row |= {"name": {"zh": "上水井盖", "en": "Water cover"}, "owning_unit_id": city.units["roads"]}
    with db.transaction(SYSTEM) as session:
        components.register_many(session, SYSTEM, rows=[row | city.in_grid("g1")])
    return str(row["id"])


@endpoint("GET /components")
def _(world, role, city, inside):
    return Request(f"/components?category=0101&grid={city.areas['g1']}", target=_component(city))


@endpoint("POST /components")
def _(world, role, city, inside):
    body = {"jurisdiction": city.code, "code": component_number(), "name": {"zh": "路灯", "en": "Lamp"}}
    return Request("/components", body | city.in_grid("g1"))


@endpoint("GET /components/<uuid:component_id>")
def _(world, role, city, inside):
    return Request(f"/components/{_component(city)}")


@endpoint("PATCH /components/<uuid:component_id>")
def _(world, role, city, inside):
    body = {"state": "damaged", "checked_on": "2026-11-20"}
    return Request(f"/components/{_component(city)}", body, headers={"If-Match": "*"})


@endpoint("DELETE /components/<uuid:component_id>")
def _(world, role, city, inside):
    return Request(f"/components/{_component(city)}")


# --- register -----------------------------------------------------------------------------------


def flat(city: City, *, label: str = "", **more: Any) -> dict[str, Any]:
    """A flat of g1 with somebody in it: ids of premises, household and resident."""
    row = {
        "jurisdiction_id": city.jurisdiction_id,
        "kind": "dwelling",
        "name": "张家老宅",
        "address": "幸福路12号3单元501",
        "is_generated": True,
        "residents": [
            {
                "name": "张三丰",
                "phone": "13812345678",
                "birth_year": 1950,
                "is_registered_here": False,
                "registered_at": "绍兴",
            }
        ],
        **city.in_grid("g1"),
        **more,
    }
    with db.transaction(SYSTEM) as session:
        (made,) = households.register_many(session, SYSTEM, rows=[row])
        # By itself: a row is found by the label that it gives, which tests of personal fields replace.
        if label:
            labelled = text("update household set label = :label where id = :id")
            session.execute(labelled, {"label": label, "id": made.household_id})
        resident = session.scalar(
            text("select id from resident where household_id = :id"), {"id": made.household_id}
        )
    return {"premises": made.premises_id, "household": made.household_id, "resident": resident}


def care_tag(city: City, home: dict[str, Any]) -> str:
    with db.transaction(SYSTEM) as session:
        tag_id = uuid7()
        households.add_care_tag(
            session, SYSTEM, resident_id=home["resident"], id=tag_id, **_care(), cycle_days=7
        )
    return str(tag_id)


def _care() -> dict[str, Any]:
    ends_on = (clock.now() + timedelta(days=90)).date()
    return {"kind": "lives_alone_elderly", "purpose": "每周探访", "ends_on": ends_on}


@endpoint("GET /premises")
def _(world, role, city, inside):
    home = flat(city, external_ref=uuid7().hex)
    return Request(f"/premises?grid={city.areas['g1']}&limit=500", target=str(home["premises"]))


@endpoint("POST /premises")
def _(world, role, city, inside):
    body = {"id": str(uuid7()), "kind": "dwelling", "name": "李家", "address": f"幸福路{uuid7()}号"}
    return Request("/premises", body | city.in_grid("g1"))


@endpoint("GET /premises/<uuid:premises_id>")
def _(world, role, city, inside):
    return Request(f"/premises/{flat(city, label='西户')['premises']}")


@endpoint("PATCH /premises/<uuid:premises_id>")
def _(world, role, city, inside):
    return Request(f"/premises/{flat(city)['premises']}", {"kind": "rental"}, headers={"If-Match": "*"})


@endpoint("POST /premises/<uuid:premises_id>/merge")
def _(world, role, city, inside):
    into = flat(city, address="幸福路12号")["premises"]
    body = {"into": str(into), "reason": "登记了两次"}
    return Request(f"/premises/{flat(city)['premises']}/merge", body, headers={"If-Match": "*"})


@endpoint("POST /premises/<uuid:premises_id>/unmerge")
def _(world, role, city, inside):
    double, into = flat(city)["premises"], flat(city, address="幸福路12号")["premises"]
    with db.transaction(SYSTEM) as session:
        merge = {"premises_id": double, "into_id": into, "expected": None, "reason": "登记了两次"}
        households.merge_premises(session, SYSTEM, **merge)
    return Request(f"/premises/{double}/unmerge", {"reason": "并非同一处"}, headers={"If-Match": "*"})


@endpoint("GET /households")
def _(world, role, city, inside):
    home = flat(city, label="西户")
    return Request(f"/households?grid={city.areas['g1']}&limit=500", target=str(home["household"]))


@endpoint("POST /households")
def _(world, role, city, inside):
    body = {"id": str(uuid7()), "premises_id": str(flat(city)["premises"]), "label": "二房东"}
    return Request("/households", body)


@endpoint("POST /households/search")
def _(world, role, city, inside):
    home = flat(city)
    body = {"resident": "张三丰", "grid": str(city.areas["g1"]), "limit": 500}
    return Request("/households/search", body, target=str(home["household"]))


@endpoint("GET /households/residence")
def _(world, role, city, inside):
    flat(city)
    return Request(f"/households/residence?grid={city.areas['g1']}")


@endpoint("GET /households/<uuid:household_id>")
def _(world, role, city, inside):
    home = flat(city, label="西户")
    care_tag(city, home)
    return Request(f"/households/{home['household']}")


@endpoint("PATCH /households/<uuid:household_id>")
def _(world, role, city, inside):
    return Request(
        f"/households/{flat(city)['household']}", {"kind": "collective"}, headers={"If-Match": "*"}
    )


@endpoint("POST /households/<uuid:household_id>/residents")
def _(world, role, city, inside):
    body = {"id": str(uuid7()), "name": "李四", "phone": "13900000000", "lives_here": True}
    return Request(f"/households/{flat(city)['household']}/residents", body)


@endpoint("POST /households/<uuid:household_id>/consents")
def _(world, role, city, inside):
    body = {"id": str(uuid7()), "purpose": "定期电话问候", "given_by_way": "spoken"}
    return Request(f"/households/{flat(city)['household']}/consents", body)


@endpoint("GET /households/<uuid:household_id>/due")
def _(world, role, city, inside):
    home = flat(city)
    care_tag(city, home)
    return Request(f"/households/{home['household']}/due")


@endpoint("GET /households/<uuid:household_id>/visits")
def _(world, role, city, inside):
    home = flat(city)
    with db.transaction(SYSTEM) as session:
        households.record_visit(
            session, SYSTEM, household_id=home["household"], id=uuid7(), outcome="done", note="一切都好"
        )
    return Request(f"/households/{home['household']}/visits")


@endpoint("POST /households/<uuid:household_id>/visits")
def _(world, role, city, inside):
    home = flat(city)
    body = {"id": str(uuid7()), "outcome": "done", "note": "一切都好", "care_done": [care_tag(city, home)]}
    return Request(f"/households/{home['household']}/visits", body)


@endpoint("PATCH /residents/<uuid:resident_id>")
def _(world, role, city, inside):
    return Request(f"/residents/{flat(city)['resident']}", {"lives_here": False}, headers={"If-Match": "*"})


@endpoint("POST /residents/<uuid:resident_id>/move")
def _(world, role, city, inside):
    body = {"household_id": str(flat(city)["household"]), "reason": "搬到楼上"}
    return Request(f"/residents/{flat(city)['resident']}/move", body, headers={"If-Match": "*"})


@endpoint("DELETE /residents/<uuid:resident_id>")
def _(world, role, city, inside):
    return Request(f"/residents/{flat(city)['resident']}", {"reason": "本人要求"})


@endpoint("POST /residents/<uuid:resident_id>/reveal")
def _(world, role, city, inside):
    fields = ["name", "phone", "registered_at", "birth_year"]
    return Request(f"/residents/{flat(city)['resident']}/reveal", {**REASON, "fields": fields})


@endpoint("POST /residents/<uuid:resident_id>/care-tags")
def _(world, role, city, inside):
    body = {"id": str(uuid7()), "cycle_days": 7, **_care()}
    return Request(f"/residents/{flat(city)['resident']}/care-tags", body | {"ends_on": str(body["ends_on"])})


@endpoint("PATCH /care-tags/<uuid:tag_id>")
def _(world, role, city, inside):
    return Request(
        f"/care-tags/{care_tag(city, flat(city))}", {"purpose": "每两周探访"}, headers={"If-Match": "*"}
    )


@endpoint("DELETE /care-tags/<uuid:tag_id>")
def _(world, role, city, inside):
    return Request(f"/care-tags/{care_tag(city, flat(city))}")


@endpoint("POST /consents/<uuid:consent_id>/withdraw")
def _(world, role, city, inside):
    consent_id, home = uuid7(), flat(city)
    with db.transaction(SYSTEM) as session:
        households.add_consent(
            session,
            SYSTEM,
            household_id=home["household"],
            id=consent_id,
            resident_id=home["resident"],
            purpose="定期电话问候",
            given_by_way="spoken",
        )
    return Request(f"/consents/{consent_id}/withdraw")


@endpoint("GET /visits/due")
def _(world, role, city, inside):
    home = flat(city)
    return Request(f"/visits/due?grid={city.areas['g1']}&limit=500", target=str(home["household"]))


# --- cases --------------------------------------------------------------------------------------


@endpoint("GET /incidents")
def _(world, role, city, inside):
    # By number: other tests fill the first page.
    case = world.case(city)
    return Request(f"/incidents?case_no={case['case_no']}", target=case["id"])


@endpoint("POST /incidents")
def _(world, role, city, inside):
    body = {"id": str(uuid7()), **city.in_grid("g3"), "category": "E0102", "description": "路灯不亮"}
    return Request("/incidents", body)


@endpoint("GET /incidents/<uuid:incident_id>")
def _(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}")


@endpoint("PATCH /incidents/<uuid:incident_id>")
def _(world, role, city, inside):
    path = f"/incidents/{world.case(city)['id']}"
    return Request(path, {"category": "E0103", "note": "nearer"}, headers={"If-Match": "*"})


@endpoint("POST /incidents/<uuid:incident_id>/transitions")
def _(world, role, city, inside):
    path = f"/incidents/{world.case(city)['id']}/transitions"
    return Request(path, {"action": "note", "note": "seen"})


@endpoint("GET /incidents/<uuid:incident_id>/events")
def _(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/events")


@endpoint("GET /incidents/<uuid:incident_id>/dispatch")
def _(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/dispatch")


@endpoint("POST /incidents/<uuid:incident_id>/dispatch/<uuid:run_id>/replay")
def _(world, role, city, inside):
    boss = world.person("supervisor", city)
    case = boss.post("/incidents", {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102"}).json["id"]
    [run] = boss.get(f"/incidents/{case}/dispatch").json["runs"]
    return Request(f"/incidents/{case}/dispatch/{run['id']}/replay", {})


@endpoint("POST /incidents/dispatch/what-if")
def _(world, role, city, inside):
    body = {"area": str(city.areas["s"]), "day": clock.now().date().isoformat(), "weights": {"load": 0}}
    return Request("/incidents/dispatch/what-if", body)


@endpoint("POST /incidents/<uuid:incident_id>/reporter")
def _(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/reporter", REASON)


def reported_by_a_resident(world, city):
    """A case that the supervisor took down for somebody."""
    body = {"id": str(uuid7()), **city.in_grid("g1"), "category": "0101", "description": "井盖松动"}
    said = body | {"reporter": {"name": "钱先生", "phone": "0571-88880000"}}
    answer = world.person("supervisor", city).post("/incidents", said)
    assert answer.status_code == 201, answer.json
    return answer.json["id"]


@endpoint("POST /residents/<uuid:resident_id>/export")
def _(world, role, city, inside):
    return Request(f"/residents/{flat(city)['resident']}/export", OWN_REQUEST)


@endpoint("POST /incidents/<uuid:incident_id>/reporter/export")
def _(world, role, city, inside):
    return Request(f"/incidents/{reported_by_a_resident(world, city)}/reporter/export", OWN_REQUEST)


@endpoint("POST /incidents/<uuid:incident_id>/reporter/erase")
def _(world, role, city, inside):
    case = reported_by_a_resident(world, city)
    return Request(f"/incidents/{case}/reporter/erase", {"reason": "本人书面要求"})


@endpoint("GET /incidents/<uuid:incident_id>/notes")
def _(world, role, city, inside):
    case = world.case(city)["id"]
    answer = world.person("supervisor", city).post(f"/incidents/{case}/notes", {"words": "钥匙在门卫处"})
    assert answer.status_code == 201, answer.json
    return Request(f"/incidents/{case}/notes")


@endpoint("POST /incidents/<uuid:incident_id>/notes")
def _(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/notes", {"words": "from the north side"})


@endpoint("POST /incidents/<uuid:incident_id>/merge")
def _(world, role, city, inside):
    body = {"into": world.case(city)["id"], "reason": "the same cover"}
    return Request(f"/incidents/{world.case(city)['id']}/merge", body)


@endpoint("POST /incidents/<uuid:incident_id>/unmerge")
def _(world, role, city, inside):
    merge = ENDPOINTS["POST /incidents/<uuid:incident_id>/merge"](world, role, city, inside)
    answer = world.person("supervisor", city).post(merge.path, merge.json)
    assert answer.status_code == 200, answer.json
    return Request(merge.path.replace("/merge", "/unmerge"), {"reason": "another one"})


@endpoint("POST /incidents/duplicates")
def _(world, role, city, inside):
    world.case(city)
    return Request("/incidents/duplicates", {**city.in_grid("g1"), "category": "E0102"})


@endpoint("GET /incidents/<uuid:incident_id>/duplicates")
def _(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/duplicates")


@endpoint("POST /incidents/<uuid:incident_id>/reports")
def _(world, role, city, inside):
    body = {**city.in_grid("g1"), "description": "it is still there"}
    return Request(f"/incidents/{world.case(city)['id']}/reports", body)


@endpoint("POST /incidents/<uuid:incident_id>/link")
def _(world, role, city, inside):
    body = {"to": world.case(city)["id"], "reason": "the same cover"}
    return Request(f"/incidents/{world.case(city)['id']}/link", body)


@endpoint("POST /incidents/<uuid:incident_id>/unlink")
def _(world, role, city, inside):
    link = ENDPOINTS["POST /incidents/<uuid:incident_id>/link"](world, role, city, inside)
    answer = world.person("supervisor", city).post(link.path, link.json)
    assert answer.status_code == 200, answer.json
    return Request(link.path.replace("/link", "/unlink"), link.json | {"reason": "another one"})


@endpoint("GET /incidents/<uuid:incident_id>/print")
def _(world, role, city, inside):
    return Request(f"/incidents/{world.case(city)['id']}/print")


@endpoint("GET /incidents/print")
def _(world, role, city, inside):
    case = world.case(city)
    return Request(f"/incidents/print?ids={case['id']}", target=case["case_no"])


@endpoint("POST /incidents/bulk")
def _(world, role, city, inside):
    ids = [world.case(city)["id"] for _ in range(2)]
    return Request("/incidents/bulk", {"action": "urge", "ids": ids, "body": {"note": "before the rain"}})


@endpoint("GET /assignments")
def _(world, role, city, inside):
    return Request("/assignments", target=world.offered(city, role, inside))


@endpoint("POST /assignments/<uuid:assignment_id>/accept")
def _(world, role, city, inside):
    return Request(f"/assignments/{world.offered(city, role, inside)}/accept")


@endpoint("POST /assignments/<uuid:assignment_id>/transitions")
def _(world, role, city, inside):
    body = {"action": "en_route", "note": "by bicycle"}
    return Request(f"/assignments/{world.held(city, role, inside)}/transitions", body)


@endpoint("POST /offers/<uuid:offer_id>/delivered")
def _(world, role, city, inside):
    return Request(f"/offers/{world.offer(city, role, inside)}/delivered")


@endpoint("POST /assignments/<uuid:assignment_id>/decline")
def _(world, role, city, inside):
    return Request(f"/assignments/{world.offered(city, role, inside)}/decline", {"reason": "on leave"})


def oversized(world: World, city: City) -> str:
    """A finding about the grid g1: under a standard that every grid is larger than."""
    data = profiles.packaged_profile("generic") | {"taxonomy": profiles.packaged_profile("xihu")["taxonomy"]}
    body = {"data": data | {"grids": {"area_m2_most": 1}}}
    answer = world.person("admin", world.home).post(f"/jurisdictions/{city.code}/profile", body)
    assert answer.status_code == 201, answer.json
    page = world.person("supervisor", city).get(
        f"/supervision/grid-audit/findings?kind=oversized&within={city.areas['g1']}"
    )
    found: str = page.json["items"][0]["id"]
    return found


plain("GET /supervision/grid-audit")


@endpoint("GET /supervision/grid-audit/findings")
def _(world, role, city, inside):
    path = f"/supervision/grid-audit/findings?kind=oversized&within={city.areas['g1']}"
    return Request(path, target=oversized(world, city))


@endpoint("GET /supervision/grid-audit/findings/<uuid:finding_id>/members")
def _(world, role, city, inside):
    return Request(f"/supervision/grid-audit/findings/{oversized(world, city)}/members")


# --- plans --------------------------------------------------------------------------------------


def _planned(world: World, city: City) -> tuple[Person, str]:
    """The worker of g1 has a plan of today; and a case of hers in it, or left out of it."""
    worker = world.person("worker", city)
    said = {"id": str(uuid7()), **city.in_grid("g1"), "category": "E0102", "description": "垃圾堆积"}
    case = worker.post("/incidents", said)  # her own report is hers
    assert case.status_code == 201, case.json
    answer = worker.post(f"/workers/{worker.id}/plan", {})
    assert answer.status_code == 200, answer.json
    assert case.json["id"] in [s["id"] for s in (*answer.json["stops"], *answer.json["left_out"])], (
        answer.json
    )
    return worker, case.json["id"]


def _lot(world: World, city: City) -> str:
    body = {"area_id": str(city.areas["g1"]), "kind": "cell", "size": 3, "reason": "monthly look"}
    answer = world.person("supervisor", city).post("/check-lots", body)
    assert answer.status_code == 201, answer.json
    found: str = answer.json["id"]
    return found


@endpoint("GET /areas/<uuid:area_id>/coverage")
def _(world, role, city, inside):
    return Request(f"/areas/{city.areas['g1']}/coverage")


@endpoint("GET /check-lots")
def _(world, role, city, inside):
    return Request(f"/check-lots?area={city.areas['g1']}", target=_lot(world, city))


@endpoint("POST /check-lots")
def _(world, role, city, inside):
    body = {"area_id": str(city.areas["g1"]), "kind": "cell", "size": 3, "reason": "monthly look"}
    return Request("/check-lots", body)


@endpoint("GET /check-lots/<uuid:lot_id>")
def _(world, role, city, inside):
    return Request(f"/check-lots/{_lot(world, city)}")


@endpoint("GET /plans")
def _(world, role, city, inside):
    worker, _ = _planned(world, city)
    return Request(f"/plans?within={city.areas['g1']}&limit=500", target=str(worker.id))


@endpoint("GET /workers/<uuid:worker_id>/plan")
def _(world, role, city, inside):
    return Request(f"/workers/{_planned(world, city)[0].id}/plan")


@endpoint("POST /workers/<uuid:worker_id>/plan")
def _(world, role, city, inside):
    return Request(f"/workers/{world.person('worker', city).id}/plan", {})


@endpoint("POST /workers/<uuid:worker_id>/plan/order")
def _(world, role, city, inside):
    worker, stop = _planned(world, city)
    return Request(f"/workers/{worker.id}/plan/order", {"stops": [stop]})


@endpoint("POST /workers/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin")
def _(world, role, city, inside):
    worker, stop = _planned(world, city)
    return Request(f"/workers/{worker.id}/plan/stops/{stop}/pin", {"at": _iso(hours=-1)})


@endpoint("DELETE /workers/<uuid:worker_id>/plan/stops/<uuid:stop_id>/pin")
def _(world, role, city, inside):
    worker, stop = _planned(world, city)
    return Request(f"/workers/{worker.id}/plan/stops/{stop}/pin")


@endpoint("GET /figures")
def _(world, role, city, inside):
    world.case(city)
    return Request(f"/figures?{_around_now()}&area={city.areas['s']}&group_by=class")


@endpoint("GET /figures/members")
def _(world, role, city, inside):
    case = world.case(city)
    path = f"/figures/members?{_around_now()}&area={city.areas['s']}&measure=accepted&limit=500"
    return Request(path, target=case["id"])


@endpoint("GET /evaluation")
def _(world, role, city, inside):
    return _evaluation(world, city, "")


@endpoint("GET /evaluation/print")
def _(world, role, city, inside):
    return _evaluation(world, city, "/print")


@endpoint("GET /evaluation/sheet")
def _(world, role, city, inside):
    return _evaluation(world, city, "/sheet")


def _evaluation(world: World, city: City, form: str) -> Request:
    world.case(city)
    return Request(f"/evaluation{form}?month={clock.now():%Y-%m}&area={city.areas['s']}")


@endpoint("GET /figures/cycles")
def _(world, role, city, inside):
    return Request(f"/figures/cycles?from=2026-01&to=2026-02&area={city.areas['s']}&group_by=month")


@endpoint("GET /figures/cycles/members")
def _(world, role, city, inside):
    return Request(f"/figures/cycles/members?from=2026-01&to=2026-02&area={city.areas['s']}&measure=homes")


@endpoint("GET /figures/rounded")
def _(world, role, city, inside):
    return Request(f"/figures/rounded?from=2026-01&to=2026-02&area={city.areas['s']}&group_by=class")


def _around_now() -> str:
    today = clock.now().date()
    return f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"


# --- field apps ---------------------------------------------------------------------------------


@endpoint("POST /sync/push")
def _(world, role, city, inside):
    patch = {"category": "E0102", "description": "垃圾堆积", **city.in_grid("g1")}
    op = {"op_id": str(uuid7()), "device_seq": 1, "entity": "incident", "op": "report", "id": str(uuid7())}
    return Request(
        "/sync/push", {"sent_at": _iso(), "ops": [op | {"client_at": _iso(hours=1), "patch": patch}]}
    )


def _dead_letter(world: World, city: City) -> str:
    """Of a worker in g1 who is nobody else here."""
    op = {"op_id": str(uuid7()), "device_seq": 1, "entity": "household", "op": "patch", "id": str(uuid7())}
    body = {"sent_at": _iso(), "ops": [op | {"patch": {"label": "x"}}]}
    answer = world.person("pusher", city).post("/sync/push", body)
    assert answer.status_code == 200, answer.json
    found: str = answer.json["results"][0]["dead_letter"]
    return found


@endpoint("GET /sync/dead-letters")
def _(world, role, city, inside):
    return Request("/sync/dead-letters?limit=200", target=_dead_letter(world, city))


@endpoint("POST /sync/dead-letters/<uuid:letter_id>/resolve")
def _(world, role, city, inside):
    body = {"action": "discard", "note": "无此住户"}
    return Request(f"/sync/dead-letters/{_dead_letter(world, city)}/resolve", body)


# --- photos and voice notes ---------------------------------------------------------------------


def _upload(world, role, city, length=100):
    """An upload that somebody of the role began; of a worker, where the role may not."""
    person = world.person(role if role not in ("gis", "anonymous") else "worker", city)
    answer = sending.begin(person, length, id=uuid7())
    assert answer.status_code == 201, answer.text
    found: str = answer.json["id"]
    return found


def _photo(world, city, *, incident=None):
    """A photo of a case in g1 that its reporter took, ready; and the case."""
    case = incident or world.case(city)["id"]
    reporter = world.person("reporter", city)
    return sending.sent(city, reporter, sending.photo((64, 48)), kind="near", incident=case), case


@endpoint("POST /media/uploads")
def _(world, role, city, inside):
    return Request("/media/uploads", headers=sending.TUS | {"Upload-Length": "100"})


@endpoint("PATCH /media/uploads/<uuid:media_id>")
def _(world, role, city, inside):
    headers = sending.TUS | {"Upload-Offset": "0"}
    return Request(f"/media/uploads/{_upload(world, role, city)}", headers=headers, upload=b"x" * 10)


@endpoint("DELETE /media/uploads/<uuid:media_id>")
def _(world, role, city, inside):
    return Request(f"/media/uploads/{_upload(world, role, city)}", headers=sending.TUS)


@endpoint("GET /media/<uuid:media_id>")
def _(world, role, city, inside):
    return Request(f"/media/{_photo(world, city)[0]}")


@endpoint("DELETE /media/<uuid:media_id>")
def _(world, role, city, inside):
    return Request(f"/media/{_photo(world, city)[0]}")


@endpoint("GET /media/<uuid:media_id>/content")
def _(world, role, city, inside):
    return Request(f"/media/{_photo(world, city)[0]}/content")


@endpoint("GET /media/<uuid:media_id>/thumbnail")
def _(world, role, city, inside):
    return Request(f"/media/{_photo(world, city)[0]}/thumbnail")


@endpoint("GET /incidents/<uuid:incident_id>/media")
def _(world, role, city, inside):
    media_id, case = _photo(world, city)
    return Request(f"/incidents/{case}/media", target=media_id)


@endpoint("POST /incidents/<uuid:incident_id>/media")
def _(world, role, city, inside):
    home = world.person(role if role not in ("gis", "anonymous") else "worker", world.home)
    mine = sending.begin(home, 10, id=uuid7()).json["id"]
    return Request(f"/incidents/{world.case(city)['id']}/media", {"media_id": mine})


@endpoint("DELETE /incidents/<uuid:incident_id>/media/<uuid:media_id>")
def _(world, role, city, inside):
    media_id, case = _photo(world, city)
    return Request(f"/incidents/{case}/media/{media_id}")


# --- imports ------------------------------------------------------------------------------------


def _cases_to_import(city, *, is_good=True):
    """A file with one case in a grid of the city; not good: without a place."""
    place = city.in_grid("g1")
    point = {"type": "Point", "coordinates": [place["lon"], place["lat"]]} if is_good else None
    said = {"id": str(uuid7()), "category": "E0102", "created": _iso(days=3)}
    feature = {"type": "Feature", "geometry": point, "properties": said | ({} if is_good else place)}
    feature["properties"] |= {} if is_good else {"lat": 0, "lon": 0}
    return {"type": "FeatureCollection", "features": [feature]}


def _import_run(world, role, city, *, is_good):
    """The id of an import that somebody of the role began; of a supervisor, where the role may not."""
    person = world.person(role if role in ("supervisor", "admin") else "supervisor", city)
    path = f"/imports/incidents?name=cases.geojson&jurisdiction={city.code}"
    answer = person.post(path, _cases_to_import(city, is_good=is_good))
    assert answer.status_code == 200, answer.json
    return answer.json["id"]


@endpoint("GET /imports")
def _(world, role, city, inside):
    return Request("/imports?limit=500", target=_import_run(world, role, city, is_good=True))


@endpoint("POST /imports/<kind>")
def _(world, role, city, inside):
    path = f"/imports/incidents?name=cases.geojson&jurisdiction={city.code}"
    return Request(path, _cases_to_import(city))


@endpoint("GET /imports/<uuid:run_id>")
def _(world, role, city, inside):
    return Request(f"/imports/{_import_run(world, role, city, is_good=True)}")


@endpoint("POST /imports/<uuid:run_id>/undo")
def _(world, role, city, inside):
    return Request(f"/imports/{_import_run(world, role, city, is_good=True)}/undo", {"dry_run": True})


@endpoint("GET /imports/<uuid:run_id>/faults")
def _(world, role, city, inside):
    return Request(f"/imports/{_import_run(world, role, city, is_good=False)}/faults")


@endpoint("GET /imports/<uuid:run_id>/errors")
def _(world, role, city, inside):
    return Request(f"/imports/{_import_run(world, role, city, is_good=False)}/errors")


# --- exports ------------------------------------------------------------------------------------


def _homes(city):
    """What to ask for to get the homes of a city, of which there is one at least; an administrator sees more."""
    flat(city)
    (west, south), (east, north) = (city.at(at, at).values() for at in (0, 2))
    return {
        "collection": "households",
        "format": "csv",
        "query": {"bbox": f"{west},{south},{east},{north}"},
    }


def _export(world, role, city, *, is_done=False, alone=5_000):
    """The id of an export of homes that somebody of the role asked for; of GIS, where the role may not."""
    person = world.person(role if role in ("supervisor", "admin") else "gis", city)
    homes = _homes(city)
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
def _(world, role, city, inside):
    return Request("/exports?limit=500", target=_export(world, role, city))


@endpoint("POST /exports")
def _(world, role, city, inside):
    return Request("/exports", {"collection": "components", "format": "gpkg", "query": {"state": "in_use"}})


@endpoint("POST /exports/at-once")
def _(world, role, city, inside):
    return Request("/exports/at-once", _homes(city))


@endpoint("GET /exports/<uuid:run_id>")
def _(world, role, city, inside):
    return Request(f"/exports/{_export(world, role, city)}")


@endpoint("DELETE /exports/<uuid:run_id>")
def _(world, role, city, inside):
    return Request(f"/exports/{_export(world, role, city)}")


@endpoint("GET /exports/<uuid:run_id>/file")
def _(world, role, city, inside):
    return Request(f"/exports/{_export(world, role, city, is_done=True)}/file")


@endpoint("POST /exports/<uuid:run_id>/approve")
def _(world, role, city, inside):
    return Request(f"/exports/{_export(world, 'gis', city, alone=0)}/approve", {"note": "agreed"})


@endpoint("POST /exports/<uuid:run_id>/refuse")
def _(world, role, city, inside):
    return Request(f"/exports/{_export(world, 'gis', city, alone=0)}/refuse", {"note": "too much"})


# --- supervision --------------------------------------------------------------------------------


@endpoint("GET /supervision/board")
def _(world, role, city, inside):
    world.case(city)
    return Request(f"/supervision/board?within={city.areas['s']}")


@endpoint("GET /supervision/queue")
def _(world, role, city, inside):
    body = {"id": str(uuid7()), **city.in_no_grid(), "category": "E0102", "description": "无网格"}
    answer = world.person("reporter", city).post("/incidents", body)
    assert answer.json["waiting"], answer.json
    return Request(f"/supervision/queue?within={city.areas['s']}&limit=500")


@endpoint("GET /supervision/workers")
def _(world, role, city, inside):
    path = f"/supervision/workers?within={city.areas['g1']}&limit=500"
    return Request(path, target=str(_located(world, city).id))


# --- field apps ---------------------------------------------------------------------------------


plain("GET /sync")


@endpoint("GET /sync/checksum")
def _(world, role, city, inside):
    person = world.person(role, world.home)
    page = person.get("/sync").json
    while page.get("complete") is False:  # sums are told for a whole checkpoint
        page = person.get(f"/sync?token={page['token']}").json
    return Request(f"/sync/checksum?token={page.get('token', 'none')}")


@endpoint("GET /sync/buckets/<string:bucket>")
def _(world, role, city, inside):
    world.case(city)
    return Request(f"/sync/buckets/grid:{city.areas['g1']}")


# --- figures ------------------------------------------------------------------------------------


plain("GET /me/figures")


@endpoint("GET /me/figures/<figure>/members")
def _(world, role, city, inside):
    return Request("/me/figures/load/members")


@endpoint("POST /me/figures/<figure>/contest")
def _(world, role, city, inside):
    # Somebody who has contested nothing yet.
    person = world.newcomer(role, city) if role in ("worker", "grid_chief") else None
    return Request("/me/figures/load/contest", {"words": "不是我的"}, actor=person)


def _contested(world: World, city: City) -> str:
    person = world.newcomer("worker", city)
    answer = person.post("/me/figures/load/contest", {"words": "不是我的"})
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def signal_of(world: World, city: City) -> str:
    """A case without a step for long is a sign; its id."""
    world.case(city)
    with db.transaction(SYSTEM) as session:
        later = clock.now() + timedelta(days=8)
        signals.look_for_signals(session, city.jurisdiction_id, "hourly", later)
    found: str = world.person("supervisor", city).get("/supervision/signals").json["items"][0]["id"]
    return found


@endpoint("GET /supervision/signals")
def _(world, role, city, inside):
    return Request("/supervision/signals?limit=500", target=signal_of(world, city))


@endpoint("POST /supervision/signals/preview")
def _(world, role, city, inside):
    body = {"area": str(city.areas["g1"]), "from": "2026-01-01", "to": "2026-01-31"}
    return Request("/supervision/signals/preview", body)


@endpoint("GET /supervision/signals/<uuid:signal_id>")
def _(world, role, city, inside):
    return Request(f"/supervision/signals/{signal_of(world, city)}")


@endpoint("GET /supervision/signals/<uuid:signal_id>/members")
def _(world, role, city, inside):
    return Request(f"/supervision/signals/{signal_of(world, city)}/members")


@endpoint("POST /supervision/signals/<uuid:signal_id>/acknowledge")
def _(world, role, city, inside):
    body = {"done": "reply", "words": "told them when"}
    return Request(f"/supervision/signals/{signal_of(world, city)}/acknowledge", body)


@endpoint("GET /supervision/contests")
def _(world, role, city, inside):
    return Request("/supervision/contests?limit=500", target=_contested(world, city))


@endpoint("POST /supervision/contests/<uuid:contest_id>/resolve")
def _(world, role, city, inside):
    body = {"outcome": "dismissed", "reason": "核对无误"}
    return Request(f"/supervision/contests/{_contested(world, city)}/resolve", body)
