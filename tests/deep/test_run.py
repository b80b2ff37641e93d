"""bin/run as an operator runs it: an outage of 90 s, and each of its processes killed outright."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.live.databases import plain
from tests.live.processes import JOBS, ROOT, Client, Process, Wire, children_of, environment, free_port
from tests.live.test_server import is_problem
from tests.waits import eventually

pytestmark = pytest.mark.deep

OUTAGE_S = 90
HEARTBEAT = "select 1 from jobs.procrastinate_workers where last_heartbeat > now() - interval '5 s'"


class Run:
    """bin/run without the demo city, in a state folder of its own."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.port = free_port()
        self.log = folder / "run.log"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("GRIDWARD_", "DATABASE_URL"))}
        own = {"GRIDWARD_STATE_DIR": str(folder), "GRIDWARD_DEMO": "0", "PORT": str(self.port)}
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(
                [ROOT / "bin" / "run"], env=inherited | own | env, stdout=out, stderr=subprocess.STDOUT
            )

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def answers(self, path: str = "/readyz") -> bool:
        client = Client(self.port, timeout=5)
        with contextlib.suppress(OSError, Exception):
            return client.get(path).status_code == 200
        return False

    def parts(self) -> dict[str, int]:
        """Pids of the main processes, by what they run."""
        parts = {}
        for pid in children_of(self.child.pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:  # it has ended meanwhile
                continue
            if b"-D" in command:
                parts["PostgreSQL"] = pid
            for name in (b"serve", b"jobs"):
                if name in command:
                    parts[name.decode()] = pid
        return parts

    def is_whole(self, names: set[str]) -> bool:
        assert self.child.poll() is None, self.log_text()[-6000:]
        return set(self.parts()) == names and self.answers()


def runs_jobs(url: str) -> bool:
    """Whether a job that is due now is taken up."""
    with psycopg.connect(plain(url), autocommit=True, options="-c search_path=jobs,public") as connection:
        job = connection.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, args)"
            " values ('default', 'areas.run_due', '{\"timestamp\": 1}') returning id"
        ).fetchone()
        gone = "select 1 from jobs.procrastinate_jobs where id = %s"
        eventually(lambda: not connection.execute(gone, job).fetchone(), seconds=60)
    return True


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Any]:
    runs: list[Run] = []

    def begin(**env: str) -> Run:
        runs.append(Run(tmp_path, **env))
        return runs[-1]

    yield begin
    for each in runs:
        if each.child.poll() is None:
            each.child.send_signal(signal.SIGTERM)
            try:
                each.child.wait(60)
            finally:
                each.child.kill()
    env = os.environ | {"GRIDWARD_STATE_DIR": str(tmp_path)}
    subprocess.run([ROOT / "bin" / "postgres", "destroy"], env=env, check=True)


def test_killed_processes_of_bin_run_are_restarted(run, tmp_path, capsys):
    running = run()
    names = {"PostgreSQL", "serve", "jobs"}
    eventually(lambda: running.is_whole(names), seconds=180, every=0.2)
    env = os.environ | {"GRIDWARD_STATE_DIR": str(tmp_path)}
    url = subprocess.run(
        [ROOT / "bin" / "postgres", "env"], env=env, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    assert runs_jobs(url)
    for name in ("jobs", "serve", "PostgreSQL", "jobs", "serve", "PostgreSQL"):
        before = running.parts()
        os.kill(before[name], signal.SIGKILL)
        began = time.monotonic()
        eventually(
            lambda before=before, name=name: running.parts().get(name) not in (None, before[name]), seconds=60
        )
        eventually(lambda: running.is_whole(names), seconds=60, every=0.1)
        with capsys.disabled():
            print(f"killed {name}: ready again after {time.monotonic() - began:.1f} s")
        after = running.parts()
        assert {n for n in names if after[n] != before[n]} == {name}, "the others went on"
        assert runs_jobs(url)
    # A worker of the server is its main process's to replace.
    before = running.parts()
    worker = max(children_of(before["serve"]))
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: worker not in children_of(before["serve"]) and running.is_whole(names), seconds=60)
    assert running.parts() == before

    running.child.send_signal(signal.SIGTERM)
    assert running.child.wait(60) == 128 + signal.SIGTERM, running.log_text()[-6000:]
    assert not any(Path(f"/proc/{pid}").exists() for pid in before.values())


def test_bin_run_survives_long_database_outage(run, own_cluster):
    running = run(DATABASE_URL=own_cluster.url)
    names = {"serve", "jobs"}
    eventually(lambda: running.is_whole(names), seconds=180, every=0.2)
    before = running.parts()
    assert runs_jobs(own_cluster.url)

    own_cluster.stop()
    ends = time.monotonic() + OUTAGE_S
    client = Client(running.port)
    while time.monotonic() < ends:
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503
        body = {"username": "nobody", "password": "0123456789", "device_id": "phone"}
        is_problem(client.post("/api/v1/auth/token", json=body), 503, "unavailable")
        assert running.child.poll() is None and running.parts() == before, running.log_text()[-6000:]
        time.sleep(1)  # pause: between looks, while the database is away
    own_cluster.start()

    eventually(lambda: running.is_whole(names), seconds=15)
    assert runs_jobs(own_cluster.url)
    assert running.parts() == before
    with psycopg.connect(plain(own_cluster.url)) as connection:
        failed = "select count(*) from jobs.procrastinate_jobs where status = 'failed'"
        eventually(lambda: connection.execute(failed).fetchone() == (0,), seconds=90)


def test_job_worker_stops_within_limit_while_database_hangs(settings, folder, owner, tmp_path_factory):
    """A job's thread waits for a frozen database without a limit, and so does the queue."""
    wire = Wire(settings.database_url, tmp_path_factory.mktemp("w"))
    wire.mend()
    log = folder / "limit-jobs.log"
    worker = Process(log, environment(settings, folder) | {"DATABASE_URL": wire.url}, *JOBS)
    try:
        eventually(lambda: owner.execute(HEARTBEAT).fetchone(), seconds=90)
        with psycopg.connect(plain(settings.database_url)) as holder:
            holder.execute("lock table incident")  # a tick of cases waits for it in its thread
            waits = (
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'incident'"
            )
            eventually(lambda: owner.execute(waits).fetchone()[0], seconds=30)
            wire.is_frozen.set()
            began = time.monotonic()
            assert worker.stop(seconds=40) == 1, worker.log_text()
            took = time.monotonic() - began
        assert 22 < took < 27
        stacks = log.read_text()
        assert "Timeout" in stacks and "Thread" in stacks
    finally:
        worker.kill()


def test_second_signal_stops_job_worker_with_hanging_job(settings, folder, owner, tmp_path_factory):
    wire = Wire(settings.database_url, tmp_path_factory.mktemp("w"))
    wire.mend()
    log = folder / "hanging-jobs.log"
    worker = Process(log, environment(settings, folder) | {"DATABASE_URL": wire.url}, *JOBS)
    try:
        eventually(lambda: owner.execute(HEARTBEAT).fetchone(), seconds=90)
        wire.is_frozen.set()
        time.sleep(0.5)  # pause: the worker asks the frozen database meanwhile
        worker.child.send_signal(signal.SIGTERM)
        time.sleep(1)  # pause: the worker could end by now, and is not to
        assert worker.child.poll() is None, "it waits for the queue, which waits for the database"
        began = time.monotonic()
        assert worker.stop() == -signal.SIGTERM
        assert time.monotonic() - began < 1
    finally:
        worker.kill()
