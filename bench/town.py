"""The people of a loaded city and what they ask of the server: workers with phones, supervisors at consoles.

Rates follow from the recorded months of the demo (`app/demo/life`): reports, answers to offers, visits and steps of cases by
duty. How often phones and consoles ask without being touched are their timers.
"""

import asyncio
import itertools
import json
import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from app.core.ids import uuid7
from bench.crowd_client import Kind, Person, sign_in_all
from bench.environment import set_passwords
from bench.stage import Stage

_LIFE = Path(__file__).parents[1] / "app" / "demo" / "life" / "life.json"
API = "/api/v1"
DUTY_S = 8 * 3600
# Requests in a duty of a worker that nobody asks for by hand; those of consoles are counted by worker.
HABITS = {"positions": 480, "pull": 96, "board": 2.4, "list": 1.0, "tile": 2.0, "figures": 0.05}
PHONES_MAX = 1_000
CONSOLES_MAX = 100
CALLERS = 40
ANALYSTS = 10


def by_duty() -> dict[str, float]:
    """Return how many requests of each kind belong to one duty of a worker."""
    rows = json.loads(_LIFE.read_text())["rows"]
    facts = {
        "report": rows["report"],
        "accept": rows["offer"],
        "push": rows["visit"] + rows["assignment"],
    }
    return {name: number / rows["duty"] for name, number in facts.items()} | HABITS


