"""The servers that the pages speak of: the demo city, and an empty city."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live.databases import own_database
from tests.live.processes import JOBS, ROOT, Process, Server

DEMO_MAP = ROOT / "app" / "demo" / "life" / "city.pmtiles"
MAIN = "from app.cli import main; main()"


@dataclass(frozen=True)
class Running:
    """A server and its job worker; `state` is the folder of both, `url` their database as its owner."""

    url: str
    port: int
    state: Path

    @property
    def replaced(self) -> dict[str, str]:
        """What the pages name, and what stands for it here."""
        return {
            "http://127.0.0.1:8000": f"http://127.0.0.1:{self.port}",
            "$(bin/postgres env)": f"'{self.url}'",
        }


@contextmanager
def running_server(folder: Path, *, is_demo: bool) -> Iterator[Running]:
    """Yield a server on a database of its own, begun as `make run` begins it."""
    with own_database(os.environ["GRIDWARD_TEST_DATABASE_URL"]) as url, ExitStack() as stack:
        metrics = folder / "prometheus"
        metrics.mkdir(parents=True)
        env = {k: v for k, v in os.environ.items() if not k.startswith("GRIDWARD_")} | {
            "DATABASE_URL": url,
            "GRIDWARD_STATE_DIR": str(folder),
            "GRIDWARD_DEMO": "1" if is_demo else "0",
            "GRIDWARD_DEMO_PASSWORD": "gridward-demo",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            "GRIDWARD_STOP_NOTICE_SECONDS": "0",
            # A page runs a receiver of webhooks on this machine.
            "GRIDWARD_OUTGOING_ALLOWED": "127.0.0.1",
        }
        _gridward(env, "db", "upgrade")
        if is_demo:
            env["GRIDWARD_BASE_MAP"] = str(DEMO_MAP)
            _gridward(env, "demo", "load")
        server = Server(folder / "server.log", env, workers=1)
        stack.callback(server.kill)
        jobs = Process(folder / "jobs.log", env | {"PORT": str(server.port)}, *JOBS)
        stack.callback(jobs.kill)
        server.wait_ready()
        yield Running(url, server.port, folder)


def _gridward(env: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
