"""The real server and job worker as child processes, and what the tests of them say over HTTP."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy import make_url

from app.areas import service as areas
from app.core import clock, db, logins
from app.core.actor import SYSTEM
from app.core.db.engines import _State
from app.factory import create_app
from app.settings import Settings
from app.workforce import service as workforce
from tests.live.databases import plain
from tests.waits import PATIENCE, eventually

ROOT = Path(__file__).parents[2]
JOBS = ("-c", "from app.cli import main; main()", "jobs")
SERVE = ("-c", "from app.cli import main; main()", "serve")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    """Return True if the process runs. A zombie, dead and not yet reaped by its parent, counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def set_aside() -> Iterator[None]:
    """Let the block connect this process elsewhere; afterwards it is connected as it was before."""
    before = (_State.engine, _State.readers)
    _State.engine, _State.readers = None, {}
    try:
        yield
    finally:
        db.dispose()
        _State.engine, _State.readers = before


@contextlib.contextmanager
def app_on(settings: Settings) -> Iterator[Any]:
    """An app in this process on another database; afterwards this process is connected as it was before."""
    with set_aside():
        app = create_app(settings)
        with db.transaction(SYSTEM) as session:
            areas.ensure_default_jurisdiction(session)
            workforce.prepare_partitions(session, clock.now())
        yield app


@contextlib.contextmanager
def as_job_worker(settings: Settings) -> Iterator[None]:
    """Log this process in to the database as the job worker does, for the block."""
    with set_aside():
        db.configure(logins.url_of(settings, logins.JOB), role=logins.JOB, statement_timeout_ms=0)
        yield


