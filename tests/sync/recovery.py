"""Rounds of a refused call, pulls, a crash of PostgreSQL and writes; what phones hold afterwards, and what they should.

A refused call takes a transaction number that is on no disk yet, and a pull behind it sees it as finished. After the crash
the number belongs to the next write. The processes of PostgreSQL are real and are killed; the API is called in this process.
"""

import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.factories import City, make_city
from tests.live.databases import plain
from tests.live.processes import app_on
from tests.sync.clusters import settings_on
from tests.sync.crowd.killing import kill_postgres
from tests.sync.faults.homes import homes
from tests.sync.pull_client import PullClient, fresh
from tests.sync.push_client import PushClient
from tests.waits import eventually

GRIDS = ("g1", "g2", "g3", "g1")
BACK_SECONDS = 12.0


@dataclass
class Outcome:
    """`missed`: (round, phone, row) that a new phone is given otherwise. `burnt`: rounds whose crash gave out numbers again.

    `refused`: answers 503 of calls that were made when PostgreSQL took connections again.
    """

    missed: list[tuple[int, int, tuple[str, str]]] = field(default_factory=list)
    rounds: Counter[str] = field(default_factory=Counter)
    burnt: int = 0
    refused: int = 0


@contextlib.contextmanager
def world(cluster: Any, folder: Path) -> Iterator[City]:
    """A city on a PostgreSQL that may be killed. Its log is flushed by commits alone: however slow this machine is, a
    number that was rolled back is lost at a crash."""
    with psycopg.connect(plain(cluster.url), autocommit=True) as owner:
        owner.execute("alter system set wal_writer_delay = '10s'")
        owner.execute("select pg_reload_conf()")
    settings = settings_on(cluster.url, folder)
    with app_on(settings) as app:
        yield make_city(app, settings)


class Rounds:
    """The parts that all rounds share: the supervisor, who writes, and four workers with a phone each."""

    def __init__(self, cluster: Any, city: City, *, seed: int) -> None:
        self.cluster = cluster
        self.dice = random.Random(seed)
        self.outcome = Outcome()
        self.homes = [str(home) for grid in ("g1", "g2", "g3") for home in homes(city, grid, 4)]
        self.supervisor = city.supervisor("d")
        self.people = [city.worker(grid) for grid in GRIDS]
        self.pusher = PushClient(self.people[0])
        place = city.in_grid("g1")
        (made,) = self.pusher.push(self.pusher.report(place))
        assert made["status"] == "applied", made
        self.case = made["id"]
        self.phones = [fresh(person) for person in self.people]

    def play(self, number: int, kind: str, *, refused: int) -> None:
        """One round; what phones miss after it is in `found`."""
        for person in (*self.people, self.supervisor):
            person.token = None  # it may have run out; a sign-in commits, so it comes before
            person.get("/me")
        step = f"/incidents/{self.case}/transitions"
        for _ in range(refused):
            answer = self.people[0].post(step, {"action": "check", "result": "pass"})
            assert answer.status_code == 409, answer.json
        for phone in self.phones:
            phone.pull()
        before = self._next_xid()
        self._crash(kind)
        self.outcome.burnt += self._next_xid() < before
        self._write(number)
        for which, phone in enumerate(self.phones):
            self._until_it_works(lambda phone=phone: phone.ask(phone.token))  # type: ignore[misc]
            phone.pull()
            self._compare(number, which, phone)
        self.outcome.rounds[kind] += 1

    def _crash(self, kind: str) -> None:
        if kind == "postmaster":
            kill_postgres(self.cluster, 0, all_at_once=True)
            return
        with (
            psycopg.connect(plain(self.cluster.url)) as victim,
            psycopg.connect(plain(self.cluster.url)) as other,
        ):
            os.kill(victim.info.backend_pid, signal.SIGKILL)
            with contextlib.suppress(psycopg.OperationalError):
                while True:  # until this one is told that all have ended
                    other.execute("select 1")
        eventually(self.cluster.answers, seconds=BACK_SECONDS)

    def _write(self, number: int) -> None:
        """A patch by a phone first of all, whose own work must not vanish; then patches of homes by the supervisor."""
        own = self.pusher.op("household", "patch", self.homes[0], patch={"label": f"own {number}"}, base={})
        self._until_it_works(lambda: self.pusher.send(own))
        for home in self.dice.sample(self.homes[1:], 3):
            self._rename(home, f"round {number}")

    def _rename(self, home: str, label: str) -> None:
        path = f"/households/{home}"
        household = self._until_it_works(lambda: self.supervisor.get(path))
        version = household.json["version"]
        self._until_it_works(lambda: self.supervisor.patch(path, {"label": label}, version))

    def _compare(self, number: int, which: int, phone: PullClient) -> None:
        held, new = phone.state(), fresh(phone.person)
        wanted = new.state()
        differing = {key for key in held.keys() | wanted.keys() if held.get(key) != wanted.get(key)}
        self.outcome.missed += [(number, which, key) for key in sorted(differing)]
        self.phones[which] = new  # what one round hid does not count for the next

    def _until_it_works(self, act: Callable[[], Any]) -> Any:
        def answered() -> Any:
            answer = act()
            self.outcome.refused += answer.status_code == 503
            return None if answer.status_code == 503 else answer

        answer = eventually(answered, seconds=BACK_SECONDS, every=0.05)
        assert answer.status_code == 200, answer.json
        return answer

    def _next_xid(self) -> int:
        with psycopg.connect(plain(self.cluster.url)) as connection:
            row = connection.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        assert row
        return int(row[0])


def without_the_horizon(cluster: Any) -> None:
    """The database as it would be if snapshots were given out as they are, and judged by the present number alone.

    The mark of the recovery would refuse the tokens of before, and everybody would begin anew.
    """
    with psycopg.connect(plain(cluster.url), autocommit=True) as owner:
        owner.execute("""
          create or replace function durable_snapshot() returns pg_snapshot language sql stable
            as 'select pg_current_snapshot()';
          create or replace function is_past_snapshot(last pg_snapshot, life text, durable pg_snapshot)
            returns boolean language sql stable
            as 'select pg_snapshot_xmax(last) <= pg_snapshot_xmax(pg_current_snapshot())'""")
