"""Thousands who only listen: what one costs in memory, what all of them cost the requests of others, how soon they hear."""

import re
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import client

NAME = "idle listeners"
NUMBER = 2_000
HINTS = 3


@dataclass
class Listeners:
    """Open streams of one account. A thread reads them; `heard` has when each was last told to pull."""

    sockets: list[socket.socket] = field(default_factory=list)
    heard: dict[int, float] = field(default_factory=dict)
    ended: int = 0
    is_over: bool = False

    def read(self) -> None:
        waiting = selectors.DefaultSelector()
        for number, one in enumerate(self.sockets):
            one.setblocking(False)
            waiting.register(one, selectors.EVENT_READ, number)
        while not self.is_over:
            for key, _ in waiting.select(timeout=0.1):
                got = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if not got:
                    waiting.unregister(key.fileobj)
                    self.ended += 1
                elif b"event: pull" in got:
                    self.heard[key.data] = time.monotonic()
        waiting.close()


@contextmanager
def listening(base: str, headers: dict[str, str], number: int) -> Iterator[Listeners]:
    """So many streams, opened and told their first word."""
    found = Listeners()
    where = urlsplit(base)
    lines = [
        "GET /api/v1/events HTTP/1.1",
        f"Host: {where.netloc}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    asked = "\r\n".join([*lines, "", ""]).encode()
    for _ in range(number):
        one = socket.create_connection((where.hostname or "", where.port or 80), timeout=60)
        one.sendall(asked)
        found.sockets.append(one)
    for one in found.sockets:
        got = b""
        while b"event: pull" not in got:
            more = one.recv(65536)
            if not more or not b"HTTP/1.1 200".startswith(got[:12] or b"H"):
                raise SystemExit(f"a stream was not opened: {(got + more)[:300]!r}")
            got += more
    reader = threading.Thread(target=found.read, daemon=True)
    reader.start()
    try:
        yield found
    finally:
        found.is_over = True
        reader.join()
        for one in found.sockets:
            one.close()


def memory_kb(pid: int) -> int:
    """What a process and its children hold, shared pages by their part."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and pid in _line_of(int(folder.name)):
            found = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.M)
            total += int(found[1]) if found else 0
    return total


def _line_of(pid: int) -> list[int]:
    """The process and those above it."""
    line = []
    while pid > 1:
        line.append(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return line


def measure(
    base: str,
    pid: int,
    calls: Sequence[client.Call],
    headers: Callable[[], dict[str, str]],
    ears: Callable[[], dict[str, str]],
    write: Callable[[], None],
    *,
    rounds: int,
    seconds: float,
    connections: int,
) -> dict[str, Any]:
    """Rounds without and with listeners in turn; `write` changes something that all of them are told of."""
    without, beside, sizes, lags = [], [], [], []
    opened_in, lost = [], 0
    for number in range(-1, rounds):
        took = seconds if number >= 0 else 1
        load = client.run(base, calls, headers(), seconds=took, connections=connections)
        before = memory_kb(pid)
        began = time.monotonic()
        with listening(base, ears(), NUMBER) as found:
            opened = time.monotonic() - began
            time.sleep(1)
            size = memory_kb(pid) - before
            crowded = client.run(base, calls, headers(), seconds=took, connections=connections)
            for _ in range(HINTS if number >= 0 else 0):
                found.heard.clear()
                at = time.monotonic()
                write()
                while len(found.heard) < NUMBER and time.monotonic() - at < 10:
                    time.sleep(0.02)
                lost += NUMBER - len(found.heard)
                lags += [(heard - at) * 1000 for heard in found.heard.values()]
                time.sleep(1)
            lost += found.ended
        if load.bad or crowded.bad:
            raise SystemExit(f"{NAME}: {load.bad + crowded.bad} answers were not 2xx")
        time.sleep(2)
        if number >= 0:
            without.append(load.rps)
            beside.append(crowded.rps)
            sizes.append(size / NUMBER)
            opened_in.append(opened)
    cuts = statistics.quantiles(lags, n=100)
    return {
        "listeners": NUMBER,
        "kb_each": round(statistics.median(sizes), 1),
        "kb_each_by_round": [round(size, 1) for size in sizes],
        "opened_in_s": round(statistics.median(opened_in), 1),
        "rps_without": [round(rps) for rps in without],
        "rps_with": [round(rps) for rps in beside],
        "ratio": round(statistics.median(b / a for a, b in zip(without, beside, strict=True)), 3),
        "hint_p50_ms": round(cuts[49]),
        "hint_p99_ms": round(cuts[98]),
        "lost": lost,
    }


def table(found: dict[str, Any]) -> str:
    head = "| listeners | kB each | opened in s | req/s without | with | with / without | hint p50 ms | p99 | lost |"
    cells = [found["listeners"], found["kb_each"], found["opened_in_s"]]
    cells += [found["rps_without"], found["rps_with"], found["ratio"]]
    cells += [found["hint_p50_ms"], found["hint_p99_ms"], found["lost"]]
    return "\n".join([head, "|---" * 9 + "|", "| " + " | ".join(map(str, cells)) + " |"]) + "\n"
