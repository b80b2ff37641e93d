"""`python -m bench.tiles`: a tile of zoom 10 over the city, made anew after a write, and under ten writes a second.

Beside the bare statement for the same tile in pgbench (`limits/map_tile_10.sql`), on one connection. The writes are reports
over HTTP, which are taken back at the end. Settings as in `bench.run` (BENCH_SIZE, BENCH_SECONDS, BENCH_ROUNDS).
"""

import asyncio
import json
import os
import statistics
import threading
import time
import urllib.request
from datetime import UTC, datetime

from bench import city, record
from bench.crowd_client import Kind, Person, load
from bench.endpoints import ADMIN, SOUTH, STREET, WEST
from bench.environment import FOLDER, pgbench, say
from bench.figures import get
from bench.stage import size_from_environment, stage

PATH = "/ogc/collections/incidents/tiles/WebMercatorQuad/10/{}/{}"
TILES = [(853, 421), (854, 421), (853, 422)]
WRITES_PER_S = 10.0
REPORT = {"lon": WEST + 0.05, "lat": SOUTH + 0.01, "category": "E-litter", "description": "路边有垃圾"}


def _report(base: str, headers: dict[str, str]) -> None:
    request = urllib.request.Request(
        f"{base}/api/v1/incidents",
        json.dumps(REPORT).encode(),
        headers | {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=60).close()


def under_writes(base: str, headers: dict[str, str], writer: dict[str, str], seconds: float) -> list[float]:
    """Return the seconds of each tile that one reader reads while reports come at a steady rate."""
    people = [Person(base, STREET, writer["Authorization"].partition(" ")[2]) for _ in range(8)]

    async def write(person: Person) -> int:
        return (await person.ask("POST", "/api/v1/incidents", REPORT))[0]

    async def write_all() -> None:
        await load([Kind("report", WRITES_PER_S, people, write)], seconds)
        for person in people:
            person.close()

    thread = threading.Thread(target=lambda: asyncio.run(write_all()))
    thread.start()
    times, until, number = [], time.monotonic() + seconds, 0
    while time.monotonic() < until:
        x, y = TILES[number % len(TILES)]
        times.append(get(base, PATH.format(y, x), headers)[0])
        number += 1
    thread.join()
    return times


def main() -> None:
    """Measure the tile after writes."""
    seconds, rounds = float(os.environ.get("BENCH_SECONDS", "2")), int(os.environ.get("BENCH_ROUNDS", "3"))
    size = size_from_environment()
    env = {"GRIDWARD_STATEMENT_TIMEOUT_MS": "60000"}  # what is slow is to be measured
    with stage(size, [ADMIN, STREET], env=env) as place:
        started = datetime.now(UTC)
        after_write, bare, written = [], [], []
        try:
            for number in range(-1, rounds):
                headers, writer = place.headers(ADMIN), place.headers(STREET)
                ours = []
                for x, y in TILES:
                    _report(place.base, writer)
                    ours.append(get(place.base, PATH.format(y, x), headers)[0])
                arguments = ["-f", str(FOLDER / "limits" / "map_tile_10.sql")]
                bare_s = 1 / pgbench(place.url, arguments, max(seconds, 2), connections=1)
                times = under_writes(place.base, headers, writer, 5 * seconds)
                if number >= 0:
                    after_write.append(statistics.median(ours))
                    bare.append(bare_s)
                    written += times
                say(f"round {number + 1} of {rounds}")
        finally:
            city.forget_reports(place.url, started)
    written.sort()
    p99 = written[min(len(written) - 1, int(len(written) * 0.99))]
    ratio = statistics.median(a / b for a, b in zip(after_write, bare, strict=True))
    print(f"{size.cases:,} cases\n\n| tile of zoom 10 | seconds | / bare statement |\n|---|---:|---:|")
    print(f"| after a write, p50 | {statistics.median(after_write):.3f} | {ratio:.2f} |")
    print(f"| bare statement | {statistics.median(bare):.3f} | 1 |")
    print(f"| under {WRITES_PER_S:.0f} writes a second, p50 | {statistics.median(written):.3f} | |")
    print(f"| the same, p99 of {len(written)} | {p99:.3f} | |")
    record.note("tile_10", statistics.median(after_write), to_bare_statement=round(ratio, 2))
    record.note("tile_10_writes", p99, tiles=len(written))


if __name__ == "__main__":
    main()
