"""`python -m bench.quotas`: what a caller at a hundred times its quota costs the requests of others.

Others read single cases at a steady pace. Beside them one caller asks for pages of a list a hundred times as often as its
quota allows, with quotas and, for comparison, without. Each round has all three in turn: quiet, with quotas, without
quotas. Settings as in `bench.run` (BENCH_SIZE, BENCH_SECONDS, BENCH_ROUNDS); `BENCH_ONLY=quotas make bench` is the same.
"""

import multiprocessing
import os
import secrets
import socket
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from app.core.quotas import DEFAULTS, WINDOW_S
from app.settings import Settings
from bench import city
from bench.endpoints import ENDPOINTS
from bench.environment import GRANIAN_OPTIONS, cluster, prepare, say, served, set_passwords, signed_in

OTHERS, FLOOD = "one case", "first page of 50, district"
TIMES_QUOTA = 100
OTHERS_PER_S, OTHERS_CONNECTIONS = 60.0, 4
FLOOD_CONNECTIONS = 16
# Others' p99 beside the flood, to theirs without it.
LIMIT = 1.2


def paced(
    base: str, paths: list[str], headers: dict[str, str], *, per_s: float, connections: int, seconds: float
) -> list[tuple[float, int]]:
    """Send requests at a pace from processes of their own. Return (seconds, status) of each.

    A request that is due while the connection waits for an answer is sent as soon as it can be.
    """
    context = multiprocessing.get_context("fork")
    with context.Pool(connections) as pool:
        jobs = [
            (base, paths, headers, per_s / connections, seconds, number / connections)
            for number in range(connections)
        ]
        return [answer for part in pool.starmap(_connection, jobs) for answer in part]


def _connection(
    base: str, paths: list[str], headers: dict[str, str], per_s: float, seconds: float, offset: float
) -> list[tuple[float, int]]:
    address = urlsplit(base)
    stream = socket.create_connection((address.hostname or "", address.port or 80), timeout=60)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    requests = [f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n{lines}\r\n".encode() for path in paths]
    answers = []
    started = time.perf_counter()
    due, number = started + offset / per_s, int(offset * len(requests))
    while due < started + seconds:
        # pause: the pace of this client
        time.sleep(max(0.0, due - time.perf_counter()))
        stream.sendall(requests[number % len(requests)])
        answers.append(_answer(stream))
        number += 1
        due += 1 / per_s
        if due < time.perf_counter() - 1:
            due = time.perf_counter()  # the server is slower than the pace: no backlog of more than a second
    return answers


def _answer(stream: socket.socket) -> tuple[float, int]:
    started = time.perf_counter()
    received = b""
    while b"\r\n\r\n" not in received:
        received += stream.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(header.partition(b":")[2])
        for header in head.lower().split(b"\r\n")
        if header.startswith(b"content-length")
    )
    size = len(body)
    while size < length:
        size += len(stream.recv(65536))
    return time.perf_counter() - started, int(head[9:12])


def percentile(answers: list[tuple[float, int]], share: float) -> float:
    """Return a percentile of the latencies in milliseconds."""
    times = sorted(seconds for seconds, _ in answers)
    return times[min(len(times) - 1, int(len(times) * share))] * 1000


def _flooded(
    base: str,
    others: tuple[list[str], dict[str, str]],
    flood: tuple[list[str], dict[str, str]] | None,
    seconds: float,
) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    """Return the answers to others, and those to the flood that runs beside them."""
    results: list[tuple[float, int]] = []
    reading, writing = multiprocessing.Pipe(duplex=False)
    child = None
    if flood is not None:
        per_s = TIMES_QUOTA * DEFAULTS["list"] / WINDOW_S

        def run() -> None:
            answers = paced(base, *flood, per_s=per_s, connections=FLOOD_CONNECTIONS, seconds=seconds + 2)
            writing.send(answers)

        child = multiprocessing.get_context("fork").Process(target=run)
        child.start()
        # pause: the flood begins before others are measured
        time.sleep(1)
    answered = paced(base, *others, per_s=OTHERS_PER_S, connections=OTHERS_CONNECTIONS, seconds=seconds)
    if child is not None:
        results = reading.recv()
        child.join()
    return answered, results


def main() -> None:
    rounds, seconds = int(os.environ.get("BENCH_ROUNDS", "3")), float(os.environ.get("BENCH_SECONDS", "2"))
    seconds = max(seconds, 8.0)  # a p99 of fewer requests is one request
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "1")))
    chosen = {endpoint.name: endpoint for endpoint in ENDPOINTS if endpoint.name in (OTHERS, FLOOD)}
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        url = prepare(server, size)
        set_passwords(url, settings, sorted({endpoint.username for endpoint in chosen.values()}), password)
        bases = {
            setting: stack.enter_context(
                served(
                    url,
                    state,
                    "app.server:application",
                    *GRANIAN_OPTIONS,
                    probe="/readyz",
                    env={"GRIDWARD_QUOTAS": setting},
                )
            )[0]
            # Others stay below their quota of cheap requests.
            for setting in ("cheap=100000", "off")
        }
        with psycopg.connect(url) as connection:
            paths = {name: [call.path for call in e.calls(connection)] for name, e in chosen.items()}
        measured: dict[str, list[dict[str, Any]]] = {}
        for number in range(-1, rounds):  # the first one warms up
            say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            for name, setting, is_flooded in (
                ("quiet", "cheap=100000", False),
                ("flood, quotas", "cheap=100000", True),
                ("flood, no quotas", "off", True),
            ):
                base = bases[setting]
                callers = {
                    key: (paths[key], signed_in(base, e.username, password)) for key, e in chosen.items()
                }
                answers, flood = _flooded(
                    base, callers[OTHERS], callers[FLOOD] if is_flooded else None, seconds
                )
                bad = sum(status != 200 for _, status in answers)
                if bad:
                    raise SystemExit(f"{name}: {bad} answers to others were not 200")
                if number >= 0:
                    measured.setdefault(name, []).append(
                        {
                            "p50": percentile(answers, 0.5),
                            "p99": percentile(answers, 0.99),
                            "flood_per_s": len(flood) / (seconds + 2),
                            "allowed_per_s": sum(status == 200 for _, status in flood) / (seconds + 2),
                        }
                    )
    print(table(measured, size.cases))


def table(measured: dict[str, list[dict[str, Any]]], cases: int) -> str:
    quiet = measured["quiet"]
    lines = [
        f"{cases:,} cases; others: {OTHERS_PER_S:.0f} requests a second; limit of p99 to quiet: {LIMIT}\n",
        "| beside others | p50 ms | p99 ms | p99 to quiet | flood, req/s | of it allowed |",
        "|---" * 6 + "|",
    ]
    for name, values in measured.items():
        ratio = statistics.median(v["p99"] / q["p99"] for v, q in zip(values, quiet, strict=True))
        cells = [statistics.median(v[key] for v in values) for key in ("p50", "p99")]
        flood = [statistics.median(v[key] for v in values) for key in ("flood_per_s", "allowed_per_s")]
        lines.append(
            f"| {name} | {cells[0]:.1f} | {cells[1]:.1f} | {ratio:.2f} | {flood[0]:.0f} | {flood[1]:.1f} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
