"""`python -m bench.notices`: previews and publications of notices, at a million made-up households.

BENCH_SIZE (1) of 1,000,000 households in 10,000 grids, each in premises of its own; one in fifty has a care tag, one in a
hundred an opt-out. They are in a database of their own, which is kept. The first table has a row for each way to address a
notice: the median of BENCH_CALLS previews (5) without HTTP, beside the bare statement that counts the same households by
grid, by turns. The second one publishes to all of them and rolls back: the transaction of the request, a few batches of the
job, and the earlier way, which stored all rows in the request. Processor times are those of PostgreSQL's process.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

from app.core import clock, db, logins
from app.core.actor import Actor, Grant, Role
from app.notices.queries import addressees, batches, previews
from app.notices.queries import notices as notice_queries
from app.notices.rules.notices import MessageRoutes
from app.settings import Settings
from bench import record
from bench.environment import cluster, gridward, of_database, say

BATCH_SIZE = Settings().notice_batch_addressees
HOUSEHOLDS = round(1_000_000 * float(os.environ.get("BENCH_SIZE", "1")))
NO_MESSAGES = MessageRoutes(phone_pattern=None, has_mail=False)
CALLS = int(os.environ.get("BENCH_CALLS", "5"))
NAME = f"gridward_bench_notices_{HOUSEHOLDS}"
JURISDICTION = UUID("019caa00-0000-7000-8000-0000000000ab")
ACCOUNT = UUID("019caa00-0000-7000-8000-0000000000ac")
WEST, SOUTH, STEP = 120.0, 30.0, 0.01
PART = 50_000
AREAS = """
insert into jurisdiction (id, code, name) values ('{jurisdiction}', 'bench-notices', '{{"zh":"测试区","en":"Test district"}}');
insert into account (id, username, name, password_hash, created_at, disabled_at)
  values ('{account}', 'bench-notices', 'Bench', '', now(), now());
create table area_of as select no, md5('notice area ' || no)::uuid id from generate_series(-1, 9999) no;
insert into area (id, jurisdiction_id, level, created_at)
  select id, '{jurisdiction}', case when no < 0 then 'district' else 'grid' end, now() from area_of;
insert into area_version (id, area_id, jurisdiction_id, parent_id, level, code, name, geom, path, valid)
  select md5('notice version ' || no)::uuid, id, '{jurisdiction}',
    case when no >= 0 then (select id from area_of where no = -1) end, case when no < 0 then 'district' else 'grid' end,
    'N' || no, jsonb_build_object('zh', '第' || no || '网格', 'en', 'Grid ' || no),
    ST_Multi(case when no < 0 then ST_MakeEnvelope({west}, {south}, {west} + 1, {south} + 1, 4326)
      else ST_MakeEnvelope({west} + no % 100 * {step}, {south} + no / 100 * {step}, {west} + (no % 100 + 1) * {step},
                           {south} + (no / 100 + 1) * {step}, 4326) end),
    (replace((select id::text from area_of where no = -1), '-', '')
     || case when no < 0 then '' else '.' || replace(id::text, '-', '') end)::ltree,
    tstzrange('2020-01-01Z', null)
  from area_of;
"""
HOMES = """
with spot as (
  select n, n % 10000 grid_no, random() x, random() y from generate_series({first_no}, {last_no}) n),
made as (
  insert into premises (id, jurisdiction_id, grid_id, scope_path, kind, address, location, created_at)
  select md5('notice premises ' || n)::uuid, '{jurisdiction}', v.area_id, v.path,
    case when n % 5 = 0 then 'rental' else 'dwelling' end, n || '号',
    ST_SetSRID(ST_MakePoint({west} + (grid_no % 100 + x) * {step}, {south} + (grid_no / 100 + y) * {step}), 4326), now()
  from spot join area_of on no = grid_no join area_version v on v.area_id = area_of.id),
home as (
  insert into household (id, jurisdiction_id, premises_id, grid_id, scope_path, created_at)
  select md5('notice household ' || n)::uuid, '{jurisdiction}', md5('notice premises ' || n)::uuid, v.area_id, v.path, now()
  from spot join area_of on no = grid_no join area_version v on v.area_id = area_of.id),
