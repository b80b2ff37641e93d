"""Thousands of offers raced for: accept, decline and expiry of each at once, while batches place what waits."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError

from app.core import clock, db
from app.core.actor import SYSTEM
from app.core.errors import DomainError
from app.incidents import jobs, service
from app.integrity import service as integrity
from tests.dispatch.acts import publish
from tests.factories import City, Person
from tests.live.processes import Server
from tests.live.races import overload, report_at_once

LIVE = """
  select o.id, o.assignment_id, o.worker_id from offer o
  where o.incident_id = %s and o.state = 'offered' order by o.worker_id
"""
# Where a case may be when the storm is over: with somebody, asked of somebody, or waiting for a reason.
LOST = """
  select i.id, i.status, i.waiting_reason from incident i
  where i.id = any(%s) and not (
    i.status = 'accepted' and exists (select 1 from assignment a where a.incident_id = i.id and a.state = 'accepted')
    or i.status = 'dispatched' and exists (
         select 1 from offer o join assignment a on a.id = o.assignment_id and a.state in ('offered', 'open')
         where o.incident_id = i.id and o.state = 'offered')
    or i.waiting_since is not null and i.waiting_reason is not null
    or i.status = 'force_closed' and i.id = any(%s))
"""
DOUBLE = """
  select incident_id, role, count(*) from assignment
  where incident_id = any(%s) and ended_at is null group by 1, 2 having count(*) > 1
  union all
  select incident_id, 'accepts', count(*) from incident_event
  where incident_id = any(%s) and action = 'accept' group by 1 having count(*) > 1
  union all
  select o.incident_id, 'winners', count(*) from offer o join assignment a on a.id = o.assignment_id
  where o.incident_id = any(%s) and o.state = 'accepted'
  group by 1, o.assignment_id having count(*) > 1 or bool_or(a.worker_id <> o.worker_id)
