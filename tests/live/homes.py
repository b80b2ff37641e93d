"""A city with many homes and nothing else, two supervisors of it, and real processes beside it."""

import contextlib
import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.accounts import service as accounts
from app.core import db
from app.core.actor import SYSTEM, Role
from app.settings import Settings
from bench import city
from tests.factories import PASSWORD, Person
from tests.live.databases import own_database
from tests.live.processes import JOBS, ROOT, Process, Server, app_on, environment
from tests.waits import eventually


@dataclass
class Homes:
    """`asker` and `other` are supervisors of everything; `worker` is the job worker, which writes the files."""

    asker: Person
    other: Person
    server: Server
    worker: Process
    url: str
    env: dict[str, str]

    def export(self, seconds: float, **fields: Any) -> dict[str, Any]:
        """Ask for an export, agree to it if that is needed, and wait for its end; the run, with `seen`: its progress."""
        body = {"collection": "households", "purpose": "fire safety", **fields}
        run: dict[str, Any] = self.asker.post("/exports", body).json
        if run["state"] == "awaiting_approval":
            run = self.other.post(f"/exports/{run['id']}/approve", {}).json
        seen: list[int] = []

        def ended() -> Any:
            assert self.worker.child.poll() is None, self.worker.log_text()
            now = self.asker.get(f"/exports/{run['id']}").json
            if not seen or now["rows"] > seen[-1]:
                seen.append(now["rows"])
            return now if now["finished_at"] is not None else None

        run = eventually(ended, seconds=seconds, every=0.05)
        self.asker.client.close()  # a kept connection may be over by the time it is used again
        return run | {"seen": seen}

    def fetch(self, run: dict[str, Any], target: Path) -> None:
        """The file, by another program: curl, which keeps nothing of it in memory."""
        path = f"http://127.0.0.1:{self.server.port}/api/v1/exports/{run['id']}/file"
        bearer = f"Authorization: Bearer {self.asker.token}"
        subprocess.run(["curl", "-sSf", "-o", str(target), "-H", bearer, path], check=True)

    def gridward(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from app.cli import main; main()", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
        )


def memory(pid: int, what: str = "VmHWM") -> float:
    """Memory of a process in MB: `VmHWM` the most that it ever had, `VmRSS` now."""
    for entry in Path(f"/proc/{pid}/status").read_text().splitlines():
        if entry.startswith(f"{what}:"):
            return int(entry.split()[1]) / 1024
    raise AssertionError(f"no {what} of {pid}")


def forget_peak(pid: int) -> float:
    """Let the peak of a process begin anew (`clear_refs`, proc(5)), and return its memory now in MB."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return memory(pid, "VmRSS")


@contextlib.contextmanager
def homes_on(server_url: str, folder: Path, share: float) -> Iterator[Homes]:
    """`share` of a million homes."""
    with own_database(server_url) as url, contextlib.ExitStack() as stack:
        settings = Settings(
            database_url=url,
            state_dir=folder,
            signing_key_file=folder / "signing-key.pem",
            argon2_memory_kib=64,
            argon2_time_cost=1,
        )
        app = stack.enter_context(app_on(settings))
        city.load(url, city.Size.of(share), quiet=True, without=("4_cases.sql",))
        people = [_supervisor(settings, name) for name in ("asker", "other")]
        env = environment(settings, folder)
        server = Server(folder / "server.log", env)
        stack.callback(server.kill)
        worker = Process(folder / "jobs.log", env, *JOBS)
        stack.callback(worker.kill)
        server.wait_ready()
        assert app
        online = [dataclasses.replace(person, client=server.client(timeout=60)) for person in people]
        yield Homes(online[0], online[1], server, worker, url, env)


def _supervisor(settings: Settings, name: str) -> Person:
    with db.transaction(SYSTEM) as session:
        account_id = accounts.create_account(
            session, SYSTEM, username=name, name=name, password=PASSWORD, settings=settings
        )
        accounts.add_grant(session, SYSTEM, account_id=account_id, role=Role.SUPERVISOR)
    return Person(account_id, name, None)
