"""`python -m bench.phones`: what phones ask of the server, beside the bare statements for the same rows in pgbench.

One worker whose grid has 500 households and 1,000 residents, one connection. Pull: everything (bootstrap), and what 10
changes later is new. Push: 100 operations of each kind, and of a day's mix, at once; beside as many REST calls,
beside as many pushes of one operation, and beside the statements that write the same rows. In a copy of the bench's city,
which is dropped afterwards. Settings as in `bench.run` (BENCH_SIZE, 0.01; BENCH_ROUNDS), and BENCH_ONLY: a word that
the names of rows contain.
"""

import http.client
import json
import os
import random
import re
import secrets
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from app.settings import Settings
from bench import city, record
from bench.deeds import MIX, OPERATIONS, Deed, Phone, bodies, deeds
from bench.environment import cluster, of_database, pgbench_program, prepare, say, served, set_passwords

FOLDER = Path(__file__).parent / "limits" / "phones"
DATABASE = "gridward_bench_phones"
WORKER = "bench-worker-7"
HOUSEHOLDS, RESIDENTS = 500, 1_000
CHANGES = 10
# How often a round repeats what takes milliseconds.
PULLS, PUSHES = 20, 3

_HOMES = """
  with lacking as (select generate_series(1, %(n)s - (select count(*) from household where grid_id = %(grid)s)) n),
  plan as materialized (select gen_random_uuid() id, n from lacking),
  place as (select jurisdiction_id, grid_id, scope_path, location from premises where grid_id = %(grid)s order by id limit 1),
  built as (
    insert into premises (id, jurisdiction_id, grid_id, scope_path, kind, address, location, created_at)
    select plan.id, jurisdiction_id, grid_id, scope_path, 'dwelling',
           format('平安路%%s号%%s单元%%s室', n / 20 + 1, n %% 4 + 1, 100 + n), location, now() from plan, place)
  insert into household (id, jurisdiction_id, grid_id, scope_path, premises_id, created_at)
  select plan.id, jurisdiction_id, grid_id, scope_path, plan.id, now() from plan, place
"""
# The loaded offers have no rows in the change log. Each pull would search the whole log of the worker for them, which no
# worker of a real city meets: an offer that a phone has pulled is delivered.
_DELIVERED = """
  insert into offer_delivery (offer_id, worker_id, way, occurred_at)
  select id, worker_id, 'pulled', offered_at from offer where state = 'offered' on conflict do nothing
"""
_PEOPLE = """
  insert into resident (id, household_id, grid_id, scope_path, name, phone, is_registered_here, lives_here,
                        created_at)
  select gen_random_uuid(), h.id, h.grid_id, h.scope_path, (array['王', '李', '张', '陈'])[1 + h.n %% 4] || '小' || k,
         '138' || lpad((h.n * 10 + k)::text, 8, '0'), true, true,
         now()
  from (select *, row_number() over (order by id) n from household where grid_id = %(grid)s) h, generate_series(1, 2) k
"""


