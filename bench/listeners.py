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
    """Open event streams of one account, read by a thread. `heard`: instant of the newest hint of each."""

    sockets: list[socket.socket] = field(default_factory=list)
    heard: dict[int, float] = field(default_factory=dict)
    ended: int = 0
    is_over: bool = False

    def read(self) -> None:
        waiting = selectors.DefaultSelector()
        for number, stream in enumerate(self.sockets):
            stream.setblocking(False)
            waiting.register(stream, selectors.EVENT_READ, number)
        while not self.is_over:
            for key, _ in waiting.select(timeout=0.1):
                received = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if not received:
                    waiting.unregister(key.fileobj)
                    self.ended += 1
                elif b"event: pull" in received:
                    self.heard[key.data] = time.monotonic()
        waiting.close()


@contextmanager
def listening(base: str, headers: dict[str, str], number: int) -> Iterator[Listeners]:
    """Open that many streams and wait for the first event of each."""
    listeners = Listeners()
    address = urlsplit(base)
    lines = [
        "GET /api/v1/events HTTP/1.1",
        f"Host: {address.netloc}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    for _ in range(number):
        stream = socket.create_connection((address.hostname or "", address.port or 80), timeout=60)
        stream.sendall(request)
        listeners.sockets.append(stream)
    for stream in listeners.sockets:
        received = b""
        while b"event: pull" not in received:
            block = stream.recv(65536)
            if not block or not b"HTTP/1.1 200".startswith(received[:12] or b"H"):
                raise SystemExit(f"a stream was not opened: {(received + block)[:300]!r}")
            received += block
    reader = threading.Thread(target=listeners.read, daemon=True)
    reader.start()
    try:
        yield listeners
    finally:
        listeners.is_over = True
        reader.join()
        for stream in listeners.sockets:
            stream.close()


def memory_kb(pid: int) -> int:
    """Return the memory of a process and its children in kB (Pss: shared pages by their share)."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and pid in _ancestors(int(folder.name)):
            match = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.M)
            total += int(match[1]) if match else 0
    return total


def _ancestors(pid: int) -> list[int]:
    """Return the process id and those of its ancestors."""
    ancestors = []
    while pid > 1:
        ancestors.append(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return ancestors


def measure(
    base: str,
    pid: int,
    calls: Sequence[client.Call],
    headers: Callable[[], dict[str, str]],
    listener_headers: Callable[[], dict[str, str]],
    write: Callable[[], None],
    *,
    rounds: int,
    seconds: float,
    connections: int,
) -> dict[str, Any]:
    """Measure rounds without and with listeners in turn. `write` causes a hint to all listeners."""
    rps_without, rps_with, sizes, lags = [], [], [], []
    opened_in, missed_count = [], 0
    for number in range(-1, rounds):
        round_s = seconds if number >= 0 else 1
        load = client.run(base, calls, headers(), seconds=round_s, connections=connections)
        kb_before = memory_kb(pid)
        started_at = time.monotonic()
        with listening(base, listener_headers(), NUMBER) as listeners:
            opened = time.monotonic() - started_at
            time.sleep(1)
            size = memory_kb(pid) - kb_before
            crowded = client.run(base, calls, headers(), seconds=round_s, connections=connections)
            for _ in range(HINTS if number >= 0 else 0):
                listeners.heard.clear()
                written_at = time.monotonic()
                write()
                while len(listeners.heard) < NUMBER and time.monotonic() - written_at < 10:
                    time.sleep(0.02)
                missed_count += NUMBER - len(listeners.heard)
                lags += [(heard_at - written_at) * 1000 for heard_at in listeners.heard.values()]
                time.sleep(1)
            missed_count += listeners.ended
        if load.bad or crowded.bad:
            raise SystemExit(f"{NAME}: {load.bad + crowded.bad} answers were not 2xx")
        time.sleep(2)
        if number >= 0:
            rps_without.append(load.rps)
            rps_with.append(crowded.rps)
            sizes.append(size / NUMBER)
            opened_in.append(opened)
    cuts = statistics.quantiles(lags, n=100)
    return {
        "listeners": NUMBER,
        "kb_each": round(statistics.median(sizes), 1),
        "kb_each_by_round": [round(size, 1) for size in sizes],
        "opened_in_s": round(statistics.median(opened_in), 1),
        "rps_without": [round(rps) for rps in rps_without],
        "rps_with": [round(rps) for rps in rps_with],
        "ratio": round(statistics.median(b / a for a, b in zip(rps_without, rps_with, strict=True)), 3),
        "hint_p50_ms": round(cuts[49]),
        "hint_p99_ms": round(cuts[98]),
        "lost": missed_count,
    }


def table(results: dict[str, Any]) -> str:
    header = "| listeners | kB each | opened in s | req/s without | with | with / without | hint p50 ms | p99 | lost |"
    cells = [results["listeners"], results["kb_each"], results["opened_in_s"]]
    cells += [results["rps_without"], results["rps_with"], results["ratio"]]
    cells += [results["hint_p50_ms"], results["hint_p99_ms"], results["lost"]]
    return "\n".join([header, "|---" * 9 + "|", "| " + " | ".join(map(str, cells)) + " |"]) + "\n"
