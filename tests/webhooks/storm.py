"""Changes of cases while senders are killed and connections are cut; what a receiver and a reader of the log get of them.

The senders are child processes that run the loop of the job, with a lease of seconds in place of a minute. As with that of
the job, the time of a batch and of the last request is shorter than the lease, so that two never send at the same time.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

from app.core import clock, db
from app.settings import Settings
from app.webhooks.queries.log import Filters
from app.webhooks.rules.cursors import parse_cursor
from app.webhooks.rules.event_types import event_id
from app.webhooks.service.log import read_page
from tests.live.databases import plain
from tests.live.processes import ROOT, environment

# The program imports once and forks for each sender, because a start takes seconds of a busy processor.
SENDER = """
import os, signal, sys, time
from dataclasses import replace
from datetime import timedelta
from app.core import db, logins
from app.settings import Settings
from app.webhooks import jobs, service
from app.core.outgoing import Limits
from app.webhooks.rules import attempts
from app.webhooks.service import sending
attempts.LEASE, attempts.BATCH_SECONDS, sending.LIMITS = timedelta(seconds=3), 0.5, Limits(seconds=1)
settings = Settings.from_env()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)

def run():
    db.configure(logins.url_of(settings, logins.JOB), role=logins.JOB, statement_timeout_ms=0)
    sender = replace(jobs.sender_of(settings), pauses_s=(0,) * 1000)
    while True:
        service.send_due(sender)
        time.sleep(0.02)

for _ in sys.stdin:
    if pid := os.fork():
        print(pid, flush=True)
    else:
        run()
"""
# A transaction writes events of random cases; it locks each case first, in the order of ids, as the life cycle does.
_LOCK = "select 1 from incident where id = any(%(ids)s::uuid[]) order by id for update"
_TOUCH = "update incident set updated_at = clock_timestamp() where id = any(%(ids)s::uuid[])"
_ADD = """
  insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at)
  select i.id, 'note', i.status, i.status, 'system', '00000000-0000-0000-0000-000000000000', clock_timestamp()
  from generate_series(1, %(times)s) n, incident i where i.id = any(%(ids)s::uuid[]) order by n, i.id
"""
_EVENTS = text("select seq, incident_id, recorded_at from incident_event where action = 'note' order by seq")


@dataclass
class StormReceiver:
    """A receiver that cuts connections and fails at random. `ids` are in the order of receipt, doubles included."""

    seed: int
    cut_share: float = 0.004
    port: int = 0
    ids: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        dice, data = random.Random(self.seed + connection.fileno() + len(self.ids)), b""
        with contextlib.suppress(OSError), connection:
            while not self._stopped.is_set():
                while b"\r\n\r\n" not in data:
                    data += (part := connection.recv(65_536))
                    if not part:
                        return
                head, _, data = data.partition(b"\r\n\r\n")
                headers = dict(header.split(b": ", 1) for header in head.split(b"\r\n")[1:])
                headers = {name.lower(): value for name, value in headers.items()}
                length = int(headers[b"content-length"])
                while len(data) < length:
                    data += (part := connection.recv(65_536))
                    if not part:
                        return
                data = data[length:]
                draw = dice.random()
                if draw < self.cut_share / 2:
                    self.faults["cut before"] += 1
                    return
                if draw < self.cut_share:
                    self.faults["refused"] += 1
                    connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
                    continue
                self.ids.append(headers[b"webhook-id"].decode())
                if draw < self.cut_share * 1.5:
                    self.faults["cut after"] += 1  # received, and the answer is lost
                    return
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def stop(self) -> None:
        self._stopped.set()


@contextlib.contextmanager
def storm_receiver(seed: int) -> Iterator[StormReceiver]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        receiver = StormReceiver(seed, port=listener.getsockname()[1])
        listener.settimeout(0.2)
        thread = threading.Thread(target=receiver.serve, args=(listener,), daemon=True)
        thread.start()
        yield receiver
        receiver.stop()
        thread.join()


class Senders:
    """Two sending processes, which are killed and replaced."""

    def __init__(self, settings: Settings, folder: Any, seed: int) -> None:
        env = environment(settings, folder) | {"GRIDWARD_OUTGOING_ALLOWED": "127.0.0.0/8"}
        self._env, self._log, self._dice = env, folder / "senders.log", random.Random(seed)
        self.kills = 0
        self._parent = self._start_parent()
        self._running = [self._start(), self._start()]

    def _start_parent(self) -> subprocess.Popen[str]:
        with self._log.open("ab") as log:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
            return subprocess.Popen([sys.executable, "-c", SENDER], env=self._env, cwd=ROOT, **pipes)

    def _start(self) -> int:
        assert self._parent.stdin is not None and self._parent.stdout is not None
        self._parent.stdin.write("start\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def kill_one(self) -> None:
        number = self._dice.randrange(2)
        os.kill(self._running[number], signal.SIGKILL)
        self._running[number] = self._start()
        self.kills += 1

    def stop(self) -> None:
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
        self._parent.kill()
        self._parent.communicate()


def write_changes(url: str, cases: list[str], *, changes: int, seed: int, writers: int = 3) -> None:
    """Write events of the cases in many transactions at once: of different size, some slow, some rolled back."""
    left, lock = [changes], threading.Lock()

    def write(number: int) -> None:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            write_over(connection, number)

    def write_over(connection: psycopg.Connection, number: int) -> None:
        dice = random.Random(seed * 1_000 + number)
        while True:
            ids = sorted(dice.sample(cases, dice.randint(1, 4)))
            times = dice.randint(1, 20)
            is_undone = dice.random() < 0.1
            with lock:
                if left[0] <= 0:
                    return
                times = max(1, min(times, left[0] // len(ids)))
                ids = ids[: left[0]]
                left[0] -= 0 if is_undone else times * len(ids)
            binds = {"ids": ids, "times": times}
            with connection.transaction(force_rollback=is_undone):
                for statement in (_LOCK, _ADD, _TOUCH):
                    connection.execute(statement, binds)
                if dice.random() < 0.05:
                    time.sleep(
                        dice.random() * 0.2
                    )  # pause: a slow transaction, whose numbers are lower than later ones

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def read_until(reader: Any, cursor_text: str, is_done: threading.Event, ids: list[str]) -> None:
    """Read the log by its cursor in pages of random size until the storm is over, and then to its end."""
    cursor, dice = parse_cursor(cursor_text), random.Random(len(cursor_text))
    while True:
        was_done = is_done.is_set()
        with db.read_session() as session:
            page = read_page(
                session, reader, cursor, filters=Filters(), limit=dice.choice((50, 200, 500)), now=clock.now()
            )
        ids.extend(str(event["event_id"]) for event in page.events if event["action"] == "note")
        cursor = parse_cursor(str(page.cursor))
        if page.is_last:
            if was_done:
                return
            time.sleep(0.05)  # pause: of a client that polls


def events_in_order() -> dict[UUID, list[str]]:
    """Return the ids of the committed events of each case, in order."""
    order: dict[UUID, list[str]] = defaultdict(list)
    with db.read_session() as session:
        for row in session.execute(_EVENTS):
            order[row.incident_id].append(str(event_id(row.seq, row.incident_id, row.recorded_at)))
    return order