def _push_body(ops: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps({"sent_at": datetime.now(UTC).isoformat(), "ops": ops}, ensure_ascii=False).encode()


def seconds_to_push(phone: Phone, actions: Sequence[Deed], at_once: int) -> float:
    """Seconds for all operations, so many a request; each of them took effect."""
    ops = bodies(phone, actions)
    request_bodies = [_push_body(ops[n : n + at_once]) for n in range(0, len(ops), at_once)]
    started_at = time.perf_counter()
    answers = [phone.ask("POST", "/sync/push", body) for body in request_bodies]
    elapsed_s = time.perf_counter() - started_at
    for result in (result_row for answer in answers for result_row in json.loads(answer)["results"]):
        if result["status"] not in ("applied", "merged"):
            raise SystemExit(f"not applied: {result}")
    _remember_cases(phone, actions)
    return elapsed_s


def seconds_to_call(phone: Phone, actions: Sequence[Deed]) -> float:
    """Seconds for as many calls by themselves."""
    request_bodies = [json.dumps(deed.body, ensure_ascii=False).encode() for deed in actions]
    started_at = time.perf_counter()
    for deed, body in zip(actions, request_bodies, strict=True):
        phone.ask(deed.method, deed.path, body, **({"If-Match": "*"} if deed.method == "PATCH" else {}))
    elapsed_s = time.perf_counter() - started_at
    _remember_cases(phone, actions)
    return elapsed_s


def _remember_cases(phone: Phone, actions: Sequence[Deed]) -> None:
    phone.cases += [d.operation["id"] for d in actions if d.operation["op"] == "report"]


def seconds_of_bare_statements(
    url: str, parts: dict[str, int], phone: Phone, number: int, folder: Path, **values: str
) -> float:
    """Seconds that the bare statements take, on one connection; a day's mix is one transaction."""
    text = "".join(
        (FOLDER / f"{name}.sql").read_text().replace(":size", str(size)) for name, size in parts.items()
    )
    text = " ".join(text.split()).replace("; ", ";\n")
    path = folder / "bare.sql"
    path.write_text(f"begin;\n{text}\ncommit;\n" if len(parts) > 1 else f"{text}\n")
    command = [pgbench_program(), "-n", "-M", "prepared", "-c", "1", "-t", str(number), "-f", str(path)]
    for name, value in ({"grid": phone.grid, "worker": phone.worker} | values).items():
        command += ["-D", f"{name}={value}"]
    process = subprocess.run([*command, url], capture_output=True, text=True)
    match = re.search(r"tps = ([\d.]+)", process.stdout)
    if match is None or "aborted" in process.stderr:
        raise SystemExit(f"pgbench failed: {process.stderr[-2000:]}")
    return 1 / float(match[1])


def seconds_to_pull(phone: Phone, token: str | None) -> tuple[float, str, list[dict[str, Any]]]:
    """Seconds for a whole checkpoint, its token and rows."""
    rows: list[dict[str, Any]] = []
    elapsed_s, is_complete = 0.0, False
    while not is_complete:
        query = f"&token={quote(token)}" if token else ""
        started_at = time.perf_counter()
        body = phone.ask("GET", f"/sync?limit=2000{query}")
        elapsed_s += time.perf_counter() - started_at
        page = json.loads(body)
        rows += page["rows"]
        token, is_complete = page["token"], page["complete"]
    assert token is not None
    return elapsed_s, token, rows


def _pull_rows(
    url: str, phone: Phone, folder: Path, *, rounds: int, is_wanted: Callable[[str], bool]
) -> None:
    _, token, _ = seconds_to_pull(phone, None)
    with psycopg.connect(url, autocommit=True) as connection:
        prev = connection.execute("select pg_current_snapshot()::text").fetchone()
        connection.execute(
            "update household set label = left(md5(id::text), 6) where id = any(%s)", [phone.homes[:CHANGES]]
        )
    assert prev is not None
    cases = [
        ("bootstrap", None, {"bootstrap": 0}, {}),
        (f"{CHANGES} changes later", token, {"changes": 0}, {"prev": str(prev[0])}),
    ]
    for name, since, limit, values in cases:
        if not is_wanted(name):
            continue
        pairs = []
        size = 0
        for number in range(-1, rounds):
            samples = []
            for _ in range(PULLS):
                elapsed_s, _, rows = seconds_to_pull(phone, since)
                samples.append(elapsed_s)
                size = len(rows)
            bare_s = seconds_of_bare_statements(url, limit, phone, 5 * PULLS, folder, **values)
            if number >= 0:
                pairs.append((statistics.median(samples), bare_s))
        median_s = statistics.median(a for a, _ in pairs)
        bare_median_s = statistics.median(b for _, b in pairs)
        ratio = statistics.median(a / b for a, b in pairs)
        if since is not None:
            record.note("pull_changes", ratio)
        print(
            f"| pull: {name} | {size} rows | {median_s * 1000:.1f} | {bare_median_s * 1000:.2f} | {ratio:.1f} |"
        )


def _same_rows(url: str, phone: Phone) -> None:
    """Check that the bare bootstrap statement returns the same rows of the grid as the server."""
    text = (FOLDER / "bootstrap.sql").read_text().replace(":grid", "%(grid)s").rstrip().rstrip(";")
    with psycopg.connect(url) as connection:
        row = connection.execute(text, {"grid": phone.grid}).fetchone()  # type: ignore[arg-type]
    assert row is not None
    bare_rows = {(sync_row["entity"], sync_row["id"]) for sync_row in json.loads(f"[{row[0]}]")}
    server_rows = {
        (sync_row["entity"], sync_row["id"])
        for sync_row in seconds_to_pull(phone, None)[2]
        if sync_row["bucket"] == f"grid:{phone.grid}"
    }
    if bare_rows != server_rows:
        raise SystemExit(
            f"the bare statement gives other rows than the server: {len(bare_rows)}, {len(server_rows)}"
        )


def _push_rows(
    url: str, phone: Phone, folder: Path, *, rounds: int, is_wanted: Callable[[str], bool]
) -> None:
    # Reports first: their cases are what is then moved.
    kinds: dict[str, dict[str, int]] = {kind: {kind: OPERATIONS} for kind in ("report", *MIX)} | {
        "a mix": MIX
    }
    measurements: dict[str, list[tuple[float, float, float, float]]] = {}
    with psycopg.connect(url) as connection:
        for number in range(-1, rounds):
            for name, shares in kinds.items():
                needs_cases = "transition" in shares and is_wanted(name)
                if not is_wanted(name) and not (name == "report" and is_wanted("transition")):
                    continue
                while needs_cases and len(phone.cases) < (PUSHES + 2) * shares["transition"]:
                    seconds_to_push(phone, deeds(connection, phone, {"report": OPERATIONS}), OPERATIONS)
                pushes = [
                    seconds_to_push(phone, deeds(connection, phone, shares), OPERATIONS)
                    for _ in range(PUSHES)
                ]
                calls = seconds_to_call(phone, deeds(connection, phone, shares))
                single_s = seconds_to_push(phone, deeds(connection, phone, shares), 1)
                bare_s = seconds_of_bare_statements(url, shares, phone, 10, folder)
                if number >= 0:
                    measurements.setdefault(name, []).append(
                        (statistics.median(pushes), calls, single_s, bare_s)
                    )
            say(f"push: round {number + 1} of {rounds}")
    for name, figures in measurements.items():
        pushes, calls, single_s, bare_s = (
            statistics.median(sample[n] for sample in figures) for n in range(4)
        )
        to_calls = statistics.median(sample[1] / sample[0] for sample in figures)
        to_ones = statistics.median(sample[2] / sample[0] for sample in figures)
        if name in ("report", "transition"):
            record.note(f"push_{name}s", to_ones)
        to_raw = statistics.median(sample[0] / sample[3] for sample in figures)
        cells = [f"push of {OPERATIONS}: {name}", f"{pushes * 1000:.0f}", f"{calls * 1000:.0f}"]
        cells += [
            f"{single_s * 1000:.0f}",
            f"{bare_s * 1000:.1f}",
            f"{to_calls:.1f}",
            f"{to_ones:.1f}",
            f"{to_raw:.1f}",
        ]
        print("| " + " | ".join(cells) + " |")


def _phone(base: str, url: str, password: str, grid: str) -> Phone:
    body = json.dumps({"username": WORKER, "password": password, "device_id": str(uuid4())}).encode()
    address = urlsplit(base)
    connection_http = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=60)
    connection_http.request("POST", "/api/v1/auth/token", body, {"Content-Type": "application/json"})
    token = json.loads(connection_http.getresponse().read())["access_token"]
    with psycopg.connect(url) as connection:

        def column(text: str) -> list[str]:
            return [row[0] for row in connection.execute(text, [grid])]  # type: ignore[arg-type]

        worker = connection.execute("select id::text from account where username = %s", [WORKER]).fetchone()
        assert worker is not None
        return Phone(
            base,
            token,
            worker[0],
            grid,
            column("select id::text from household where grid_id = %s order by id"),
            column("select id::text from resident where grid_id = %s order by id"),
            connection.execute(
                "select ST_X(location), ST_Y(location) from premises where grid_id = %s", [grid]
            ).fetchall(),
            random.Random(7),
        )


