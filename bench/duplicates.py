"""`python -m bench.duplicates`: what may be the same matter, asked before a report, beside the bare search in SQL.

Alone and under 8 connections, each beside pgbench with as many in the same round: the very statements of the request, and
`limits/candidates.sql`. Settings as in `bench.run` (BENCH_SIZE, BENCH_SECONDS, BENCH_ROUNDS); `BENCH_ONLY=duplicates make
bench` is the same.
"""

import os
import secrets
import statistics
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from app.settings import Settings
from bench import city, client
from bench.endpoints import ENDPOINTS
from bench.environment import (
    CONNECTIONS,
    GRANIAN_OPTIONS,
    City,
    cluster,
    limit_arguments,
    pgbench,
    prepare,
    say,
    scripts_of,
    served,
    set_passwords,
)

ENDPOINT_NAME = "candidates before a report"


def main() -> None:
    rounds, seconds = int(os.environ.get("BENCH_ROUNDS", "3")), float(os.environ.get("BENCH_SECONDS", "2"))
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "1")))
    endpoint = next(each for each in ENDPOINTS if each.name == ENDPOINT_NAME)
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        url = prepare(server, size)
        set_passwords(url, settings, [endpoint.username], password)
        base, pid = stack.enter_context(
            served(url, state, "app.server:application", *GRANIAN_OPTIONS, probe="/readyz")
        )
        loaded_city = City(f"{size.cases:,} cases", url, base, "", password, {}, {}, datetime.now(UTC), pid)
        with psycopg.connect(url) as connection:
            loaded_city.calls = {ENDPOINT_NAME: endpoint.calls(connection)}
        settings_here = Settings(
            database_url=url, state_dir=state, signing_key_file=settings.signing_key_file
        )
        scripts_of(loaded_city, [endpoint], settings_here, state / "scripts")
        limit = limit_arguments("candidates", [], state / "scripts")
        rows: dict[int, list[tuple[client.Load, float, float]]] = {}
        for number in range(-1, rounds):  # the first one warms up
            say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            for connections in (1, CONNECTIONS):
                load = client.run(
                    base,
                    loaded_city.calls[ENDPOINT_NAME],
                    loaded_city.headers(endpoint),
                    seconds=seconds,
                    connections=connections,
                )
                if load.bad and number >= 0:
                    raise SystemExit(f"{load.bad} answers were not 2xx")
                is_generic = ENDPOINT_NAME in loaded_city.planned_once
                same_sql = pgbench(
                    url,
                    loaded_city.pgbench[ENDPOINT_NAME],
                    seconds,
                    is_planned_once=is_generic,
                    connections=connections,
                )
                bare_search = pgbench(url, limit, seconds, connections=connections)
                if number >= 0:
                    rows.setdefault(connections, []).append((load, same_sql, bare_search))
    print(
        f"{size.cases:,} cases\n\n| connections | req/s | p50 ms | p99 ms | / same SQL | / bare search |\n"
        + "|---" * 6
        + "|"
    )
    for connections, measurements in rows.items():
        medians = [
            round(statistics.median(values), digits)
            for values, digits in (
                ([load.rps for load, _, _ in measurements], 1),
                ([load.p50 for load, _, _ in measurements], 2),
                ([load.p99 for load, _, _ in measurements], 2),
                ([load.rps / same_sql for load, same_sql, _ in measurements], 3),
                ([load.rps / bare_search for load, _, bare_search in measurements], 3),
            )
        ]
        print("| " + " | ".join(map(str, [connections, *medians])) + " |")


if __name__ == "__main__":
    main()
