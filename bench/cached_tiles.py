"""`python -m bench.cached_tiles`: map tiles of cases, new and cached, and the two ways to count one of zoom 10.

Tiles of zoom 14 with five properties, as in `bench.peers`: *cold* from a server whose cache is too small for two of them,
*warm* from a cache, *known* to the client (304), and the bare statement in pgbench. The cells of the fullest tile of zoom 10
from kept numbers and by a count of the cases: milliseconds in PostgreSQL, for somebody who sees all and for a district.
`bench.tiles` has tiles of zoom 10 while cases are written. Settings as in `bench.run`.
"""

import os
import re
import secrets
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from app.accounts import service as accounts
from app.core import clock, db
from app.core.actor import SYSTEM
from app.ogc.queries import tiles as queries
from app.ogc.queries.sources import reader
from app.ogc.rules.tiling import LAYERS, Tile
from app.settings import Settings
from bench import city, client
from bench.endpoints import ADMIN, DISTRICT
from bench.environment import (
    CONNECTIONS,
    GRANIAN_OPTIONS,
    cluster,
    pgbench,
    prepare,
    say,
    served,
    set_passwords,
    signed_in,
)

LIMITS = Path(__file__).parent / "limits"
PROPERTIES = "case_no,status,category,priority,due_at"
PATH = "/ogc/collections/incidents/tiles/WebMercatorQuad"
_FULLEST = """
  select cast(floor(mercator_x(ST_X(location)) * %(across)s) as int) x,
         cast(floor(mercator_y(ST_Y(location)) * %(across)s) as int) y, count(*) n
  from incident where deleted_at is null group by 1, 2 order by n desc limit %(number)s
"""


def fullest(connection: psycopg.Connection[Any], z: int, number: int) -> list[tuple[int, int, int]]:
    return connection.execute(_FULLEST, {"across": 2**z, "number": number}).fetchall()


def limit_of_tiles(zoom: int, tiles: Sequence[tuple[int, int]], folder: Path) -> list[str]:
    """Return pgbench's arguments for the bare statement of one of these tiles, drawn by lot."""
    text = (LIMITS / f"map_tile_{zoom}.sql").read_text()
    statement = re.sub(r"(?m)^\\set .*\n", "", text)
    for name, values in zip("xy", zip(*tiles, strict=True), strict=True):
        drawn = f"('{{{','.join(map(str, values))}}}'::int[])[:n::int]"
        statement = statement.replace(f":{name}::int", drawn)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"tiles_{zoom}.sql"
    path.write_text(f"\\set n random(1, {len(tiles)})\n{statement}")
    return ["-f", str(path)]


def statement_ms(username: str, tile: Tile, *, is_kept: bool, repeats: int = 5) -> tuple[float, int]:
    """Return the median time of the cells of a tile in milliseconds, and the number of cases in it."""
    layer = LAYERS["incidents"]
    times = []
    with db.transaction(SYSTEM) as session:
        account_id = session.scalar(text("select id from account where username = :name"), {"name": username})
        actor = accounts.actor_of(session, account_id)
    with db.read_session("custom") as session:
        source = reader(layer.collection, actor, clock.now())
        make = queries.kept_cells if is_kept else queries.counted_cells
        for _ in range(repeats):
            started = time.perf_counter()
            rows = session.execute(make(layer, source), source.binds | queries.tile_binds(tile)).all()
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), sum(int(row.n) for row in rows)


def tags_of(base: str, paths: list[str], headers: dict[str, str]) -> dict[str, str]:
    tags = []
    for path in paths:
        with urllib.request.urlopen(urllib.request.Request(base + path, headers=headers)) as response:
            response.read()
            tags.append(response.headers["ETag"])
    return {"If-None-Match": ", ".join(tags)}


def main() -> None:
    rounds, seconds = int(os.environ.get("BENCH_ROUNDS", "3")), float(os.environ.get("BENCH_SECONDS", "2"))
    size = city.Size.of(float(os.environ.get("BENCH_SIZE", "1")))
    password = secrets.token_urlsafe(16)
    with ExitStack() as stack:
        server = stack.enter_context(cluster())
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridward-bench-")))
        settings = Settings(signing_key_file=state / "signing-key.pem")
        url = prepare(server, size)
        set_passwords(url, settings, [ADMIN, DISTRICT], password)
        bases = {
            name: stack.enter_context(
                served(url, state, "app.server:application", *GRANIAN_OPTIONS, probe="/readyz", env=env)
            )[0]
            for name, env in (("warm", {}), ("cold", {"GRIDWARD_TILE_CACHE_MB": "1"}))
        }
        headers = signed_in(bases["warm"], ADMIN, password)
        with psycopg.connect(url) as connection:
            places = [(x, y) for x, y, _ in fullest(connection, 14, 40)]
            [(x, y, _)] = fullest(connection, 10, 1)
        near = [f"{PATH}/14/{y}/{x}?properties={PROPERTIES}" for x, y in places]
        db.configure(url, role=None, statement_timeout_ms=60_000)
        for username in (ADMIN, DISTRICT):
            for is_kept in (True, False):
                ms, cases = statement_ms(username, Tile(10, x, y), is_kept=is_kept)
                name = "kept numbers" if is_kept else "count of cases"
                print(f"| zoom 10, {name}, {username}, {cases:,} cases | | {ms:.0f} | |", flush=True)
        tags = tags_of(bases["warm"], near, headers)
        loads: dict[str, list[client.Load]] = {}
        bare: list[float] = []

        def note(name: str, base: str, paths: list[str], extra: dict[str, str]) -> None:
            calls = [client.Call(path) for path in paths]
            load = client.run(base, calls, headers | extra, seconds=seconds, connections=CONNECTIONS)
            loads.setdefault(name, []).append(load)

        for number in range(-1, rounds):  # the first one warms up
            say(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
            note("zoom 14, cold", bases["cold"], near, {})
            note("zoom 14, warm", bases["warm"], near, {})
            note("zoom 14, known (304)", bases["warm"], near, tags)
            bare.append(pgbench(url, limit_of_tiles(14, places, state / "limits"), seconds))
    loads = {name: all_loads[1:] for name, all_loads in loads.items()}
    for name, all_loads in loads.items():
        rps, p50, p99 = (
            statistics.median(getattr(load, key) for load in all_loads) for key in ("rps", "p50", "p99")
        )
        print(f"| {name} | {rps:.1f} | {p50:.1f} | {p99:.1f} |")
    cold = [load.rps for load in loads["zoom 14, cold"]]
    for name in ("zoom 14, warm", "zoom 14, known (304)"):
        ratio = statistics.median(a.rps / b for a, b in zip(loads[name], cold, strict=True))
        print(f"| {name} / cold | {ratio:.1f} | | |")
    to_bare = statistics.median(a / b for a, b in zip(cold, bare[1:], strict=True))
    print(f"| zoom 14, cold / bare statement | {to_bare:.2f} | | |")


if __name__ == "__main__":
    main()