person as (
  insert into resident (id, household_id, grid_id, scope_path, name, created_at)
  select md5('notice resident ' || n)::uuid, md5('notice household ' || n)::uuid, v.area_id, v.path, '张三', now()
  from spot join area_of on no = grid_no join area_version v on v.area_id = area_of.id where n % 50 = 0),
tag as (
  insert into care_tag (id, resident_id, household_id, grid_id, kind, purpose, ends_on, granted_by, granted_at)
  select md5('notice tag ' || n)::uuid, md5('notice resident ' || n)::uuid, md5('notice household ' || n)::uuid, area_of.id,
    case when n % 100 = 0 then 'mobility' else 'interpreter' end, 'need', current_date + 90, '{account}', now()
  from spot join area_of on no = grid_no where n % 50 = 0)
insert into notice_opt_out (id, household_id, purpose, channel, recorded_at)
select md5('notice wish ' || n)::uuid, md5('notice household ' || n)::uuid, 'works', null, now() from spot where n % 100 = 1;
"""
BARE = (
    "select h.grid_id, count(*) from household h {join} where h.deleted_at is null and {condition} group by 1"
)


def load(url: str) -> None:
    """Store the households, in parts of a transaction of their own."""
    started_at = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute("set session_replication_role = replica")
        values: dict[str, Any] = {"west": WEST, "south": SOUTH, "step": STEP}
        values |= {"jurisdiction": JURISDICTION, "account": ACCOUNT}
        connection.execute(AREAS.format(**values))
        connection.execute("vacuum analyze area_version")
        for first_no in range(0, HOUSEHOLDS, PART):
            last_no = min(first_no + PART, HOUSEHOLDS) - 1
            connection.execute(HOMES.format(first_no=first_no, last_no=last_no, **values))
            say(f"{last_no + 1:,} households in {time.perf_counter() - started_at:.0f} s")
        connection.execute("vacuum analyze")


def prepare(server: str) -> str:
    """Return the URL of a database with the households. Loads it if needed."""
    url = of_database(server, NAME)
    with psycopg.connect(of_database(server, "postgres"), autocommit=True) as connection:
        is_new = connection.execute("select 1 from pg_database where datname = %s", [NAME]).fetchone() is None
        if is_new:
            say(f"loads {NAME}; drop it if the load is interrupted")
            connection.execute(f"create database {NAME} encoding 'UTF8' template template0")
    if gridward(url, "db", "upgrade"):
        raise SystemExit("the migrations failed")
    if is_new:
        load(url)
    return url


def timed(act: Callable[[], Any]) -> float:
    started_at = time.perf_counter()
    act()
    return (time.perf_counter() - started_at) * 1000


def medians(*acts: Callable[[], Any]) -> list[float]:
    """Return the median of each act, called by turns."""
    rounds = [[timed(act) for act in acts] for _ in range(CALLS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def processor_ms(pid: int) -> float:
    """Return the processor time that a process has used, in milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def notice(area: UUID, **conditions: Any) -> Any:
    """Return the columns of a draft, as the queries of previews read them."""
    columns: dict[str, Any] = {"id": JURISDICTION, "version": 1, "area_id": area, "purpose": "works"}
    columns |= {"channels": ["visit", "link"], "area_ids": [], "premises_kinds": [], "care_kinds": []}
    return columns | {"has_within": False} | conditions


def main() -> int:
    """Load the households if needed, and print a table."""
    with cluster() as server:
        url = prepare(server)
        with psycopg.connect(url, autocommit=True) as connection:
            district = connection.execute("select area_id from area_version where code = 'N-1'").fetchone()
            path = connection.execute("select path::text from area_version where code = 'N-1'").fetchone()
            assert district is not None and path is not None
            measure(url, connection, district[0], path[0])
    return 0


