"""`python -m bench.quotas`: what a caller at a hundred times its quota costs the requests of others.

Others read single cases at a steady pace. Beside them one caller asks for pages of a list a hundred times as often as its
quota allows, with quotas and, for comparison, without, and just as often as it allows. A round has slices: quiet, flood,
flood, quiet, and so on, so that what else the machine does meets all alike, and at its end one without quotas. The p99 of a
kind is that of all its slices in all rounds. Results are that beside the flood to the quiet one, and to that beside the same
caller at its quota, because what the quota allows costs others something, too. Processor times are those of the
server's processes. The sender of the flood stands for another machine, so it leaves the processors to the server and to the
clients that are measured (`nice`). The server holds refusals back for half a second, so the flood sends less than it would.

Settings as in `bench.run` (BENCH_SIZE, BENCH_SECONDS of a slice, BENCH_ROUNDS); `BENCH_ONLY=quotas make bench` is the same.
"""

import multiprocessing
import os
import secrets
import socket
import statistics
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from app.core.quotas import DEFAULTS, WINDOW_S
from app.settings import Settings
from bench import city, record
from bench.endpoints import ENDPOINTS
from bench.environment import GRANIAN_OPTIONS, cluster, prepare, say, served, set_passwords, signed_in

OTHERS, FLOOD = "one case", "first page of 50, district"
TIMES_QUOTA = 100
OTHERS_PER_S, OTHERS_CONNECTIONS = 100.0, 4
FLOOD_CONNECTIONS = 16
# Slices of a round: without the flood (Q), with it (F), and with the same caller at its quota (A). Of fewer requests a p99 is
# a few of them.
SLICES, SLICE_S, ROUNDS_MIN = "QFAAFQQFAAFQ", 4.0, 5
WITH_QUOTAS = "cheap=100000"
QUIET, FLOODED, ALLOWED, UNLIMITED = "quiet", "flood, quotas", "at its quota", "flood, no quotas"
KIND_OF = {"Q": QUIET, "F": FLOODED, "A": ALLOWED}
# How often the one caller asks, in multiples of its quota.
TIMES = {QUIET: 0, FLOODED: TIMES_QUOTA, ALLOWED: 1, UNLIMITED: TIMES_QUOTA}
NICE = 19
# Others' p99 beside the flood, to theirs without it, and beside the same caller at its quota.
LIMIT = 1.2
# The flood begins a second before the others, and ends a second after them.
LEAD_S = 2.0


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
    flood: tuple[list[str], dict[str, str]],
    seconds: float,
    *,
    times: int,
) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    """Return the answers to others, and those to the caller beside them, who sends so many times its quota."""
    results: list[tuple[float, int]] = []
    reading, writing = multiprocessing.Pipe(duplex=False)
    child = None
    if times:
        per_s = times * DEFAULTS["list"] / WINDOW_S

        def run() -> None:
            os.nice(NICE)
            answers = paced(
                base, *flood, per_s=per_s, connections=FLOOD_CONNECTIONS, seconds=seconds + LEAD_S
            )
            writing.send(answers)

        child = multiprocessing.get_context("fork").Process(target=run)
        child.start()
    # pause: the flood begins before others are measured, and a quiet slice is as long
    time.sleep(LEAD_S / 2)
    answered = paced(base, *others, per_s=OTHERS_PER_S, connections=OTHERS_CONNECTIONS, seconds=seconds)
    if child is not None:
        results = reading.recv()
        child.join()
    return answered, results


def processor_s(pid: int) -> float:
    """Return the processor time that a process and its children have used, in seconds."""
    used = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if pid in (int(folder.name), int(fields[1])):
                used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


@dataclass
class Slices:
    """What was measured in the slices of one kind of one round."""

    answers: list[tuple[float, int]] = field(default_factory=list)
    flood: list[tuple[float, int]] = field(default_factory=list)
    seconds: float = 0.0
    processor_s: float = 0.0

    def add(
        self,
        answers: list[tuple[float, int]],
        flood: list[tuple[float, int]],
        *,
        seconds: float,
        used_s: float,
    ) -> None:
        """Add a slice.

        Raises:
            SystemExit: An answer to others was not 200.
        """
        bad = sum(status != 200 for _, status in answers)
        if bad:
            raise SystemExit(f"{bad} answers to others were not 200")
        self.answers += answers
        self.flood += flood
        self.seconds += seconds
        self.processor_s += used_s


