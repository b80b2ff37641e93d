"""Two cities with the same staff, and the table of builders: an operation of /api/v1 to a request that can succeed.

A builder gets the world, the role of the caller, the city whose rows are meant, and whether that city is the
caller's own. It creates new rows where the call uses rows up.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.core import clock, db
from app.core.actor import Role
from app.core.ids import uuid7
from tests.factories import City, Person, make_city
from tests.media import sending

REASON = {"purpose": "call_back", "explanation": "to ask where exactly it is"}
OWN_REQUEST = {"purpose": "own_request", "explanation": "asked for it in writing"}
RENEWED_AFTER_S = 240
ROLES = ("worker", "grid_chief", "handler", "supervisor", "admin", "gis")


@dataclass
class Request:
    path: str
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    target: str | None = None  # the id that a list must contain, or must not contain
    actor: Person | None = None  # a person created for this call only
    sheet: str | None = None  # CSV in place of JSON
    upload: bytes | None = None  # bytes of an upload in place of JSON
    form: dict[str, str] | None = None  # fields of a form in place of JSON

    @property
    def body(self) -> dict[str, Any]:
        """Return the body as keyword arguments of the test client."""
        if self.upload is not None:
            return {"data": self.upload, "content_type": sending.OFFSET}
        if self.form is not None:
            return {"data": self.form}
        if self.sheet is None:
            return {"json": self.json}
        return {"data": self.sheet.encode(), "content_type": "text/csv"}


class World:
    """Two cities with the same staff: at home, and away."""

    def __init__(self, app: Any, settings: Any) -> None:
        self.app, self.settings = app, settings
        self.cities: list[City] = []
        self.staff: dict[tuple[str, str], Person] = {}
        self.signed_in: dict[tuple[str, str], float] = {}
        self.home, self.away = self.city(), self.city()
        for city in (self.home, self.away):
            self.person("worker", city)

    def city(self) -> City:
        city = make_city(self.app, self.settings)
        self.cities.append(city)
        return city

    def person(self, role: str, city: City) -> Person:
        """Return the person of a role in a city; the same person on each call."""
        key = (role, city.code)
        if key not in self.staff:
            self.staff[key] = self.new_person(role, city)
        # An access token lasts ten minutes, and on a busy machine a file of tests takes longer.
        if time.monotonic() - self.signed_in.get(key, -RENEWED_AFTER_S) >= RENEWED_AFTER_S:
            self.staff[key].token = None
            self.signed_in[key] = time.monotonic()
        return self.staff[key]

    def new_person(self, role: str, city: City) -> Person:
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
        incident: dict[str, Any] = answer.json
        return incident

    def offered_assignment(self, city: City, role: str, inside: bool) -> str:
        """Return the id of an open assignment that the role may accept if the city is the caller's own."""
        self.close_sos_calls(city)
        case = self.case(city, "E0102" if role in ("worker", "grid_chief") else "0101")
        holder = ((case["assignment"] or {}).get("worker") or {}).get("id")
        if inside and role in ("worker", "grid_chief") and holder != str(self.person(role, city).id):
            body = {"action": "reassign", "worker_id": str(self.person(role, city).id), "note": "please"}
            answer = self.person("supervisor", city).post(f"/incidents/{case['id']}/transitions", body)
            assert answer.status_code == 200, answer.json
            case = answer.json
        result: str = case["assignment"]["id"]
        return result

    def accepted_assignment(self, city: City, role: str, inside: bool) -> str:
        """Return the id of an assignment that the role has accepted, where the role may accept one."""
        assignment = self.offered_assignment(city, role, inside)
        if inside and role in ("worker", "grid_chief", "handler"):
            answer = self.person(role, city).post(f"/assignments/{assignment}/accept")
            assert answer.status_code == 200, answer.json
        return assignment

    def pending_offer(self, city: City, role: str, inside: bool) -> str:
        """Return the id of an offer to the grid chief, or else to the worker of the grid."""
        recipient = role if role == "grid_chief" else "worker"
        assignment = self.offered_assignment(city, recipient, inside)
        with db.read_session() as session:
            sql = text("select cast(id as text) from offer where assignment_id = cast(:a as uuid)")
            result: str = session.execute(sql, {"a": assignment}).scalar_one()
        return result

    def close_sos_calls(self, city: City) -> None:
        """Close all open calls for help: a worker with an open call gets no offers."""
        boss = self.person("supervisor", city)
        for call in boss.get("/sos?state=open&limit=100").json["items"]:
            answer = boss.post(f"/sos/{call['id']}/close", {"outcome": "helped", "note": "she is safe"})
            assert answer.status_code == 200, answer.json

    def new_account(self, city: City) -> Person:
        """Create an account of g1 that has signed in once."""
        person = city.person(Role.WORKER, area="g1")
        person.get("/me")
        return person

    def device_id(self, person: Person) -> str:
        result: str = person.get("/me/devices").json["items"][0]["id"]
        return result


Builder = Callable[[World, str, City, bool], Request]
ENDPOINTS: dict[str, Builder] = {}
# Operations that change areas get a city of their own.
NEED_A_CITY = ("POST /areas/import", "POST /areas/redraw")


def endpoint(key: str) -> Callable[[Builder], Builder]:
    def register(builder: Builder) -> Builder:
        assert key not in ENDPOINTS, key
        ENDPOINTS[key] = builder
        return builder

    return register


def plain(key: str) -> None:
    """Register a read that needs no rows."""
    ENDPOINTS[key] = lambda *_: Request(key.partition(" ")[2])


def send(
    world: World, key: str, role: str, *, inside: bool = True, refused: Request | None = None
) -> tuple[Request, Any]:
    """Build the request of an operation and send it as `role` of the home city, or without a session if `anonymous`.

    Args:
        refused: A request that another caller was refused and that used no rows up; sent again as it is.
    """
    city = world.home if inside else world.away
    home = world.home
    if key in NEED_A_CITY and role != "anonymous" and refused is None:
        city = world.city()
        home = city if inside else world.home
    request = refused or ENDPOINTS[key](world, role, city, inside)
    method = key.partition(" ")[0]
    if role == "anonymous":
        answer = world.app.test_client(use_cookies=False).open(
            f"/api/v1{request.path}", method=method, headers=request.headers, **request.body
        )
        return request, answer
    actor = request.actor or world.person(role, home)
    return request, actor.call(method, request.path, headers=dict(request.headers), **request.body)


def time_ago(**ago: float) -> str:
    return (clock.now() - timedelta(**ago)).isoformat()


def located_worker(world: World, city: City) -> Person:
    """The worker of g1, who has sent a position."""
    worker = world.person("worker", city)
    fix = {"at": time_ago(seconds=1), **city.in_grid("g1"), "accuracy_m": 8.5}
    answer = worker.post("/positions", {"sent_at": time_ago(), "positions": [fix]})
    assert answer.status_code == 202, answer.json
    return worker
