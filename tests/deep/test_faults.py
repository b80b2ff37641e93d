"""Two hundred reporters, while server processes, the whole server and PostgreSQL are killed under them.

Kills of processes, on a PostgreSQL with fsync: what a loss of power does is not tested here.
"""

import dataclasses
import http.client
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shapely.geometry import box

from app.core.ids import uuid7
from app.settings import Settings
from tests.factories import City, Person, create_town
from tests.live.databases import migrate, plain
from tests.live.processes import JOBS, ROOT, Client, Process, Server, app_on, children_of, environment
from tests.seeds import SEED
from tests.waits import PATIENCE, eventually

pytestmark = pytest.mark.deep

REPORTERS = 200
DRIVERS = 20
WANTED = 5000
KILLS = {"server process": 3, "server": 3, "PostgreSQL": 3}
GIVE_UP = 300.0
LOST = (OSError, http.client.HTTPException)


@pytest.fixture
def cluster(tmp_path):
    sys.path.insert(0, str(ROOT / "bin" / "lib"))
    from cluster import Cluster

    made = Cluster(f"deep-{os.getpid()}", tmp_path / "postgres.log")
    try:
        made.start()
        yield made
    finally:
        made.destroy()


def make_town(app: Any, settings: Settings) -> City:
    """A district of two streets, four communities and forty grids, 500 m each."""
    code = secrets.token_hex(4)
    town = City(app, settings, code, 120.1, 30.2)

    def cells(x0: int, y0: int, x1: int, y1: int) -> Any:
        return box(120.1 + 0.005 * x0, 30.2 + 0.005 * y0, 120.1 + 0.005 * x1, 30.2 + 0.005 * y1)

    shapes: dict[str, tuple[str, str | None, Any]] = {"d": ("district", None, cells(0, 0, 10, 4))}
    for row in range(4):
        if row % 2 == 0:
            shapes[f"s{row // 2}"] = ("street", "d", cells(0, row, 10, row + 2))
        shapes[f"c{row}"] = ("community", f"s{row // 2}", cells(0, row, 10, row + 1))
        for column in range(10):
            shapes[f"g{row}{column}"] = ("grid", f"c{row}", cells(column, row, column + 1, row + 1))
    create_town(town, shapes)
    return town


@dataclasses.dataclass
class Crowd:
    """What all threads share."""

    port: int
    seed: int
    acknowledged: dict[str, str] = dataclasses.field(default_factory=dict)  # acknowledged id -> case number
    tally: Counter[str] = dataclasses.field(default_factory=Counter)
    wrong: list[str] = dataclasses.field(default_factory=list)
    enough: threading.Event = dataclasses.field(default_factory=threading.Event)
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.tally[what] += 1

    def report(self, number: int, token: str) -> None:
        """One reporter: the same report again and again until it is acknowledged, then the next."""
        dice = random.Random(self.seed * 1000 + number)
        client = Client(self.port, timeout=20)
        headers = {"Authorization": f"Bearer {token}"}
        while not self.enough.is_set():
            body = {
                "id": str(uuid7()),
                "lon": round(120.1 + 0.05 * dice.random(), 6),
                "lat": round(30.2 + 0.02 * dice.random(), 6),
                "category": "E0102",
                "description": f"reporter {number}",
            }
            while True:
                try:
                    answer = client.post("/api/v1/incidents", json=body, headers=headers)
                except LOST:
                    self.count("sent again: no answer")
                else:
                    if answer.status_code in (200, 201):
                        break
                    self.count(f"sent again: {answer.status_code}")
                    if answer.status_code != 503:
                        self.wrong.append(f"{answer.status_code} {answer.data[:300]!r}")
                        if answer.status_code < 500:
                            return
                time.sleep(dice.uniform(0.05, 0.5))  # pause: before it is sent again
            with self.lock:
                self.tally[f"acknowledged with {answer.status_code}"] += 1
                self.acknowledged[body["id"]] = answer.json["case_no"]
        client.close()

    def drive(self, people: list[tuple[Person, str]], number: int) -> None:
        """Some workers: they accept or decline what they are offered, do it, and check each other's work."""
        dice = random.Random(self.seed * 1000 + 500 + number)
        client = Client(self.port, timeout=20)
        while not self.enough.is_set():
            _, token = dice.choice(people)
            headers = {"Authorization": f"Bearer {token}"}

            def send(path: str, body: dict[str, Any] | None = None, headers: Any = headers) -> Any:
                answer = client.open(
                    f"/api/v1{path}", "POST" if body is not None else "GET", json=body, headers=headers
                )
                if answer.status_code == 500:
                    self.wrong.append(f"{path}: 500 {answer.data[:300]!r}")
                # 404, 409: it moved on meanwhile, or this was done before and the answer was lost.
                elif answer.status_code not in (200, 404, 409, 503):
                    self.wrong.append(f"{path}: {answer.status_code} {answer.data[:300]!r}")
                self.count(f"work: {answer.status_code}")
                return answer

            try:
                mine = send("/assignments")
                if mine.status_code != 200:
                    time.sleep(0.2)  # pause: before it is asked again
                    continue
                for assignment in mine.json["items"][:4]:
                    self.work_on(assignment, send, dice)
            except LOST:
                time.sleep(0.2)  # pause: before it is asked again
            except Exception as error:
                self.wrong.append(repr(error))
                raise
        client.close()

    @staticmethod
    def work_on(assignment: dict[str, Any], send: Any, dice: random.Random) -> None:
        step = f"/incidents/{assignment['incident']['id']}/transitions"
        if assignment["state"] == "offered":
            if dice.random() < 0.1:
                send(f"/assignments/{assignment['id']}/decline", {"reason": "too far"})
                return
            send(f"/assignments/{assignment['id']}/accept", {})
        if assignment["role"] == "check":
            send(step, {"action": "check", "result": "pass"})
            return
        send(step, {"action": "start"})
        send(step, {"action": "feed_back", "note": "done"})


