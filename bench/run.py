"""`make bench`: Gridward over HTTP beside the same SQL in pgbench, on a whole city and on a tenth of it.

Settings come from the environment:
  DATABASE_URL     a PostgreSQL server with PostGIS, as its superuser; without it the private cluster `bench`
                   is started (bin/postgres), with fsync on. The databases gridward_bench_* are made in it.
  BENCH_SIZE       the share of the whole city (1): 0.1 is a tenth of it, and then a hundredth beside it
  BENCH_SECONDS    of one round of one figure (2)
  BENCH_ROUNDS     medians are taken of so many (3)
  BENCH_ONLY       only endpoints whose name contains this; `idle listeners`: only what these cost; `peers`, `figures`,
                   `signals`, `duplicates`: only the comparison with other servers of maps (bench/peers), figures over
                   all cases, looks for signals, or candidates before a report (bench/*.py), made for nothing else
  BENCH_CHECK      1: run `gridward check` on the smaller city, all: on both, before measuring
A city that has been loaded before is used again; `bin/postgres destroy bench` removes all.
"""

import importlib
import json
import os
import re
import resource
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.accounts.service.passwords import hash_password
from app.core import db
from app.factory import create_app
from app.settings import Settings
from bench import capture, city, client, listeners
from bench.endpoints import BARE_ENDPOINTS, ENDPOINTS, Endpoint

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).parent
CONNECTIONS = 8
SAMPLED = 12
BIN = Path(sys.executable).parent
# As bin/run starts our server.
GRANIAN_OPTIONS = ("--interface", "rsgi", "--backpressure", "4000")
# Who only listens, and what others ask meanwhile.
LISTENER, BESIDE_LISTENERS = "bench-worker-1", "one case"


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


def measure(
    cities: Sequence[City], endpoints: Sequence[Endpoint], *, rounds: int, seconds: float, folder: Path
) -> dict[str, Any]:
    """Interleaved: in each round every figure once, the two cities and pgbench side by side."""
    figures: dict[str, dict[str, list[Any]]] = {e.name: {} for e in endpoints}
    whole_city = cities[0]
    with psycopg.connect(whole_city.url) as connection:
        ids = [call.path.rpartition("/")[2] for call in BARE_ENDPOINTS[0].calls(connection)]

    def note(endpoint: Endpoint, key: str, value: Any) -> None:
        figures[endpoint.name].setdefault(key, []).append(value)

    for number in range(-1, rounds):  # the first one warms up and is not counted
        say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
        for endpoint in endpoints:
            round_s = seconds if number >= 0 else 1
            for target in cities:
                if endpoint.name not in target.calls:
                    continue
                base = target.base if endpoint.username else target.bare
                load = client.run(
                    base,
                    target.calls[endpoint.name],
                    target.headers(endpoint),
                    seconds=round_s,
                    connections=CONNECTIONS,
                )
                if load.bad:
                    raise SystemExit(f"{endpoint.name}, {target.label}: {load.bad} answers were not 2xx")
                if number >= 0:
                    note(endpoint, target.label, asdict(load))
            if endpoint.name in whole_city.pgbench:
                is_generic = endpoint.name in whole_city.planned_once
                tps = pgbench(
                    whole_city.url, whole_city.pgbench[endpoint.name], round_s, is_planned_once=is_generic
                )
                if number >= 0:
                    note(endpoint, "same_sql", tps)
            for key in ("limit", "same_work"):
                name = getattr(endpoint, key)
                if name:
                    tps = pgbench(whole_city.url, limit_arguments(name, ids, folder), round_s)
                    if number >= 0:
                        note(endpoint, key, tps)
    return figures


