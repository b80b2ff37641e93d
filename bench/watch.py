"""What a load does to the machine: processor time of server, PostgreSQL and client, waits for connections and locks, memory."""

import os
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 0.5


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(folder.name))
    family, left = [], [pid]
    while left:
        family.append(left.pop())
        left += children.get(family[-1], [])
    return family


def processor_s(pids: list[int]) -> float:
    """Return the seconds of processor time that processes have used so far."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return total / _TICKS


def memory_mb(pid: int) -> list[float]:
    """Return the resident memory of each worker process of the server, in MB."""
    sizes = []
    for child in descendants(pid)[1:]:
        try:
            status = Path(f"/proc/{child}/status").read_text()
        except OSError:
            continue
        sizes += [int(row.split()[1]) / 1000 for row in status.splitlines() if row.startswith("VmRSS")]
    # granian's resource tracker and the like are small.
    return sorted(size for size in sizes if size > 60)


def metrics(base: str) -> dict[str, float]:
    """Return the sums of the server's metrics by name, over all labels."""
    with urllib.request.urlopen(f"{base}/metrics", timeout=60) as response:
        text = response.read().decode()
    sums: dict[str, float] = {}
    for sample in text.splitlines():
        if sample and not sample.startswith("#"):
            name, _, value = sample.rpartition(" ")
            name = name.partition("{")[0]
            sums[name] = sums.get(name, 0.0) + float(value)
    return sums


@dataclass(slots=True)
class Seen:
    """Shares of all processors, and waits, during a load."""

    seconds: float = 0.0
    server: float = 0.0
    database: float = 0.0
    client: float = 0.0
    pool_wait_ms: float = 0.0
    thread_wait_ms: float = 0.0
    refused: float = 0.0
    lock_waits: list[int] = field(default_factory=list)
    cores: int = os.cpu_count() or 1

    @property
    def locks(self) -> float:
        """Return how many backends waited for a lock on average."""
        return sum(self.lock_waits) / len(self.lock_waits) if self.lock_waits else 0.0

    def first_limit(self) -> str:
        """Return what limits the throughput: what is nearest to all that it can have."""
        if self.locks > 1:
            return f"locks: {self.locks:.1f} backends wait"
        shares = {"server": self.server, "PostgreSQL": self.database, "client": self.client}
        largest = max(shares, key=lambda name: shares[name])
        total = sum(shares.values())
        if total < 0.7:
            return f"nothing: {total:.0%} of the processors used" if self.refused == 0 else "threads"
        return f"processors, most by {largest} ({shares[largest]:.0%} of {total:.0%})"

    def row(self) -> str:
        """Return the cells of a table."""
        cells = [f"{share:.0%}" for share in (self.server, self.database, self.client)]
        cells += [
            f"{self.thread_wait_ms:.0f}",
            f"{self.pool_wait_ms:.1f}",
            f"{self.locks:.1f}",
            f"{self.refused:.0f}",
        ]
        return " | ".join([*cells, self.first_limit()])


HEAD = (
    "server | PostgreSQL | client | wait for a thread ms | for a connection ms | for locks | refused | limit"
)


@contextmanager
def watching(url: str, base: str, pid: int) -> Iterator[Seen]:
    """Watch the machine during the block."""
    seen, is_over = Seen(), threading.Event()
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("show data_directory").fetchone()
        assert row is not None
        postmaster = int(Path(row[0], "postmaster.pid").read_text().splitlines()[0])

        def sample() -> None:
            while not is_over.wait(SAMPLE_S):
                waits = connection.execute(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                ).fetchone()
                seen.lock_waits.append(waits[0] if waits else 0)

        def times() -> tuple[float, float, float]:
            # What ended meanwhile counts with its parent.
            return processor_s(descendants(pid)), processor_s(descendants(postmaster)), time.process_time()

        before, at_start, started = times(), metrics(base), time.monotonic()
        thread = threading.Thread(target=sample)
        thread.start()
        try:
            yield seen
        finally:
            is_over.set()
            thread.join()
        seen.seconds = time.monotonic() - started
        after, at_end = times(), metrics(base)
    everything = seen.seconds * seen.cores
    seen.server, seen.database, seen.client = (
        (b - a) / everything for a, b in zip(before, after, strict=True)
    )

    def mean_ms(name: str) -> float:
        count = at_end.get(f"{name}_count", 0) - at_start.get(f"{name}_count", 0)
        total = at_end.get(f"{name}_sum", 0) - at_start.get(f"{name}_sum", 0)
        return total / count * 1000 if count else 0.0

    seen.pool_wait_ms = mean_ms("gridward_database_pool_wait_seconds")
    seen.thread_wait_ms = mean_ms("gridward_admission_wait_seconds")
    refused = "gridward_admission_refused_total"
    seen.refused = at_end.get(refused, 0) - at_start.get(refused, 0)