def _fill_grid(url: str) -> str:
    """Fill the worker's grid up to the numbers of households and residents. Return the grid."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select r.area_id::text from responsibility r join account a on a.id = r.worker_id where a.username = %s",
            [WORKER],
        ).fetchone()
        assert row is not None
        grid: str = row[0]
        connection.execute("set local session_replication_role = replica")
        connection.execute(_HOMES, {"grid": grid, "n": HOUSEHOLDS})
        connection.execute(_PEOPLE, {"grid": grid})
        connection.execute(_DELIVERED)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return grid


def main() -> None:
    rounds, only = int(os.environ.get("BENCH_ROUNDS", "3")), os.environ.get("BENCH_ONLY", "")
    words = ("",) if only == "phones" else (only,)
    if words == ("",) and os.environ.get("BENCH_QUICK") == "1":
        words = ("changes", "push: report", "transition")  # what has marks
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        source = prepare(server, city.Size.of(float(os.environ.get("BENCH_SIZE", "0.01"))))
        with psycopg.connect(of_database(server, "postgres"), autocommit=True) as connection:
            drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(DATABASE))
            connection.execute(drop)
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(DATABASE),
                    sql.Identifier(psycopg.conninfo.conninfo_to_dict(source)["dbname"]),
                )
            )
            stack.callback(_drop, server)
        url = of_database(server, DATABASE)
        grid = _fill_grid(url)
        set_passwords(url, Settings(signing_key_file=state / "signing-key.pem"), [WORKER], password)
        base, _ = stack.enter_context(
            served(
                url,
                state,
                "app.server:application",
                *("--interface", "rsgi", "--backpressure", "4000"),
                probe="/readyz",
            )
        )
        phone = _phone(base, url, password, grid)
        say(f"load: {os.getloadavg()}")
        is_wanted = lambda name: any(word in name for word in words)  # noqa: E731
        _same_rows(url, phone)
        print("| what | | HTTP ms | bare statement ms | HTTP / bare |\n|---|---|---|---|---|")
        _pull_rows(url, phone, state, rounds=rounds, is_wanted=lambda name: is_wanted(f"pull: {name}"))
        header = ["what", "at once ms", "REST calls ms", "pushes of one ms", "bare statements ms"]
        header += ["REST / at once", "pushes of one / at once", "at once / bare"]
        print("\n| " + " | ".join(header) + " |\n|" + "---|" * len(header))
        _push_rows(url, phone, state, rounds=rounds, is_wanted=lambda name: is_wanted(f"push: {name}"))
        say(f"load: {os.getloadavg()}")


def _drop(server: str) -> None:
    with psycopg.connect(of_database(server, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(DATABASE))
        )


if __name__ == "__main__":
    main()