def test_acknowledged_reports_are_neither_lost_nor_doubled(cluster, tmp_path, capsys):
    seed = int(os.environ.get("GRIDWARD_SEED") or SEED % 1_000_000)
    dice = random.Random(seed)

    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    say(f"\nGRIDWARD_SEED={seed}")
    migrate(cluster.url)
    settings = Settings(
        database_url=cluster.url,
        signing_key_file=tmp_path / "key.pem",
        argon2_memory_kib=64,
        argon2_time_cost=1,
        # On a busy machine the crowd works for longer than the ten minutes of a token; nobody here signs in again.
        access_token_life=timedelta(hours=6),
    )
    with app_on(settings) as app:
        town = make_town(app, settings)
        grids = sorted(name for name in town.areas if name.startswith("g"))
        workers = [town.worker(grid, capacity=10) for grid in grids + grids[::2]]
        reporters = [town.supervisor("d") for _ in range(20)]
        tokens = {p.id: p.sign_in()["access_token"] for p in workers + reporters}
    with psycopg.connect(plain(cluster.url)) as connection:
        assert connection.execute("show fsync").fetchone() == ("on",)

    env = environment(settings, tmp_path)
    server = Server(tmp_path / "server.log", env).wait_ready()
    jobs = Process(tmp_path / "jobs.log", env, *JOBS)
    crowd = Crowd(server.port, seed)
    threads = [
        threading.Thread(target=crowd.report, args=(n, tokens[reporters[n % len(reporters)].id]), daemon=True)
        for n in range(REPORTERS)
    ]
    for n in range(DRIVERS):
        share = [(w, tokens[w.id]) for w in workers[n::DRIVERS]]
        threads.append(threading.Thread(target=crowd.drive, args=(share, n), daemon=True))
    began = time.monotonic()
    try:
        for thread in threads:
            thread.start()
        kills: Counter[str] = Counter()
        plan = [kind for kind, times in KILLS.items() for _ in range(times)]
        dice.shuffle(plan)
        down: list[float] = []
        for kind in plan:
            let_load_come(crowd, dice)
            killed_at = time.monotonic()
            if kind == "server process":
                kill_a_process(server, dice)
            elif kind == "server":
                server.kill()
                time.sleep(dice.uniform(0, 0.5))  # pause: how long the server is down
                server = Server(tmp_path / "server.log", env, port=crowd.port).wait_ready()
            else:
                kill_postgres(cluster, dice)
                eventually(server.is_ready, seconds=60)
            kills[kind] += 1
            down.append(time.monotonic() - killed_at)
            say(
                f"{time.monotonic() - began:5.0f} s  killed: {kind}; whole again after {down[-1]:.1f} s; "
                f"{len(crowd.acknowledged)} acknowledged; {dict(crowd.tally)}"
            )
        give_up_at = began + PATIENCE * GIVE_UP
        while len(crowd.acknowledged) < WANTED and not crowd.wrong and time.monotonic() < give_up_at:
            time.sleep(0.5)  # pause: between looks at the crowd, with a limit of its own
        took = time.monotonic() - began
        crowd.enough.set()
        for thread in threads:
            thread.join(60)
        assert not any(t.is_alive() for t in threads), "a report was never acknowledged"
        jobs_alive = jobs.child.poll() is None
        job_code = jobs.stop() if jobs_alive else jobs.child.returncode
        server_code = server.stop()
    finally:
        crowd.enough.set()
        server.kill()
        jobs.kill()

    say(f"{len(crowd.acknowledged)} acknowledged in {took:.0f} s; kills: {dict(kills)}; {dict(crowd.tally)}")
    with psycopg.connect(plain(cluster.url), autocommit=True) as connection:
        broken = violations(connection, crowd.acknowledged)
        waiting = connection.execute(
            "select waiting_reason, status, count(*) from incident group by 1, 2 order by 3 desc"
        ).fetchall()
    say(f"cases by waiting reason and status: {waiting}")
    assert broken == {}
    assert crowd.wrong == []
    assert len(crowd.acknowledged) >= WANTED
    assert kills == KILLS
    assert jobs_alive and job_code == 0, jobs.log_text()
    assert server_code == 0, server.log_text()
    gridward_check(cluster.url, say)