"""
# Of the two kinds of reports one is asked of several at once.
SEVERAL = {"priorities": [2], "after_rings": True, "most": 6}
CATEGORIES = ("E0102", "E0203")


@dataclass
class Storm:
    """One town in which everything happens at once. `told`: what the callers were answered, by offer."""

    server: Server
    city: City
    owner: Any
    seed: int
    connect: Callable[[], Any]
    boss: UUID
    closed: list[str] = field(default_factory=list)
    people: dict[UUID, Person] = field(default_factory=dict)
    tokens: dict[UUID, tuple[str, float]] = field(default_factory=dict)
    outcomes: dict[UUID, Counter[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    broadcasts: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def token(self, worker_id: UUID) -> str:
        """Of one worker; signed in anew before it runs out."""
        with self.lock:
            token, since = self.tokens.get(worker_id, ("", 0.0))
        if time.monotonic() - since > 300:
            token = self.people[worker_id].sign_in()["access_token"]
            with self.lock:
                self.tokens[worker_id] = (token, time.monotonic())
        return token

    def race(
        self, pool: ThreadPoolExecutor, case: str, offer: Any, chance: random.Random, connection: Any
    ) -> None:
        """Accept, decline and expiry of one offer, started together, in an order drawn by lot."""
        offer_id, assignment_id, worker_id = offer
        life = chance.choice([0, 10, 30, 60, 10_000, 10_000])
        connection.execute(
            "update offer set expires_at = clock_timestamp() + %s * interval '1 ms' where id = %s and state = 'offered'",
            [life, offer_id],
        )
        start = threading.Barrier(3)
        pauses = [chance.uniform(0, 0.02) for _ in range(3)]
        token = self.token(worker_id)

        def answer(kind: str, pause: float) -> str:
            client = self.server.client(timeout=60)
            start.wait()
            time.sleep(pause)  # pause: the order of the racers, drawn
            body = {"reason": "too far"} if kind == "decline" else {}
            headers = {"Authorization": f"Bearer {token}"}
            got = client.post(f"/api/v1/assignments/{assignment_id}/{kind}", json=body, headers=headers)
            client.close()
            assert got.status_code in (200, 404, 409), got.data
            return f"{kind} {got.status_code}"

        def expire(pause: float) -> str:
            start.wait()
            time.sleep(pause)  # pause: the order of the racers, drawn
            try:
                with db.transaction(SYSTEM) as session:
                    done = service.expire_offer(session, incident_id=UUID(case), now=clock.now())
            except (DomainError, OperationalError):
                return "expire lost"
            return f"expire {done}"

        acts = [
            pool.submit(answer, "accept", pauses[0]),
            pool.submit(answer, "decline", pauses[1]),
            pool.submit(expire, pauses[2]),
        ]
        got = Counter(act.result() for act in acts)
        with self.lock:
            self.outcomes[offer_id] = got

    def reach(self, offer: Any) -> None:
        """The phone of the worker reports that it has the offer."""
        client = self.server.client(timeout=60)
        headers = {"Authorization": f"Bearer {self.token(offer[2])}"}
        got = client.post(f"/api/v1/offers/{offer[0]}/delivered", headers=headers)
        client.close()
        assert got.status_code == 204, got.data

    def race_among(
        self, pool: ThreadPoolExecutor, case: str, offers: list[Any], chance: random.Random, connection: Any
    ) -> None:
        """Everybody who is asked answers at once, most of them with yes, while the offers run out."""
        life = chance.choice([0, 20, 60, 10_000, 10_000, 10_000])
        for offer in offers:  # one by one: this is no statement of the server's, whose locks have an order
            connection.execute(
                "update offer set expires_at = clock_timestamp() + %s * interval '1 ms' where id = %s and state = 'offered'",
                [life, offer[0]],
            )
        start = threading.Barrier(len(offers) + 1)
        for offer in offers:
            self.token(offer[2])

        def answer(offer: Any, kind: str, pause: float) -> str:
            client = self.server.client(timeout=60)
            headers = {"Authorization": f"Bearer {self.token(offer[2])}"}
            body = {"reason": "too far"} if kind == "decline" else {}
            start.wait()
            time.sleep(pause)  # pause: the order of the racers, drawn
            got = client.post(f"/api/v1/assignments/{offer[1]}/{kind}", json=body, headers=headers)
            client.close()
            assert got.status_code in (200, 404, 409), got.data
            return f"{kind} {got.status_code}"

        def expire() -> None:
            start.wait()
            time.sleep(0.01)  # pause: the order of the racers, drawn
            with suppress(DomainError, OperationalError), db.transaction(SYSTEM) as session:
                service.expire_offer(session, incident_id=UUID(case), now=clock.now())

        kinds = [chance.choice(["accept", "accept", "accept", "decline"]) for _ in offers]
        acts = [
            pool.submit(answer, offer, kind, chance.uniform(0, 0.01))
            for offer, kind in zip(offers, kinds, strict=True)
        ]
        ended = pool.submit(expire)
        got = [act.result() for act in acts]
        ended.result()
        assert sum(outcome == "accept 200" for outcome in got) <= 1, got
        with self.lock:
            self.broadcasts += 1
            for offer, outcome in zip(offers, got, strict=True):
                self.outcomes[offer[0]] = Counter([outcome])

    def close(self, case: str, connection: Any) -> bool:
        """Make an end of what somebody has or nobody is to be asked about any more, so that there is room again."""
        ended = "status = 'accepted' or waiting_reason in ('asked_enough', 'all_excluded')"
        if not connection.execute(f"select 1 from incident where id = %s and ({ended})", [case]).fetchone():
            return False
        client = self.server.client(timeout=60)
        answer = client.post(
            f"/api/v1/incidents/{case}/transitions",
            json={"action": "force_close", "note": "enough"},
            headers={"Authorization": f"Bearer {self.token(self.boss)}"},
        )
        client.close()
        assert answer.status_code in (200, 409), answer.data
        if answer.status_code == 200:
            with self.lock:
                self.closed.append(case)
        return True

    def solve(self) -> None:
        """Batches all the while, as the tick makes them, of what has waited for its minute at once."""
        with self.connect() as connection:
            while not self.over.is_set():
                with suppress(DeadlockDetected):  # ours, which locks in no order
                    connection.execute(
                        "update incident set waiting_since = waiting_since - interval '2 minutes' "
                        "where waiting_since > clock_timestamp() - interval '1 minute'"
                    )
                jobs.run_due(clock.now(), limit=1000)
                time.sleep(0.1)  # pause: the rhythm in which duty and batches change

    def flap(self, chance: random.Random) -> None:
        """Somebody goes off duty and comes back, again and again."""
        with self.connect() as connection:
            while not self.over.is_set():
                worker = chance.choice([p for p in self.people if p != self.boss])
                connection.execute(
                    "update duty set deleted_at = clock_timestamp() where worker_id = %s and deleted_at is null",
                    [worker],
                )
                time.sleep(0.05)  # pause: how long a worker is off duty
                connection.execute("update duty set deleted_at = null where worker_id = %s", [worker])
                time.sleep(0.1)  # pause: the rhythm in which duty and batches change


def storm(
    server: Server, city: City, owner: Any, connect: Callable[[], Any], *, races: int, threads: int, seed: int
) -> Counter[str]:
    """Race for at least `races` offers; returns how they ended and what callers were told, after all checks."""
    print(f"storm: {races} races, {threads} at once, seed {seed}")
    chance = random.Random(seed)
    reporter = city.supervisor()
    scene = Storm(server, city, owner, seed, connect, reporter.id)
    scene.people[reporter.id] = reporter
    publish(city, broadcast=SEVERAL)
    for grid in ("g1", "g2", "g3", "g4"):
        for _ in range(4):
            worker = city.worker(grid, capacity=chance.choice([1, 2, 3]))
            scene.people[worker.id] = worker
    cases: list[str] = []
    waiting: list[str] = []

    def another_race() -> None:
        place = city.in_grid(chance.choice(["g1", "g2", "g3", "g4"]))
        for category in CATEGORIES:
            made = report_at_once(server, reporter, place, reports=20, threads=8, category=category)
            cases.extend(case["id"] for case in made)
            waiting.extend(case["id"] for case in made)

    def run(number: int) -> None:
        mine = random.Random(f"{seed}.{number}")
        with connect() as connection, ThreadPoolExecutor(7) as pool:
            while len(scene.outcomes) < races and not scene.over.is_set():
                with scene.lock:
                    if len(waiting) < threads * 3:
                        another_race()
                    case = waiting.pop(mine.randrange(len(waiting)))
                while (live := connection.execute(LIVE, [case]).fetchall()) and len(scene.outcomes) < races:
                    if mine.random() < 0.5:
                        scene.reach(live[0])
                    if len(live) > 1:
                        scene.race_among(pool, case, live, mine, connection)
                    else:
                        scene.race(pool, case, live[0], mine, connection)
                if not scene.close(case, connection):  # nobody has it: a batch may find somebody
                    with scene.lock:
                        waiting.append(case)

    with ThreadPoolExecutor(threads + 2) as pool:
        aside = [pool.submit(scene.solve), pool.submit(scene.flap, random.Random(f"{seed}.flap"))]
        for other in aside:  # nobody races on without batches
            other.add_done_callback(lambda _: scene.over.set())
        runners = [pool.submit(run, n) for n in range(threads)]
        try:
            for runner in runners:
                runner.result()
        finally:
            scene.over.set()
        for other in aside:
            other.result()
    return _judged(scene, cases)


def _judged(scene: Storm, cases: list[str]) -> Counter[str]:
    owner = scene.owner
    assert owner.execute(DOUBLE, [cases, cases, cases]).fetchall() == [], "double active assignments"
    assert owner.execute(LOST, [cases, scene.closed]).fetchall() == [], "lost cases"
    assert owner.execute("select count(*) from incident where id = any(%s)", [cases]).fetchone()[0] == len(
        cases
    )
    assert overload(owner, scene.city) == []
    states = dict(
        owner.execute("select id, state from offer where id = any(%s)", [list(scene.outcomes)]).fetchall()
    )
    won = {"accepted": "accept 200", "declined": "decline 200"}
    won |= dict.fromkeys(("expired", "undelivered"), "expire True")
    for offer_id, outcomes in scene.outcomes.items():
        state = states[offer_id]
        wins = {kind: outcomes[kind] for kind in set(won.values())}
        assert sum(wins.values()) <= 1, (offer_id, state, outcomes)
        if sum(wins.values()):
            # An accept that was answered may have been given back since: never here, nobody returns anything.
            assert wins[won[state]] == 1, (offer_id, state, outcomes)
        else:
            # Nobody of the three: a job expired it, it was withdrawn from somebody off duty, or it still stands.
            assert state in ("expired", "undelivered", "withdrawn", "offered"), (offer_id, state, outcomes)
    with db.transaction(SYSTEM) as session:
        broken = [(f.name, f.count, f.ids) for f in integrity.check(session) if f.is_violation]
    assert broken == []
    placed = owner.execute(
        "select tier, outcome, count(*) from dispatch_run where incident_id = any(%s) group by 1, 2", [cases]
    ).fetchall()
    tally = Counter(f"offer {state}" for state in states.values())
    tally.update(t for outcomes in scene.outcomes.values() for t in outcomes.elements())
    tally.update({f"tier {tier} {outcome}": n for tier, outcome, n in placed})
    tally["races"], tally["cases"] = len(scene.outcomes), len(cases)
    tally["asked of several"] = scene.broadcasts
    return tally
