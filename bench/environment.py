"""What every measurement stands on: a cluster, the database of a city, our server, pgbench."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.accounts.service.passwords import hash_password
from app.core import db
from app.factory import create_app
from app.settings import Settings
from bench import capture, city, client
from bench.endpoints import Endpoint

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).parent
CONNECTIONS = 8
# Calls of each endpoint whose statements are recorded.
SAMPLED = 12
BIN = Path(sys.executable).parent
# As bin/run starts our server.
GRANIAN_OPTIONS = ("--interface", "rsgi", "--backpressure", "4000")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def cluster() -> Iterator[str]:
    """Yield the URL of a server: the given one, or a private cluster that is stopped afterwards."""
    url_given = os.environ.get("DATABASE_URL")
    if url_given:
        yield url_given
        return
    call = [str(ROOT / "bin" / "postgres")]
    url = subprocess.run(
        [*call, "env", "bench"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    try:
        psycopg.connect(url, connect_timeout=5).close()
        was_running = True
    except psycopg.OperationalError:
        was_running = False
        subprocess.run([*call, "start", "bench"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield url
    finally:
        if not was_running:
            subprocess.run([*call, "stop", "bench"], check=False)


def of_database(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    user, host = parts.get("user", ""), parts.get("host", "")
    if host.startswith("/"):
        return f"postgresql://{user}@/{name}?host={host}"
    password = f":{parts['password']}" if "password" in parts else ""
    return f"postgresql://{user}{password}@{host}:{parts.get('port', 5432)}/{name}"


def gridward(url: str, *arguments: str) -> int:
    code = "from app.cli import main; main()"
    env = os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code, *arguments], env=env, cwd=ROOT).returncode


def prepare(server: str, size: city.Size) -> str:
    """Return the URL of a database with a city of this size. Loads it if needed."""
    name = f"gridward_bench_{size.cases}"
    url = of_database(server, name)
    fingerprint = city.fingerprint(size)
    with psycopg.connect(of_database(server, "postgres"), autocommit=True) as connection:
        stored = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
        ).fetchone()
        if stored and stored[0] == fingerprint:
            say(f"{name}: loaded before")
        else:
            connection.execute(f"drop database if exists {name} with (force)")  # type: ignore[arg-type]
            connection.execute(f"create database {name} encoding 'UTF8' template template0")  # type: ignore[arg-type]
            say(f"{name}: {size.grids:,} grids and workers, {size.cases:,} households, {size.cases:,} cases")
    # A migration that came after the city was loaded is part of what is measured.
    if gridward(url, "db", "upgrade"):
        raise SystemExit("the migrations failed")
    if not stored or stored[0] != fingerprint:
        city.load(url, size)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"comment on database {name} is '{fingerprint}'")  # type: ignore[arg-type]
    city.fold_changes(url)
    return url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(
    url: str, state: Path, target: str, *options: str, probe: str, env: Mapping[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """granian with two workers, as bin/run starts it; its base URL and its pid."""
    extra_env = env or {}
    metrics = state / f"prometheus-{secrets.token_hex(4)}"
    metrics.mkdir(parents=True)
    port = free_port()
    env = os.environ | {
        "DATABASE_URL": url,
        "GRIDWARD_STATE_DIR": str(state),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "PYTHONPATH": str(ROOT),
        "GRIDWARD_STREAMS_PER_ACCOUNT": "100000",
        "GRIDWARD_QUOTAS": "off",
        **extra_env,
    }
    command = [
        str(BIN / "granian"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "2",
        "--no-ws",
        *options,
    ]
    log = (state / "server.log").open("a")
    child = subprocess.Popen(
        [*command, target], env=env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
    )
    base = f"http://127.0.0.1:{port}"
    try:
        give_up_at = time.monotonic() + 120  # on a machine with other work
        while True:
            try:
                urllib.request.urlopen(base + probe, timeout=5).close()
                break
            except OSError:
                if child.poll() is not None or time.monotonic() > give_up_at:
                    raise SystemExit(f"the server did not start: see {log.name}") from None
                time.sleep(0.1)
        yield base, child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
        log.close()


def signed_in(base: str, username: str, password: str) -> dict[str, str]:
    body = json.dumps({"username": username, "password": password}).encode()
    request = urllib.request.Request(f"{base}/api/v1/auth/token", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        token = json.load(response)["access_token"]
    return {"Authorization": f"Bearer {token}"}


def set_passwords(url: str, settings: Settings, names: Sequence[str], password: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "update account set password_hash = %s, must_change_password = false where username = any(%s)",
            [hash_password(password, settings), list(names)],
        )


@dataclass(slots=True)
class City:
    """A loaded city with its server, and what the requests to it are."""

    label: str
    url: str
    base: str
    bare: str
    password: str
    pgbench: dict[str, list[str]]
    calls: dict[str, list[client.Call]]
    started: datetime
    pid: int
    planned_once: set[str] = field(default_factory=set)

    def headers(self, endpoint: Endpoint) -> dict[str, str]:
        """Signed in for real, each time anew: access tokens are short-lived."""
        return self.bearer(endpoint.username) | endpoint.headers if endpoint.username else {}

    def bearer(self, username: str) -> dict[str, str]:
        return signed_in(self.base, username, self.password)


def pgbench_program() -> str:
    program = shutil.which("pgbench")
    if program:
        return program
    paths = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), key=lambda p: int(p.parts[4]))
    if not paths:
        raise SystemExit("pgbench is not installed; it comes with PostgreSQL")
    return str(paths[-1])


def pgbench(
    url: str,
    arguments: Sequence[str],
    seconds: float,
    *,
    is_planned_once: bool = False,
    connections: int = CONNECTIONS,
) -> float:
    """Transactions a second, as the role and with the settings of the server's own connections."""
    flags = "-c role=gridward_app -c search_path=public,jobs -c timezone=UTC -c jit=off"
    if is_planned_once:
        flags += " -c plan_cache_mode=force_generic_plan"
    command = [pgbench_program(), "-n", "-M", "prepared", "-c", str(connections)]
    command += ["-j", str(min(connections, 2))]
    command += ["-T", str(max(round(seconds), 1)), *arguments, make_conninfo(**conninfo_to_dict(url))]
    process = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PGOPTIONS": flags})
    tps = re.search(r"tps = ([\d.]+)", process.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", process.stdout)
    if not tps or "aborted" in process.stderr or (failed and int(failed[1])):
        raise SystemExit(f"pgbench failed: {process.stderr[-2000:]}")
    return float(tps[1])


def scripts_of(target: City, endpoints: Sequence[Endpoint], settings: Settings, folder: Path) -> None:
    """Ask the application, in this process, what it sends; write it down for pgbench."""
    app = create_app(settings)
    for endpoint in endpoints:
        script_folder = folder / re.sub(r"\W+", "_", endpoint.name)
        if endpoint.username:
            headers = target.headers(endpoint)
            started_at = datetime.now(UTC)
            requests = []
            if (
                not endpoint.writes
            ):  # the server remembers who calls, and sends other statements after the first request
                app.test_client().get(target.calls[endpoint.name][0].path, headers=headers)
            for call in target.calls[endpoint.name][:SAMPLED]:
                with ExitStack() as stack:
                    recordings = [
                        stack.enter_context(capture.recording(engine)) for engine in db.all_engines()
                    ]
                    response = app.test_client().open(
                        call.path,
                        method="POST" if call.body else "GET",
                        data=call.body,
                        content_type="application/json" if call.body else None,
                        headers=headers,
                    )
                if response.status_code not in (200, 201):
                    raise SystemExit(
                        f"{endpoint.name}: {response.status_code} {response.get_data(as_text=True)[:500]}"
                    )
                requests.append([item for recording in recordings for item in recording])
                # Who asks is always found by a connection whose reads are planned once; the rest may not be.
                if not recordings[0] and not recordings[1]:
                    target.planned_once.add(endpoint.name)
            if not endpoint.writes and capture.Merged.fits(requests):
                target.pgbench[endpoint.name] = capture.write([capture.Merged(requests)], script_folder)
                continue
            since = started_at if endpoint.writes else None
            scripts = [capture.Script(number, sent, made_since=since) for number, sent in enumerate(requests)]
            target.pgbench[endpoint.name] = capture.write(scripts, script_folder)
    db.dispose()


def limit_arguments(name: str, ids: Sequence[str], folder: Path) -> list[str]:
    text = (FOLDER / "limits" / f"{name}.sql").read_text()
    if ":id::" not in text:
        # pgbench ends a statement where a line ends with a semicolon.
        return ["-f", str(FOLDER / "limits" / f"{name}.sql")]
    arguments: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, value in enumerate(ids):
        path = folder / f"limit_{name}_{number}.sql"
        path.write_text(text.replace(":id::", f":id{number}::"))
        arguments += ["-f", str(path), "-D", f"id{number}={value}"]
    return arguments
