"""Faults of server and database, and changes of the city, while the phones work."""

import math
import os
import signal
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy.exc import OperationalError

from app.core import db
from tests.live.databases import plain
from tests.live.processes import Server, is_alive
from tests.sync.crowd.killing import kill_postgres
from tests.sync.crowd.ledger import Ledger
from tests.sync.crowd.plan import OFFICE, Act, Plan
from tests.sync.crowd.town import HOMES, PAIRS, Town
from tests.waits import eventually

AGAIN = (errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)
# What happens at the same time. The first one is for the thread that begins PostgreSQL, which ends with it.
LANES = (("PostgreSQL",), ("server", "server process"), (*OFFICE, "enable"))


class Lane:
    """Acts that come one after another."""

    def __init__(self, acts: list[Act]) -> None:
        self.acts = acts
        self.reached = 0.0  # the next one is due at this progress
        self.is_busy = False


@dataclass
class Director:
    plan: Plan
    town: Town
    ledger: Ledger
    cluster: Any  # None: PostgreSQL is somebody else's and is not killed
    url: str
    server: Server
    begin_server: Any  # () -> Server, on the same port
    done: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    disabled: set[Any] = field(default_factory=set)
    is_over: bool = False
    _writers: list[threading.Thread] = field(default_factory=list)
    _borders: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lanes = [Lane([act for act in self.plan.acts if act.kind in kinds]) for kinds in LANES]

    @property
    def reached(self) -> float:
        """All acts that were due before this progress have begun."""
        return min(lane.reached for lane in self._lanes)

    def run(self, progress: Any) -> None:
        """All acts, each when so much is done; those that wait for nobody come at once."""
        others = [threading.Thread(target=self._go, args=(lane, progress)) for lane in self._lanes[1:]]
        for other in others:
            other.start()
        self._go(self._lanes[0], progress)
        for other in others:
            other.join()
        for writer in self._writers:
            writer.join(30)
        for engine in db.all_engines():  # connections to a database that was killed since
            engine.dispose()
        self.is_over = True

    def _go(self, lane: Lane, progress: Any) -> None:
        act = None
        try:
            for act in lane.acts:
                self._wait_for(act.when, lane, progress)
                if self.ledger.wrong:
                    break
                lane.is_busy = True
                self._do(act)
                lane.is_busy = False
        except Exception as error:
            self.ledger.fault(f"{act}: {error!r}"[:1000])
        finally:
            lane.is_busy, lane.reached = False, math.inf

    def _wait_for(self, when: float, lane: Lane, progress: Any) -> None:
        lane.reached = when
        stands, since = progress(), time.monotonic()
        while progress() < when and not self.ledger.wrong:
            if progress() != stands or any(other.is_busy for other in self._lanes):
                stands, since = progress(), time.monotonic()
            if time.monotonic() - since > 2:  # all phones wait for something to happen here
                return
            time.sleep(0.005)  # pause: between looks at the progress, whose standstill ends the wait

    def _do(self, act: Act) -> None:
        began = time.monotonic()
        getattr(self, "_" + act.kind.replace(" ", "_"))(act.dice)
        self.done[act.kind] += 1
        self.seconds[act.kind] += time.monotonic() - began

    def _person(self, dice: float) -> Any:
        return self.town.people[int(dice * len(self.town.people))]

    # City

    def _again(self, act: Any) -> None:
        """An office does it again if the database broke a deadlock with it, or was killed: with or without its effect."""
        give_up = time.monotonic() + 120
        while time.monotonic() < give_up:
            try:
                act()
                return
            except OperationalError as error:
                # A loaded machine may be too slow for the time limit of a statement.
                if not isinstance(error.orig, AGAIN) and not was_cut_off(error):
                    raise
                self.done[f"({type(error.orig).__name__})"] += 1
                time.sleep(0.05)  # pause: before the transaction is tried again
        raise AssertionError("for two minutes again and again")

    def _reassign(self, dice: float) -> None:
        """Somebody loses a grid and gets another."""
        person = self._person(dice)
        number = int(dice * 1_000_003)
        if len(self.town.responsibilities[person.id]) > 1:
            self._again(lambda: self.town.take(person, number))
        self._again(lambda: self.town.give(person, self.town.grids[number % len(self.town.grids)]))

    def _redraw(self, dice: float) -> None:
        pair = int(dice * PAIRS)
        # Never where it was: a home stands every 0.05.
        steps = [0.7, 0.85, 1.0, 1.15, 1.3]
        new = [s for s in steps if s != self._borders.get(pair, 1.0)][int(dice * 1000) % 4]
        self._borders[pair] = new
        self._again(lambda: self.town.redraw(pair, new))

    def _disable(self, dice: float) -> None:
        person = self._person(dice)
        self.disabled.add(person.id)
        self._again(lambda: self.town.disable(person))

    def _enable(self, dice: float) -> None:
        person = self._person(dice)
        self._again(lambda: self.town.enable(person))
        self.disabled.discard(person.id)

    def _slow_writer(self, dice: float) -> None:
        """A transaction that takes its numbers first and commits last; one of ten does not commit."""
        writer = threading.Thread(target=self._write_slowly, args=(dice,), daemon=True)
        writer.start()
        self._writers.append(writer)

    def _write_slowly(self, dice: float) -> None:
        number = int(dice * 1_000_003)
        mine = [self.town.homes[(number * 7 + n * 13) % (2 * HOMES * PAIRS)] for n in range(3)]
        try:
            with psycopg.connect(plain(self.url), autocommit=True) as connection:
                connection.execute("begin")
                for home in sorted(mine):
                    connection.execute(
                        "update household set label = %s where id = %s and deleted_at is null",
                        (f"slow{number}", home),
                    )
                time.sleep(0.2 + (number % 7) / 10)  # pause: a slow writer
                connection.execute("rollback" if number % 10 == 0 else "commit")
        except psycopg.OperationalError:  # PostgreSQL was killed, or chose this one to break a deadlock
            self.ledger.count("(slow writer cut off)")

    # Processes

    def _server_process(self, dice: float) -> None:
        workers = eventually(lambda: len(w := self.server.workers()) == 2 and w, seconds=60)
        os.kill(workers[int(dice * 2)], signal.SIGKILL)
        victim = workers[int(dice * 2)]
        eventually(lambda: not is_alive(victim), seconds=30)
        # Several deaths in a minute end the server, as they should: it begins anew before that.
        if self.done["server process"] % 2:
            self._server(dice)

    def _server(self, dice: float) -> None:
        self.server.kill()
        time.sleep(dice * 0.2)  # pause: how long the server is down
        self.server = self.begin_server().wait_ready()

    def _PostgreSQL(self, dice: float) -> None:
        if self.cluster is None:
            return
        kill_postgres(self.cluster, dice * 0.3, all_at_once=dice * 1000 % 1 < 0.5)
        eventually(self.server.is_ready, seconds=60)


def was_cut_off(error: OperationalError) -> bool:
    """Return True if the database was lost, or could not be reached."""
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state[:3] in ("57P", "080")