def let_load_come(crowd: Crowd, dice: random.Random) -> None:
    """Until reports come in again, and a random while more."""
    assert crowd.wrong == []
    before = len(crowd.acknowledged)
    eventually(lambda: len(crowd.acknowledged) > before + 50, seconds=60)
    time.sleep(dice.uniform(0.2, 3))  # pause: another moment of the kill each time


def kill_a_process(server: Server, dice: random.Random) -> None:
    victim = dice.choice(eventually(lambda: len(w := server.workers()) == 2 and w, seconds=60))
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: victim not in (w := server.workers()) and len(w) == 2, seconds=60)
    time.sleep(6)  # pause: granian takes the death of a process it has just replaced for a crash loop


def kill_postgres(cluster: Any, dice: random.Random) -> None:
    children = children_of(cluster.child.pid)
    cluster.child.kill()
    cluster.child.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), seconds=30)
    time.sleep(dice.uniform(0, 1))  # pause: how long the database is down
    cluster.start()


INVARIANTS = {
    "a report for each case": "select i.id from incident i left join report r on r.incident_id = i.id "
    "group by i.id having count(r.id) <> 1",
    "case numbers differ": "select case_no from incident group by case_no having count(*) > 1",
    "one active assignment per case and role": "select incident_id, role from assignment "
    "where state in ('offered', 'queued', 'accepted') group by 1, 2 having count(*) > 1",
    "one live offer per live attempt": "select a.id from assignment a where a.state = 'offered' "
    "and (select count(*) from offer o where o.assignment_id = a.id and o.state = 'offered') <> 1",
    "nobody over capacity": "select l.worker_id, l.open_work from worker_load l join worker w on w.id = l.worker_id "
    "where l.open_work > w.capacity",
    "load is the number of active attempts": "select l.worker_id from worker_load l left join assignment a "
    "on a.worker_id = l.worker_id and a.state in ('offered', 'accepted') "
    "group by l.worker_id, l.open_work having count(a.id) <> l.open_work",
    "an open case is with somebody or waits": "select i.id, i.status from incident i "
    "where i.status not in ('closed', 'force_closed', 'not_filed') and i.waiting_since is null "
    "and not exists (select 1 from assignment a where a.incident_id = i.id and a.state in ('offered', 'queued', 'accepted'))",
    "a case has a first event": "select i.id from incident i where (select count(*) from incident_event e "
    "where e.incident_id = i.id and e.action = 'report') <> 1",
    "an operation for each case": "select i.id from incident i where (select count(*) from applied_op o "
    "where o.key = i.id::text) <> 1",
}


def violations(connection: Any, sent: dict[str, str]) -> dict[str, Any]:
    violating = {name: connection.execute(sql).fetchall()[:5] for name, sql in INVARIANTS.items()}
    stored = {str(i): n for i, n in connection.execute("select id, case_no from incident").fetchall()}
    violating["acknowledged and lost"] = [i for i in sent if i not in stored][:5]
    violating["acknowledged with another number"] = [i for i, n in sent.items() if stored.get(i, n) != n][:5]
    # After the last answer nothing is under way, so nothing else may be there either.
    violating["never acknowledged"] = [i for i in stored if i not in sent][:5]
    return {name: rows for name, rows in violating.items() if rows}


def gridward_check(url: str, say: Any) -> None:
    """`gridward check`, where this version has it."""
    run = [sys.executable, "-c", "from app.cli import main; main()", "check"]
    env = os.environ | {"DATABASE_URL": url}
    if subprocess.run([*run, "--help"], capture_output=True, cwd=ROOT, env=env).returncode:
        say("this version has no `gridward check`")
        return
    done = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, env=env)
    say(f"gridward check: {done.returncode}\n{done.stdout[-1500:]}")
    assert done.returncode == 0, done.stdout + done.stderr