def measure(url: str, connection: Any, area: UUID, path: str) -> None:
    """Print the median times of previews beside bare statements."""
    db.configure(logins.login_url(url, logins.JOB), role=logins.JOB, pool_size=2, statement_timeout_ms=0)
    today = clock.now().date()
    care = "exists (select from care_tag c where c.household_id = h.id and c.kind = 'mobility')"
    ways = {
        "everybody": (notice(area, area_ids=[area]), "true", ""),
        "kind of premises": (
            notice(area, premises_kinds=["rental"]),
            "p.kind = 'rental'",
            "join premises p on p.id = h.premises_id",
        ),
        "care tag": (notice(area, care_kinds=["mobility"]), care, ""),
    }
    say(f"{HOUSEHOLDS:,} households, medians of {CALLS}")
    say(f"{'addressed by':<20}{'households':>12}{'preview ms':>12}{'bare ms':>10}{'ratio':>8}")
    worst = 0.0
    for name, (row, condition, join) in ways.items():
        with db.counting_session("custom") as session:
            options: dict[str, Any] = {
                "plans_anew": True,
                "routes": NO_MESSAGES,
                "grids": 200,
                "approval_from": 200,
            }
            preview = partial(previews.summary, session, row, today=today, **options)
            number = preview()["households"]
            inside = f"h.scope_path <@ '{path}'::ltree and {condition}"
            statement = BARE.format(join=join, condition=inside)
            took, bare = medians(preview, partial(count, connection, statement))
        worst = max(worst, took / bare)
        say(f"{name:<20}{number:>12,}{took:>12.0f}{bare:>10.0f}{took / bare:>8.1f}")
    record.note("notice_preview", worst, households=HOUSEHOLDS)
    publish(area, today)


def count(connection: Any, statement: str) -> int:
    """Return the number of grids that a bare statement counts."""
    return len(connection.execute(statement).fetchall())


def publish(area: UUID, today: Any) -> None:
    """Publish a notice to everybody in each way, print the times, and roll back."""
    say(f"{'publication':<32}{'addressees':>12}{'ms':>10}{'processor ms':>14}")
    draft = notice(area, area_ids=[area])
    request_ms = publication("request", area, partial(in_batches, draft, today), HOUSEHOLDS)
    publication("job, 10 batches", area, partial(job, draft, today), 10 * BATCH_SIZE)
    if HOUSEHOLDS <= 100_000:
        publication("all rows in one request", area, partial(in_request, draft, today), HOUSEHOLDS)
    record.note("notice_publication", request_ms / 1000, households=HOUSEHOLDS)


def in_batches(draft: Any, today: Any, session: Any) -> Callable[[], Any]:
    """Return the statement of the request that publishes to many."""
    arguments = {"today": today, "routes": NO_MESSAGES, "size": BATCH_SIZE}
    return partial(addressees.freeze_batches, session, draft, **arguments)


def in_request(draft: Any, today: Any, session: Any) -> Callable[[], Any]:
    """Return the statement of a request that stores all rows."""
    arguments = {"today": today, "routes": NO_MESSAGES, "now": clock.now(), "most": HOUSEHOLDS}
    return partial(addressees.freeze, session, draft, **arguments)


def job(draft: Any, today: Any, session: Any) -> Callable[[], Any]:
    """Return ten batches of the job."""
    in_batches(draft, today, session)()

    def store() -> None:
        for _ in range(10):
            batches.store(session, draft, now=clock.now())

    return store


def publication(name: str, area: UUID, prepare_act: Callable[[Any], Callable[[], Any]], number: int) -> float:
    """Time one act on a draft with the rights of the job worker, print a row, and roll back. Return the milliseconds."""
    took = 0.0
    try:
        with db.transaction(Actor.of(id=ACCOUNT, grants=(Grant(Role.ADMIN),))) as session:
            values: dict[str, Any] = {
                "id": JURISDICTION,
                "jurisdiction_id": JURISDICTION,
                "sender_area_id": area,
            }
            values |= {"unit_id": None, "premises_kinds": [], "care_kinds": [], "geometry": None}
            values |= {"purpose": "works", "texts": {}, "channels": ["visit", "link"], "area_ids": [area]}
            values |= {"reply_category": "unclassified", "valid_from": clock.now()}
            values |= {
                "valid_until": clock.now() + timedelta(days=1),
                "actor_id": ACCOUNT,
                "now": clock.now(),
            }
            notice_queries.create(session, values)
            act = prepare_act(session)
            pid = session.scalar(text("select pg_backend_pid()"))
            used_before = processor_ms(pid)
            took = timed(act)
            used = processor_ms(pid) - used_before
            say(f"{name:<32}{number:>12,}{took:>10.0f}{used:>14.0f}")
            raise InterruptedError
    except InterruptedError:
        return took


if __name__ == "__main__":
    sys.exit(main())
