"""`python -m bench.places`: search for places and the nearest place, at a million made-up addresses.

BENCH_ADDRESSES numbered buildings (1,000,000) on streets and in compounds of 10,000 grids, each the address of one
premises; one in a hundred is a shop with a name. The addresses are in a database of their own, which is kept. Each row
is one kind of search, of BENCH_CALLS texts (200), by one reader: median and 99th percentile of the whole function with
its statement, without HTTP.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from uuid import UUID

import psycopg

from app.core import db, logins
from app.core.actor import Actor, Grant, Role
from app.places import service as places
from bench.environment import cluster, gridward, of_database, say

ADDRESSES = int(os.environ.get("BENCH_ADDRESSES", "1000000"))
CALLS = int(os.environ.get("BENCH_CALLS", "200"))
NAME = f"gridward_bench_places_{ADDRESSES}"
JURISDICTION = UUID("019caa00-0000-7000-8000-0000000000aa")
WEST, SOUTH, STEP = 120.0, 30.0, 0.01
LIMIT_MS = 100
# Each part of a name has few characters, so that most pairs of characters stand in many names, as in a city.
FIRST = "古文天西东南北上下长新永安和平建国人民学府清河"
SECOND = "荡华目溪湖山桥塘园江林泉庆丰兴源景云龙"
PART = 50_000
AREAS = """
insert into jurisdiction (id, code, name) values ('{jurisdiction}', 'bench-places', '{{"zh":"测试区","en":"Test district"}}');
create temp table area_of as
  select no, md5('place area ' || no)::uuid id from generate_series(-1, 9999) no;
insert into area (id, jurisdiction_id, level, created_at)
  select id, '{jurisdiction}', case when no < 0 then 'district' else 'grid' end, now() from area_of;
insert into area_version (id, area_id, jurisdiction_id, parent_id, level, code, name, geom, path, valid)
  select md5('version ' || no)::uuid, id, '{jurisdiction}',
    case when no >= 0 then (select id from area_of where no = -1) end, case when no < 0 then 'district' else 'grid' end,
    'P' || no, jsonb_build_object('zh', case when no < 0 then '测试区' else '第' || no || '网格' end, 'en', 'Grid ' || no),
    ST_Multi(case when no < 0 then ST_MakeEnvelope({west}, {south}, {west} + 1, {south} + 1, 4326)
      else ST_MakeEnvelope({west} + no % 100 * {step}, {south} + no / 100 * {step}, {west} + (no % 100 + 1) * {step},
                           {south} + (no / 100 + 1) * {step}, 4326) end),
    (replace((select id::text from area_of where no = -1), '-', '')
     || case when no < 0 then '' else '.' || replace(id::text, '-', '') end)::ltree,
    tstzrange('2020-01-01Z', null)
  from area_of;
"""
PREMISES = """
insert into premises (id, jurisdiction_id, grid_id, scope_path, kind, name, compound, building, address, location,
                      created_at)
  select md5('premises ' || n)::uuid, '{jurisdiction}', v.area_id, v.path,
    case when n % 100 = 7 then 'shop' else 'dwelling' end,
    case when n % 100 = 7 then named.label || (array['超市','药店','小学','公园'])[1 + n / 100 % 4] end,
    case when number < 50 then named.label || '路' || 1 + number * 2 || '号' else named.label || '新村' end,
    case when number < 50 then '无' else number - 49 || '幢' end, '无',
    ST_SetSRID(ST_MakePoint({west} + (grid_no % 100 + x) * {step}, {south} + (grid_no / 100 + y) * {step}), 4326), now()
  from (select n, n / 100 % 10000 grid_no, n % 100 number, random() x, random() y from generate_series({first_no}, {last_no}) n)
    spot join area_of on no = grid_no join area_version v on v.area_id = area_of.id
  cross join lateral (select substr('{first}', 1 + grid_no % {firsts}, 1)
    || substr('{second}', 1 + grid_no / 7 % {seconds}, 1) || substr('{first}', 1 + grid_no / 97 % {firsts}, 1) label) named;