def measure_listeners(target: City, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure the cost of idle listeners. All belong to one worker, so one change log row reaches all."""
    say(f"{listeners.NAME}: {listeners.NUMBER:,}")
    endpoint = next(e for e in ENDPOINTS if e.name == BESIDE_LISTENERS)
    with psycopg.connect(target.url, autocommit=True) as connection:

        def write() -> None:
            connection.execute(
                "insert into change_log (bucket, entity, row_id, op)"
                " select 'worker:' || id, 'duty', id, 'P' from account where username = %s",
                [LISTENER],
            )

        return listeners.measure(
            target.base,
            target.pid,
            target.calls[endpoint.name],
            lambda: target.headers(endpoint),
            lambda: target.bearer(LISTENER),
            write,
            rounds=rounds,
            seconds=seconds,
            connections=CONNECTIONS,
        )


def summary(
    endpoints: Sequence[Endpoint], figures: dict[str, dict[str, list[Any]]], labels: Sequence[str]
) -> list[dict[str, Any]]:
    """Medians over the rounds; ratios are medians of each round's ratio."""
    rows = []
    whole_label, part_label = labels

    def rates(name: str) -> list[float]:
        return [load["rps"] for load in figures.get(name, {}).get(whole_label, [])]

    def ratio(above: list[float], below: list[float]) -> float | None:
        pairs = [a / b for a, b in zip(above, below, strict=False) if b]
        return round(statistics.median(pairs), 3) if pairs else None

    for endpoint in endpoints:
        loads_by_key = figures[endpoint.name]
        loads = loads_by_key.get(whole_label, [])
        if not loads:
            continue
        rates_of_endpoint = rates(endpoint.name)
        rows.append(
            {
                "endpoint": endpoint.name,
                "rps": round(statistics.median(rates_of_endpoint), 1),
                "p50_ms": round(statistics.median(load["p50"] for load in loads), 2),
                "p99_ms": round(statistics.median(load["p99"] for load in loads), 2),
                "to_same_sql": ratio(rates_of_endpoint, loads_by_key.get("same_sql", [])),
                "to_limit": ratio(rates_of_endpoint, loads_by_key.get("limit", [])),
                "to_same_work": ratio(rates_of_endpoint, loads_by_key.get("same_work", [])),
                "to_other": ratio(rates_of_endpoint, rates(endpoint.compared_to))
                if endpoint.compared_to
                else None,
                "other": endpoint.compared_to,
                "growth": ratio(
                    [load["p50"] for load in loads],
                    [load["p50"] for load in loads_by_key.get(part_label, [])],
                ),
            }
        )
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    head = "| endpoint | req/s | p50 ms | p99 ms | / same SQL | / limit | / same work in one statement | / other | growth |"
    lines = [head, "|---" * 9 + "|"]
    for row in rows:
        other_ratio = f"{row['to_other']} of *{row['other']}*" if row["to_other"] else ""
        cells = [row["endpoint"], row["rps"], row["p50_ms"], row["p99_ms"]]
        cells += [row["to_same_sql"], row["to_limit"], row["to_same_work"], other_ratio, row["growth"]]
        lines.append("| " + " | ".join("" if cell is None else str(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


# What has a module of its own, which prints a table of its own: last in a whole run, or alone by BENCH_ONLY.
OWN_MODULES = ("figures", "duplicates", "signals")


def main() -> None:
    env = os.environ
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))  # the servers take it over
    share, seconds = float(env.get("BENCH_SIZE", "1")), float(env.get("BENCH_SECONDS", "2"))
    rounds, only = int(env.get("BENCH_ROUNDS", "3")), env.get("BENCH_ONLY", "")
    if only == "peers":
        from bench.peers import compare  # it calls back into this module

        compare.main()
        return
    if only in OWN_MODULES:
        importlib.import_module(f"bench.{only}").main()  # it calls back into this module
        return
    sizes = [city.Size.of(share), city.Size.of(share / 10)]
    endpoints = [e for e in (*ENDPOINTS, *BARE_ENDPOINTS) if only in e.name]
    # What another figure is compared with is measured with it.
    needed = {e.compared_to for e in endpoints}
    if only in listeners.NAME:
        needed.add(BESIDE_LISTENERS)
    endpoints += [e for e in (*ENDPOINTS, *BARE_ENDPOINTS) if e.name in needed and e not in endpoints]
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        cities = []
        for size in sizes:
            url = prepare(server, size)
            set_passwords(
                url, settings, sorted({LISTENER, *(e.username for e in endpoints if e.username)}), password
            )
            base, pid = stack.enter_context(
                served(url, state, "app.server:application", *GRANIAN_OPTIONS, probe="/readyz")
            )
            bare_base, _ = stack.enter_context(
                served(
                    url,
                    state,
                    "bench.bare:app",
                    "--interface",
                    "wsgi",
                    "--blocking-threads",
                    "2",
                    probe="/constant",
                )
            )
            target = City(
                f"{size.cases:,} cases", url, base, bare_base, password, {}, {}, datetime.now(UTC), pid
            )
            with psycopg.connect(url) as connection:
                # Positions of a city that was loaded yesterday are old, and would be judged otherwise.
                connection.execute("update worker_position set at = now()")
                target.calls = {e.name: calls for e in endpoints if (calls := e.calls(connection))}
            settings_here = Settings(
                database_url=url, state_dir=state, signing_key_file=settings.signing_key_file
            )
            if size is sizes[0]:
                scripts_of(
                    target, [e for e in endpoints if e.name in target.calls], settings_here, state / "scripts"
                )
            cities.append(target)
        checked = env.get("BENCH_CHECK", "")
        for target in {"1": cities[1:], "all": cities}.get(checked, []):
            if gridward(target.url, "check"):
                raise SystemExit(f"gridward check found faults in the city of {target.label}")
        try:
            figures = measure(cities, endpoints, rounds=rounds, seconds=seconds, folder=state / "scripts")
            listener_results = (
                measure_listeners(cities[0], rounds=rounds, seconds=seconds)
                if only in listeners.NAME
                else None
            )
        finally:
            for target in cities:
                city.forget_reports(target.url, target.started)
    rows = summary(endpoints, figures, [target.label for target in cities])
    text = table(rows) + (f"\n{listeners.table(listener_results)}" if listener_results else "")
    print(text)
    results = FOLDER / "results"
    results.mkdir(exist_ok=True)
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "client": client.NAME,
        "cases": [size.cases for size in sizes],
        "rounds": rounds,
        "seconds": seconds,
        "rows": rows,
        "listeners": listener_results,
        "figures": figures,
    }
    (results / "latest.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    (results / "latest.md").write_text(text)
    say(f"written to {results}")
    for name in () if only else OWN_MODULES:
        say(f"and by themselves: {name}")
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
