"""`python -m bench.codings`: what compressed answers cost in processor time, and what they save in bytes.

Each endpoint plain, with gzip and with zstd, one after the other in each round, with one connection. *ms of processor* is
the time of the server's processes for a request, without the database; *ms to encode* that of the coding alone, in this
process. Settings as in `bench.run` (BENCH_SIZE, BENCH_SECONDS, BENCH_ROUNDS); `BENCH_ONLY=codings make bench` is the same.
"""

import os
import secrets
import statistics
import tempfile
import time
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg

from app.core.codings import CODINGS, encode
from app.settings import Settings
from bench import city, client
from bench.endpoints import ENDPOINTS
from bench.environment import GRANIAN_OPTIONS, cluster, prepare, say, served, set_passwords, signed_in

NAMES = ("one case", "first page of 50, district", "the same as GeoJSON", "board, street")
PLAIN = "identity"
REPEATS = 200
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def processor_seconds(group: int) -> float:
    """Return the processor time that the live processes of a process group have used."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def body_of(base: str, call: client.Call, headers: dict[str, str]) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(base + call.path, headers=headers)) as response:
        body: bytes = response.read()
        return body


def encoding_ms(body: bytes, coding: str) -> float:
    """Return the processor time, in milliseconds, of encoding one body in this process."""
    started = time.process_time()
    for _ in range(REPEATS):
        encode(body, coding)
    return (time.process_time() - started) * 1000 / REPEATS


def main() -> None:
    rounds, seconds = int(os.environ.get("BENCH_ROUNDS", "3")), float(os.environ.get("BENCH_SECONDS", "2"))
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "1")))
    endpoints = [endpoint for endpoint in ENDPOINTS if endpoint.name in NAMES]
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        url = prepare(server, size)
        set_passwords(url, settings, sorted({endpoint.username for endpoint in endpoints}), password)
        base, pid = stack.enter_context(
            served(url, state, "app.server:application", *GRANIAN_OPTIONS, probe="/readyz")
        )
        with psycopg.connect(url) as connection:
            calls = {endpoint.name: endpoint.calls(connection) for endpoint in endpoints}
        measured: dict[tuple[str, str], list[tuple[float, float]]] = {}
        sizes: dict[tuple[str, str], int] = {}
        encoding: dict[tuple[str, str], float] = {}
        for number in range(-1, rounds):  # the first one warms up
            say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            for endpoint in endpoints:
                bearer = signed_in(base, endpoint.username, password) | endpoint.headers
                for coding in (PLAIN, *CODINGS):
                    headers = bearer | {"Accept-Encoding": coding}
                    key = (endpoint.name, coding)
                    body = body_of(base, calls[endpoint.name][0], headers)
                    sizes[key] = len(body)
                    if coding == PLAIN:
                        plain = body
                    else:
                        encoding[key] = encoding_ms(plain, coding)
                    before = processor_seconds(pid)
                    load = client.run(base, calls[endpoint.name], headers, seconds=seconds, connections=1)
                    if load.bad:
                        raise SystemExit(f"{load.bad} answers of {endpoint.name} were not 2xx")
                    spent_ms = (processor_seconds(pid) - before) * 1000 / (load.rps * seconds)
                    if number >= 0:
                        measured.setdefault(key, []).append((load.rps, spent_ms))
    print(
        f"{size.cases:,} cases\n\n| endpoint | coding | bytes | ms to encode | ms of processor | req/s |\n"
        + "|---" * 6
        + "|"
    )
    for (name, coding), values in measured.items():
        rps, spent_ms = (statistics.median(column) for column in zip(*values, strict=True))
        encoded = f"{encoding[name, coding]:.3f}" if coding != PLAIN else ""
        print(f"| {name} | {coding} | {sizes[name, coding]:,} | {encoded} | {spent_ms:.2f} | {rps:.0f} |")


if __name__ == "__main__":
    main()