"""


def load(url: str) -> None:
    """Store the addresses, in parts of a transaction of their own."""
    started_at = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        values: dict[str, Any] = {"west": WEST, "south": SOUTH, "step": STEP, "jurisdiction": JURISDICTION}
        values |= {"first": FIRST, "firsts": len(FIRST), "second": SECOND, "seconds": len(SECOND)}
        connection.execute(AREAS.format(**values))
        for first_no in range(0, ADDRESSES, PART):
            last_no = min(first_no + PART, ADDRESSES) - 1
            connection.execute(PREMISES.format(first_no=first_no, last_no=last_no, **values))
            say(f"{last_no + 1:,} addresses in {time.perf_counter() - started_at:.0f} s")
        connection.execute("vacuum analyze named_place")
        rows = connection.execute("select kind, count(*) from named_place group by 1 order by 1").fetchall()
    say(f"loaded in {time.perf_counter() - started_at:.0f} s: {dict(rows)}")


def prepare(server: str) -> str:
    """Return the URL of a database with the addresses. Loads it if needed."""
    url = of_database(server, NAME)
    with psycopg.connect(of_database(server, "postgres"), autocommit=True) as connection:
        is_new = connection.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone() is None
        if is_new:
            connection.execute(f"create database {NAME} encoding 'UTF8' template template0")
    if gridward(url, "db", "upgrade"):
        raise SystemExit("the migrations failed")
    if is_new:
        load(url)
    return url


def names(random: Random) -> Iterator[str]:
    while True:
        yield random.choice(FIRST) + random.choice(SECOND) + random.choice(FIRST)


def stored_names(url: str, random: Random) -> list[tuple[str, str]]:
    """Return names of streets, each with its pinyin and initials as one text."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select name ->> 'zh', words from named_place where kind = 'street' order by md5(id::text) limit 500"
        ).fetchall()
    return random.sample(rows, min(len(rows), CALLS))


def searches(url: str) -> dict[str, list[str]]:
    """Return the texts of each kind of search."""
    random = Random(22)
    streets = [(zh, *words.split()[1:3]) for zh, words in stored_names(url, random)]
    number = [str(1 + random.randrange(50) * 2) for _ in streets]
    return {
        "two characters": [zh[:2] for zh, _, _ in streets],
        "a common ending": ["新村", "超市", "网格", "药店"] * (CALLS // 4),
        "a street": [zh for zh, _, _ in streets],
        "street and number": [f"{zh}{n}号" for (zh, _, _), n in zip(streets, number, strict=True)],
        "one character, number": [
            f"{zh[0]}{zh[1]}{n}" for (zh, _, _), n in zip(streets, number, strict=True)
        ],
        "pinyin": [pinyin for _, pinyin, _ in streets],
        "beginning of pinyin": [pinyin[:4] for _, pinyin, _ in streets],
        "initials": [initials for _, _, initials in streets],
        "pinyin and number": [f"{pinyin}{n}" for (_, pinyin, _), n in zip(streets, number, strict=True)],
        "nothing": [f"{name}寺" for name, _ in zip(names(random), range(CALLS), strict=False)],
    }


def readers(url: str) -> dict[str, Actor]:
    with psycopg.connect(url) as connection:
        grid = connection.execute("select area_id from area_version where code = 'P4242'").fetchone()
    assert grid is not None
    own = {"id": JURISDICTION, "jurisdiction_ids": (JURISDICTION,)}
    return {
        "everything": Actor.of(grants=(Grant(Role.ADMIN),), **own),
        "one grid": Actor.of(grants=(Grant(Role.SUPERVISOR, grid[0]),), **own),
        "no addresses": Actor.of(grants=(Grant(Role.HANDLER, unit_id=JURISDICTION),), **own),
    }


def timed(act: Callable[[], Any]) -> float:
    started_at = time.perf_counter()
    act()
    return (time.perf_counter() - started_at) * 1000


def measure(title: str, calls: list[Callable[[Any], Any]]) -> float:
    times = []
    for call in [calls[0], *calls]:
        with db.read_session() as session:
            times.append(timed(lambda call=call, session=session: call(session)))
    p99 = statistics.quantiles(times[1:], n=100)[98]  # without the first, which compiles the statement
    print(f"| {title} | {statistics.median(times):.1f} | {p99:.1f} |", flush=True)
    return p99


def main() -> int:
    with cluster() as server:
        url = prepare(server)
        db.configure(logins.login_url(url, logins.APP), role=logins.APP, pool_size=2, statement_timeout_ms=0)
        slowest = 0.0
        print(f"{ADDRESSES:,} addresses\n\n| | p50 ms | p99 ms |\n|---|---:|---:|")
        try:
            for reader, actor in readers(url).items():
                for kind, texts in searches(url).items():
                    calls: list[Callable[[Any], Any]] = [
                        lambda s, q=q, actor=actor: places.search(s, actor, q=q) for q in texts
                    ]
                    slowest = max(slowest, measure(f"{kind}, {reader}", calls))
                random = Random(22)
                points = [(WEST + random.random(), SOUTH + random.random()) for _ in range(CALLS)]
                nearest: list[Callable[[Any], Any]] = [
                    lambda s, at=at, actor=actor: places.near(s, actor, lon=at[0], lat=at[1]) for at in points
                ]
                slowest = max(slowest, measure(f"near, {reader}", nearest))
        finally:
            db.dispose()
    print(f"\nslowest p99: {slowest:.1f} ms, limit {LIMIT_MS} ms")
    return int(slowest > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