def main() -> None:
    rounds = max(int(os.environ.get("BENCH_ROUNDS", "3")), ROUNDS_MIN)
    seconds = max(float(os.environ.get("BENCH_SECONDS", "2")), SLICE_S)
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "1")))
    chosen = {endpoint.name: endpoint for endpoint in ENDPOINTS if endpoint.name in (OTHERS, FLOOD)}
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        url = prepare(server, size)
        set_passwords(url, settings, sorted({endpoint.username for endpoint in chosen.values()}), password)
        servers = {
            setting: stack.enter_context(
                served(
                    url,
                    state,
                    "app.server:application",
                    *GRANIAN_OPTIONS,
                    probe="/readyz",
                    env={"GRIDWARD_QUOTAS": setting},
                )
            )
            # Others stay below their quota of cheap requests.
            for setting in (WITH_QUOTAS, "off")
        }
        with psycopg.connect(url) as connection:
            paths = {name: [call.path for call in e.calls(connection)] for name, e in chosen.items()}

        def measure(setting: str, slices: Slices, *, times: int) -> None:
            base, pid = servers[setting]
            callers = {key: (paths[key], signed_in(base, e.username, password)) for key, e in chosen.items()}
            used_s, started_at = processor_s(pid), time.perf_counter()
            answers, flood = _flooded(base, callers[OTHERS], callers[FLOOD], seconds, times=times)
            took_s = time.perf_counter() - started_at
            slices.add(answers, flood, seconds=took_s, used_s=processor_s(pid) - used_s)

        measured: list[dict[str, Slices]] = []
        for number in range(-1, rounds):  # the first one warms up
            say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            row = {name: Slices() for name in TIMES}
            for letter in SLICES if number >= 0 else SLICES[:2]:
                kind = KIND_OF[letter]
                measure(WITH_QUOTAS, row[kind], times=TIMES[kind])
            measure("off", row[UNLIMITED], times=TIMES[UNLIMITED])
            if number >= 0:
                measured.append(row)
    print(table(measured, size.cases))


def table(measured: list[dict[str, Slices]], cases: int) -> str:
    """Return the results as a table, and record the ratio."""
    lines = [
        f"{cases:,} cases; others: {OTHERS_PER_S:.0f} requests a second; limit of p99: {LIMIT}\n",
        "| beside others | p50 ms | p99 ms | p99 to quiet | its rounds | that caller, req/s | of it allowed | processor ms/s |",
        "|---" * 8 + "|",
    ]
    p99 = {}
    for name in TIMES:
        parts = [row[name] for row in measured]
        answers = list(chain.from_iterable(part.answers for part in parts))
        p99[name] = percentile(answers, 0.99)
        ratios = [
            percentile(row[name].answers, 0.99) / percentile(row[QUIET].answers, 0.99) for row in measured
        ]
        flood = statistics.median(len(p.flood) / p.seconds for p in parts)
        allowed = statistics.median(sum(status == 200 for _, status in p.flood) / p.seconds for p in parts)
        used = statistics.median(p.processor_s / p.seconds for p in parts) * 1000
        lines.append(
            f"| {name} | {percentile(answers, 0.5):.1f} | {p99[name]:.1f} | {p99[name] / p99[QUIET]:.2f} "
            f"| {min(ratios):.2f} to {max(ratios):.2f} | {flood:.0f} | {allowed:.1f} | {used:.0f} |"
        )
    record.note("quota_p99", p99[FLOODED] / p99[QUIET], cases=cases)
    record.note("quota_excess", p99[FLOODED] / p99[ALLOWED], cases=cases)
    return "\n".join([*lines, f"\np99 of {FLOODED} to {ALLOWED}: {p99[FLOODED] / p99[ALLOWED]:.2f}\n"])


if __name__ == "__main__":
    main()
