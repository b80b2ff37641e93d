"""`make bench`: Gridward over HTTP beside the same SQL in pgbench, on a whole city and on a tenth of it.

Settings come from the environment:
  DATABASE_URL     a PostgreSQL server with PostGIS, as its superuser; without it the private cluster `bench`
                   is started (bin/postgres), with fsync on. The databases gridward_bench_* are made in it.
  BENCH_SIZE       the share of the whole city (1): 0.1 is a tenth of it, and then a hundredth beside it
  BENCH_SECONDS    of one round of one figure (2)
  BENCH_ROUNDS     medians are taken of so many (3)
  BENCH_ONLY       only endpoints whose name contains this; `idle listeners`: only what these cost; the name of a part
                   (bench/parts.py): only this part
  BENCH_QUICK      1: a short form in five minutes, on a tenth of the city. It says what it leaves out, and its results
                   are of a kind of their own
  BENCH_MARKED     1: leaves out the endpoints and parts of a whole run that have no marks
  BENCH_PARTS      names of parts, separated by commas: a run without BENCH_ONLY has no others
  BENCH_CHECK      1: run `gridward check` on the smaller city, all: on both, before measuring
A city that has been loaded before is used again; `bin/postgres destroy bench` removes all.
"""

import os
import resource
import secrets
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from app.settings import Settings
from bench import city, client, listeners, parts, record
from bench.endpoints import BARE_ENDPOINTS, ENDPOINTS, Endpoint
from bench.environment import (
    CONNECTIONS,
    GRANIAN_OPTIONS,
    City,
    cluster,
    gridward,
    limit_arguments,
    pgbench,
    prepare,
    say,
    scripts_of,
    served,
    set_passwords,
)

# Who only listens, and what others ask meanwhile.
LISTENER, BESIDE_LISTENERS = "bench-worker-1", "one case"


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
                city.fold_changes(target.url)
                if endpoint.name not in target.calls:
                    continue
                base = target.base if endpoint.username else target.bare
                load = client.run(
                    base,
                    target.calls[endpoint.name],
                    target.headers(endpoint),
                    seconds=round_s,
                    connections=endpoint.connections,
                )
                if load.bad:
                    raise SystemExit(f"{endpoint.name}, {target.label}: {load.bad} answers were not 2xx")
                if number >= 0:
                    note(endpoint, target.label, asdict(load))
            if endpoint.name in whole_city.pgbench:
                is_generic = endpoint.name in whole_city.planned_once
                tps = pgbench(
                    whole_city.url,
                    whole_city.pgbench[endpoint.name],
                    round_s,
                    is_planned_once=is_generic,
                    connections=endpoint.connections,
                )
                if number >= 0:
                    note(endpoint, "same_sql", tps)
            for key in ("limit", "same_work"):
                name = getattr(endpoint, key)
                if name:
                    arguments = limit_arguments(name, ids, folder)
                    tps = pgbench(whole_city.url, arguments, round_s, connections=endpoint.connections)
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


# Values with marks: key, row, and the column that has the value.
MARKED = {
    "report": ("report and dispatch", "to_same_work"),
    "case": ("one case", "to_other"),
    "page": ("page of 100 by bbox", "to_limit"),
    "areas": ("areas at a point", "to_other"),
    "assignments": ("my assignments, worker", "rps"),
    "board": ("board, everywhere, alone", "p50_ms"),
    "premises": ("premises by address, alone", "p50_ms"),
    "growth_assignments": ("my assignments, worker", "growth"),
    "growth_board_street": ("board, street", "growth"),
    "growth_board": ("board, everywhere", "growth"),
    "growth_open_street": ("open cases, street", "growth"),
    "growth_premises": ("premises by address", "growth"),
}