class Answer:
    """An HTTP answer with the names that Flask's test client uses."""

    def __init__(self, status: int, headers: Any, data: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self.data = data

    @property
    def json(self) -> Any:
        return json.loads(self.data)


# A server closes what is idle for longer; a request that meets that has no answer.
IDLE_S = 10


class Client:
    """HTTP over one kept connection; stands in for Flask's test client. Not for several threads at once."""

    def __init__(self, port: int, timeout: float = 15) -> None:
        self._port = port
        self._timeout = timeout
        self._kept: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def open(
        self,
        path: str,
        method: str = "GET",
        json: Any = None,
        headers: Any = None,
        data: Any = None,
        query_string: Any = None,
    ) -> Answer:
        headers = dict(headers or {})
        if json is not None:
            data = _dump(json)
            headers.setdefault("Content-Type", "application/json")
        if query_string:
            path += "?" + urlencode(query_string)
        if time.monotonic() - self._used_at > IDLE_S:
            self.close()  # the server may be about to
        connection = self._kept or http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        self._kept = None  # a connection on which anything went wrong is not used again
        try:
            connection.request(method, path, body=data, headers=headers)
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        except BaseException:
            connection.close()
            raise
        self._kept, self._used_at = connection, time.monotonic()
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.open(path, "GET", **options)

    def post(self, path: str, **options: Any) -> Answer:
        return self.open(path, "POST", **options)

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    __del__ = close


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


class Process:
    """A child in a session of its own that does not outlive the tests; its output goes to a file."""

    def __init__(self, log: Path, env: dict[str, str], *arguments: str) -> None:
        self.log = log
        with log.open("ab") as out:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", sys.executable, *arguments],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.child.pid

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")[-6000:]

    def stop(self, signum: int = signal.SIGTERM, seconds: float = 15 * PATIENCE) -> int:
        """Ask it to end, and return its exit code."""
        self.child.send_signal(signum)
        try:
            return self.child.wait(seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        """End it and all that it started, outright."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.child.wait()


class Server(Process):
    """`gridward serve`, as bin/run starts it."""

    def __init__(
        self,
        log: Path,
        env: dict[str, str],
        *,
        port: int | None = None,
        workers: int = 2,
        entry: tuple[str, ...] = SERVE,
    ) -> None:
        self.port = port or free_port()
        env = env | {"PORT": str(self.port), "GRIDWARD_WORKERS": str(workers)}
        super().__init__(log, env, *entry)

    def client(self, timeout: float = 15) -> Client:
        return Client(self.port, timeout)

    def is_ready(self) -> bool:
        client = self.client(timeout=5)
        try:
            return client.get("/readyz").status_code == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()

    def wait_ready(self, seconds: float = 60) -> "Server":
        def ready() -> bool:
            assert self.child.poll() is None, self.log_text()
            return self.is_ready()

        try:
            eventually(ready, seconds=seconds, every=0.05)
        except AssertionError:
            self.kill()
            raise
        return self

    def workers(self) -> list[int]:
        """Pids of its worker processes: its children that hold the port's socket."""
        sockets = {f"socket:[{inode}]" for inode in _listening(self.port)}
        return sorted(p for p in children_of(self.pid) if sockets & _open_files(p))


def children_of(pid: int) -> list[int]:
    children = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    children.append(int(folder.name))
    return children


def _listening(port: int) -> list[str]:
    lines = [entry.split() for entry in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [f[9] for f in lines if f[1].endswith(f":{port:04X}") and f[3] == "0A"]


def _open_files(pid: int) -> set[str]:
    files = set()
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                files.add(str(link.readlink()))
    return files


def environment(settings: Settings, folder: Path, **variables: str) -> dict[str, str]:
    """What bin/run sets for its children."""
    metrics = folder / "metrics"
    metrics.mkdir(exist_ok=True)
    return {k: v for k, v in os.environ.items() if not k.startswith("GRIDWARD_")} | {
        "DATABASE_URL": settings.database_url,
        "GRIDWARD_STATE_DIR": str(folder),
        "GRIDWARD_SIGNING_KEY_FILE": str(settings.signing_key_file),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "GRIDWARD_STOP_NOTICE_SECONDS": "0",
        "GRIDWARD_QUOTAS": "off",
        # On a slow machine requests of a test wait longer than people would. tests/live/test_admission.py has its own limits.
        "GRIDWARD_ADMISSION_BURST_SECONDS": "120",
        **variables,
    }


class Wire:
    """A unix socket in front of PostgreSQL's that can be cut and mended, as if the database went away.

    Other users of the same PostgreSQL notice nothing.
    """

    def __init__(self, url: str, folder: Path) -> None:
        parsed = make_url(url)
        info = psycopg.conninfo.conninfo_to_dict(plain(url))
        host, self._port = str(info.get("host") or "/var/run/postgresql"), int(info.get("port") or 5432)
        self._to = f"{host}/.s.PGSQL.{self._port}" if host.startswith("/") else (host, self._port)
        self._path = folder / ".s.PGSQL.5432"
        query = {k: v for k, v in parsed.query.items() if k not in ("host", "port")} | {"host": str(folder)}
        own = parsed.set(host=None, port=None, query=query)
        self.url = own.render_as_string(hide_password=False)
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        # Set: bytes stay here, as if PostgreSQL or its machine had frozen. Nobody is told.
        self.is_frozen = threading.Event()
        self.opened = 0
        # The next message to PostgreSQL that has these bytes in it is passed on, its answer is not: the connection breaks.
        self.loses_answer_to: bytes | None = None

    def mend(self) -> None:
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen(64)
        self._listener = listener
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        assert self._listener
        self._path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if isinstance(self._to, str):
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._to)
            else:
                far = socket.create_connection(self._to)
            self._open |= {near, far}
            self.opened += 1
            is_lost = threading.Event()
            for source, target, is_answer in ((near, far, False), (far, near, True)):
                ends = (source, target, is_lost, is_answer)
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(
        self, source: socket.socket, target: socket.socket, is_lost: threading.Event, is_answer: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self.is_frozen.is_set():
                    time.sleep(0.05)  # pause: the wire is frozen until a test mends it
                if is_answer and is_lost.is_set():
                    break
                if not is_answer and self.loses_answer_to and self.loses_answer_to in data:
                    self.loses_answer_to = None
                    is_lost.set()
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.discard(source)
        source.close()