@dataclass(slots=True)
class Town:
    """The signed-in people of a city.

    Attributes:
        offers: Assignments that were offered and not answered yet, with their worker.
        acknowledged: Ids of reports that the server acknowledged.
        callers: Second connections of some workers, for what must not wait for the rest of their requests.
        analysts: Further connections of the administrator, for figures.
        on_duty: Workers on duty in the whole city, of whom `workers` are a part.
    """

    stage: Stage
    workers: list[Person]
    consoles: list[Person]
    admin: Person
    on_duty: int
    lot: random.Random = field(default_factory=lambda: random.Random(11))
    offers: deque[tuple[str, Person]] = field(default_factory=deque)
    acknowledged: list[str] = field(default_factory=list)
    callers: list[Person] = field(default_factory=list)
    analysts: list[Person] = field(default_factory=list)
    _by_id: dict[str, Person] = field(default_factory=dict)
    _seq: Any = field(default_factory=lambda: itertools.count(1))

    async def sign_in(self) -> None:
        """Sign in everybody; tokens are good for ten minutes."""
        self._by_id = {worker.state["id"]: worker for worker in self.workers}
        await sign_in_all([*self.workers, *self.consoles, self.admin], self.stage.password)
        for caller in self.callers:
            caller.token = self._by_id[caller.state["id"]].token
        for analyst in self.analysts:
            analyst.token = self.admin.token

    async def first_pull(self) -> None:
        """Let each phone have its rows, as phones do once."""
        places = asyncio.Semaphore(4)

        async def pull_all(worker: Person) -> None:
            async with places:
                for _ in range(100):
                    is_complete = await self._pull_page(worker)
                    if is_complete:
                        return
                    if is_complete is None:  # refused for now, as by an overloaded server
                        await asyncio.sleep(1)
                raise SystemExit(f"{worker.username} cannot pull: {worker.state['status']}")

        await asyncio.gather(*(pull_all(worker) for worker in self.workers))

    def close(self) -> None:
        """Close all connections."""
        for person in (*self.workers, *self.callers, *self.consoles, *self.analysts, self.admin):
            person.close()

    async def report(self, worker: Person) -> int:
        """Report an incident in the worker's grid."""
        incident_id = str(uuid7())
        lon, lat = self.lot.choice(worker.state["places"])
        body = {
            "id": incident_id,
            "lon": lon,
            "lat": lat,
            "category": "E-litter",
            "description": "路边有垃圾",
        }
        status, answer = await worker.ask("POST", f"{API}/incidents", body)
        if status in (200, 201):
            self.acknowledged.append(incident_id)
            assignment = json.loads(answer).get("assignment") or {}
            addressee = self._by_id.get((assignment.get("worker") or {}).get("id", ""))
            if addressee is not None:
                self.offers.append((assignment["id"], addressee))
        return status

    async def accept(self, worker: Person) -> int:
        """Accept an offer in the name of its worker; without one, acknowledge none."""
        if not self.offers:
            return 204
        assignment, addressee = self.offers.popleft()
        token, worker.token = worker.token, addressee.token
        try:
            status, _ = await worker.ask("POST", f"{API}/assignments/{assignment}/accept")
        finally:
            worker.token = token
        if status == 409:  # the offer expired, or was withdrawn
            return 204
        if status not in (200, 201):
            self.offers.append((assignment, addressee))
        return status

    async def call_for_help(self, worker: Person) -> int:
        """Call for help, and close the call after it was answered."""
        call_id = str(uuid7())
        lon, lat = worker.state["places"][0]
        body = {"id": call_id, "lon": lon, "lat": lat, "accuracy_m": 10, "at": datetime.now(UTC).isoformat()}
        status, _ = await worker.ask("POST", f"{API}/sos", body)
        if status in (200, 201):
            await worker.ask("POST", f"{API}/sos/{call_id}/close", {"outcome": "false_alarm"})
        return status

    async def push(self, worker: Person) -> int:
        """Push a visit, as phones do after each entry."""
        operation = {
            "op_id": str(uuid7()),
            "device_seq": next(self._seq),
            "entity": "visit",
            "op": "create",
            "id": str(uuid7()),
            "client_at": datetime.now(UTC).isoformat(),
            "patch": {"household_id": self.lot.choice(worker.state["homes"]), "outcome": "done"},
        }
        body = {"sent_at": datetime.now(UTC).isoformat(), "ops": [operation]}
        status, answer = await worker.ask("POST", f"{API}/sync/push", body)
        if status == 200:
            result = json.loads(answer)["results"][0]
            return 200 if result["status"] in ("applied", "merged") else 422
        return status

    async def pull(self, worker: Person) -> int:
        """Pull what changed since the last pull."""
        return 200 if await self._pull_page(worker) is not None else worker.state["status"]

    async def _pull_page(self, worker: Person) -> bool | None:
        token = worker.state.get("checkpoint")
        query = f"&token={quote(token)}" if token else ""
        status, answer = await worker.ask("GET", f"{API}/sync?limit=2000{query}")
        worker.state["status"] = status
        if status != 200:
            return None
        page = json.loads(answer)
        worker.state["checkpoint"] = page["token"]
        return bool(page["complete"])

    async def positions(self, worker: Person) -> int:
        """Send the fixes of the last minute."""
        now = datetime.now(UTC)
        since = worker.state.get("sent_at", now - timedelta(seconds=60))
        worker.state["sent_at"] = now
        lon, lat = worker.state["places"][0]
        step = max((now - since) / 6, timedelta(milliseconds=1))
        fixes = [
            {"at": (since + step * n).isoformat(), "lon": lon, "lat": lat + n * 1e-4, "accuracy_m": 8.0}
            for n in range(1, 7)
        ]
        body = {"sent_at": now.isoformat(), "positions": fixes}
        return (await worker.ask("POST", f"{API}/positions", body))[0]

    async def board(self, console: Person) -> int:
        """Read the board of a street, as a console does at its timer."""
        return (await console.ask("GET", f"{API}/supervision/board"))[0]

    async def list_cases(self, console: Person) -> int:
        """Read a page of open cases."""
        return (await console.ask("GET", f"{API}/incidents?limit=50&status=open"))[0]

    async def tile(self, console: Person) -> int:
        """Read a tile of zoom 14 with its last ETag."""
        x, y = 13655 + self.lot.randrange(15), 6748 + self.lot.randrange(10)
        path = f"/ogc/collections/incidents/tiles/WebMercatorQuad/14/{y}/{x}"
        return (await console.ask("GET", path))[0]

    async def figures(self, analyst: Person) -> int:
        """Read the figures of last month by street."""
        first = (datetime.now(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)
        last = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
        query = f"from={first}&to={last}&group_by=area:street&compare=none"
        return (await analyst.ask("GET", f"{API}/figures?{query}"))[0]

    def kinds(self) -> list[Kind]:
        """Return all kinds of requests with the rates of this city's average hour."""
        acts = {
            "report": (self.workers, self.report),
            "accept": (self.callers, self.accept),
            "push": (self.workers, self.push),
            "pull": (self.workers, self.pull),
            "positions": (self.workers, self.positions),
            "board": (self.consoles, self.board),
            "list": (self.consoles, self.list_cases),
            "tile": (self.consoles, self.tile),
            "figures": (self.analysts, self.figures),
        }
        numbers = by_duty()
        return [
            Kind(name, numbers[name] * self.on_duty / DUTY_S, people, act)
            for name, (people, act) in acts.items()
        ]

    def help_kind(self, per_s: float) -> Kind:
        """Return calls for help at a rate."""
        return Kind("help", per_s, self.callers, self.call_for_help)

    def missing(self) -> int:
        """Return how many acknowledged reports the database does not have."""
        with psycopg.connect(self.stage.url) as connection:
            row = connection.execute(
                "select count(*) from unnest(%s::uuid[]) id where not exists (select 1 from incident i where i.id = id.id)",
                [self.acknowledged],
            ).fetchone()
        assert row is not None
        return int(row[0])


def make_town(stage: Stage, *, phones: int = PHONES_MAX) -> Town:
    """Return the people of a city whose database is a copy: all workers are put on duty."""
    with psycopg.connect(stage.url) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            """insert into duty (id, worker_id, during)
               select gen_random_uuid(), w.id, tstzrange(now() - interval '4 hours', null) from worker w
               where not exists (select 1 from duty d where d.worker_id = w.id and upper_inf(d.during))"""
        )
        connection.execute("update worker_position set at = now()")
        today = datetime.now(UTC).date()
        connection.execute(
            "select make_position_partitions(%s, %s)", [today - timedelta(days=8), today + timedelta(days=2)]
        )
        rows = connection.execute(
            """select a.username, a.id::text, array_agg(h.id::text), array_agg(array[ST_X(p.location), ST_Y(p.location)])
               from account a join responsibility r on r.worker_id = a.id
               join household h on h.grid_id = r.area_id join premises p on p.id = h.premises_id
               where a.username = any(%s) group by 1, 2 order by length(a.username), 1""",
            [[f"bench-worker-{n}" for n in range(phones)]],
        ).fetchall()
        on_duty = connection.execute("select count(*) from duty where upper_inf(during)").fetchone()
        streets = connection.execute(
            "select username from account where username like 'bench-street-%%' order by length(username), 1 limit %s",
            [CONSOLES_MAX],
        ).fetchall()
    with psycopg.connect(stage.url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    assert on_duty is not None
    workers = [
        Person(stage.base, username, state={"id": worker_id, "homes": homes, "places": places})
        for username, worker_id, homes, places in rows
    ]
    callers = [Person(stage.base, w.username, state=dict(w.state)) for w in workers[-CALLERS:]]
    consoles = [Person(stage.base, name) for (name,) in streets for _ in range(_per_street(len(streets)))]
    admin = Person(stage.base, "bench-admin")
    names = sorted({person.username for person in (*workers, *consoles, admin)})
    set_passwords(stage.url, stage.settings, names, stage.password)
    analysts = [Person(stage.base, admin.username) for _ in range(ANALYSTS)]
    return Town(stage, workers, consoles, admin, int(on_duty[0]), callers=callers, analysts=analysts)


def _per_street(streets: int) -> int:
    """Return how many people sit at consoles of a street: at least ten in the city."""
    return max(1, 10 // max(streets, 1))