def note_marked(rows: Sequence[dict[str, Any]], *, remark_of_report: str | None) -> None:
    """Record the values that have marks. A remark says why the value of the report may be too low."""
    rows_by_name = {row["endpoint"]: row for row in rows}
    for key, (name, column) in MARKED.items():
        value = rows_by_name.get(name, {}).get(column)
        if value is not None:
            is_remarked = key == "report" and remark_of_report
            record.note(key, value, **({"remark": remark_of_report} if is_remarked else {}))


def chosen(only: str, *, marked_only: bool) -> list[Endpoint]:
    """Return the endpoints to measure, with those that others are compared with."""
    marked = {name for name, _ in MARKED.values()}
    endpoints = [
        e
        for e in (*ENDPOINTS, *BARE_ENDPOINTS)
        if only in e.name and (e.name in marked or not marked_only or only)
    ]
    needed = {e.compared_to for e in endpoints}
    if only in listeners.NAME and not marked_only:
        needed.add(BESIDE_LISTENERS)
    return endpoints + [e for e in (*ENDPOINTS, *BARE_ENDPOINTS) if e.name in needed and e not in endpoints]


def main() -> None:
    """Run what the environment asks for, and write the results."""
    env = os.environ
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))  # the servers take it over
    is_quick, only = env.get("BENCH_QUICK") == "1", env.get("BENCH_ONLY", "")
    if is_quick:
        for name, value in (("BENCH_SIZE", "0.1"), ("BENCH_SECONDS", "1"), ("BENCH_ROUNDS", "1")):
            env.setdefault(name, value)
    size = city.Size.of(float(env.get("BENCH_SIZE", "1")))
    kind = record.kind_of(size.cases, is_quick=is_quick)
    if only in parts.PARTS:
        left_out = parts.run([only])
        table_text = record.finish(kind, left_out=left_out, is_part=True)
    else:
        marked_only = is_quick or env.get("BENCH_MARKED") == "1"
        wanted = set(filter(None, env.get("BENCH_PARTS", "").split(",")))
        names = [] if only else parts.names(is_quick=is_quick, marked_only=marked_only, wanted=wanted)
        facts = measure_endpoints(only, marked_only=marked_only)
        left_out, failed = parts.left_out([]), list[str]()
        table_text = record.finish(kind, left_out=left_out, is_part=bool(only), **facts)
        for number, name in enumerate(names, start=1):
            failed += parts.run([name])
            # After each part, so that a run that is cut off has written what it measured.
            left_out = failed + parts.left_out(names[:number])
            table_text = record.finish(kind, left_out=left_out, **facts)
    print(table_text)
    say(f"written to {record.RESULTS}")
    if only in parts.PARTS and left_out:
        raise SystemExit(1)


def measure_endpoints(only: str, *, marked_only: bool) -> dict[str, Any]:
    """Measure the endpoints on both cities. Return all that was measured."""
    env = os.environ
    share, seconds = float(env.get("BENCH_SIZE", "1")), float(env.get("BENCH_SECONDS", "2"))
    rounds = int(env.get("BENCH_ROUNDS", "3"))
    sizes = [city.Size.of(share), city.Size.of(share / 10)]
    endpoints = chosen(only, marked_only=marked_only)
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
                city.locate_workers(connection)
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
                if only in listeners.NAME and not marked_only
                else None
            )
        finally:
            try:
                with psycopg.connect(cities[0].url) as connection:
                    remark = city.unplaced(connection, cities[0].started)
            finally:
                for target in cities:
                    city.forget_reports(target.url, target.started)
    rows = summary(endpoints, figures, [target.label for target in cities])
    print(table(rows) + (f"\n{listeners.table(listener_results)}" if listener_results else ""))
    note_marked(rows, remark_of_report=remark)
    return {
        "cores": os.cpu_count(),
        "client": client.NAME,
        "cases": [size.cases for size in sizes],
        "rounds": rounds,
        "seconds": seconds,
        "rows": rows,
        "listeners": listener_results,
        "figures": figures,
    }


if __name__ == "__main__":
    main()
