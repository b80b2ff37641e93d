"""`python -m bench.open311`: lists of Open311 beside their bare statements, at a made-up city of cases.

BENCH_CASES cases (200,000) of the last 400 days, half of them closed, each with the events of its states, in a database
of their own, which is kept. Each row is one request, sent BENCH_CALLS times (30) to the application without HTTP, and
the statements that it sent, repeated over a bare connection: medians.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy import Engine, event

from app.areas import service as areas
from app.core import clock, db, logins
from app.core.actor import SYSTEM
from app.factory import create_app
from app.open311.rules.documents import instant
from app.profiles import service as profiles
from app.settings import Settings
from bench.environment import cluster, gridward, of_database, say

CASES = int(os.environ.get("BENCH_CASES", "200000"))
CALLS = int(os.environ.get("BENCH_CALLS", "30"))
NAME = f"gridward_bench_open311_{CASES}"
CODE = "bench-open311"
# The longest list may cost so many times the bare statements.
LIMIT = 3.0
_CASES = """
  insert into incident (id, case_no, jurisdiction_id, profile_version_id, area_id, category, condition, status, priority,
    location, reported_at, closed_at, due_at, updated_at, rework_count)
  select md5('case ' || n)::uuid, 'B-' || n, j.id, p.id, null, (array['E0102','E0105','E0301','0106','E0603'])[1 + n % 5],
    'standard', case when n % 2 = 0 then 'closed' else 'dispatched' end, 2,
    ST_SetSRID(ST_MakePoint(120 + (n % 997) / 9970.0, 30 + (n % 991) / 9910.0), 4326), told_at,
    case when n % 2 = 0 then told_at + interval '20 hours' end, told_at + interval '2 days', told_at, 0
  from jurisdiction j join profile_version p on p.jurisdiction_id = j.id
  cross join lateral (select n, now() - n * interval '400 days' / {cases} told_at
    from generate_series(1, {cases}) n) listed
  where j.code = '{code}'
"""
_EVENTS = """
  insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, recorded_at)
  select i.id, s.action, s.before_it, s.after_it, 'system', j.id, i.reported_at + s.later, i.reported_at + s.later
  from incident i join jurisdiction j on j.id = i.jurisdiction_id
  join (values ('report', null, 'collected', interval '0', true), ('dispatch', 'filed', 'dispatched', '1 min', true),
    ('accept', 'dispatched', 'accepted', '10 min', true), ('feed_back', 'accepted', 'fed_back', '18 h', false),
    ('check', 'fed_back', 'closed', '20 h', false)) s (action, before_it, after_it, later, of_all)
    on s.of_all or i.status = 'closed'
  where j.code = '{code}' order by i.reported_at + s.later
"""


def load(url: str) -> None:
    """Store the city and its cases."""
    started_at = time.perf_counter()
    db.configure(logins.login_url(url, logins.APP), role=logins.APP, pool_size=2, statement_timeout_ms=0)
    profile = profiles.packaged_profile("xihu") | {"public": {"is_open": True}}
    with db.transaction(SYSTEM) as session:
        areas.create_jurisdiction(
            session, SYSTEM, code=CODE, name={"zh": "测试区", "en": "Test district"}, profile_data=profile
        )
    db.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        for statement in (_CASES, _EVENTS):
            connection.execute(statement.format(cases=CASES, code=CODE))
        connection.execute("vacuum analyze incident, incident_event")
    say(f"{CASES:,} cases in {time.perf_counter() - started_at:.0f} s")


def prepare(server: str) -> str:
    """Return the URL of a database with the cases. Loads it if needed."""
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


def requests() -> dict[str, str]:
    """Return the measured requests, by title."""
    now = clock.now()
    day = {"start_date": instant(now - timedelta(hours=24)), "end_date": instant(now)}
    return {
        "services, XML": path("services.xml"),
        "1,000 requests, XML": path("requests.xml"),
        "1,000 requests, JSON": path("requests.json"),
        "100 requests, JSON": path("requests.json", page_size=100),
        "100 requests, page 100": path("requests.json", page_size=100, page=100),
        "100 closed requests of one service": path(
            "requests.json", page_size=100, status="closed", service_code="E0105"
        ),
        "updates of a day, XML": path("servicerequestupdates.xml", **day),
    }


def path(resource: str, **args: Any) -> str:
    return f"/open311/v2/{resource}?{urlencode({'jurisdiction_id': CODE, **args})}"


def median_ms(act: Callable[[], Any]) -> float:
    times = []
    for _ in range(CALLS + 1):
        started_at = time.perf_counter()
        act()
        times.append((time.perf_counter() - started_at) * 1_000)
    return statistics.median(times[1:])  # without the first, which compiles the statements


def statements_of(client: Any, url: str) -> list[tuple[str, Any]]:
    """Return the statements that a request sends, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return sent


def repeat(connection: psycopg.Connection, statements: list[tuple[str, Any]]) -> None:
    for statement, parameters in statements:
        connection.execute(statement, parameters, prepare=True).fetchall()


def main() -> int:
    with cluster() as server, tempfile.TemporaryDirectory(prefix="gridward-bench-") as folder:
        url = prepare(server)
        settings = Settings(
            database_url=url,
            app_database_url=logins.login_url(url, logins.APP),
            signing_key_file=Path(folder) / "signing-key.pem",
            media_store=Path(folder).as_uri(),
            statement_timeout_ms=0,
            quotas="off",
        )
        client = create_app(settings).test_client()
        highest = 0.0
        print(
            f"{CASES:,} cases\n\n| request | p50 ms | bare statements, p50 ms | / bare |\n|---|---:|---:|---:|"
        )
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("set jit = off")
            connection.execute("set plan_cache_mode = force_generic_plan")  # as the views ask for
            for title, target in requests().items():
                statements = statements_of(client, target)
                whole = median_ms(partial(client.get, target))
                bare = median_ms(partial(repeat, connection, statements))
                if bare > 1:
                    highest = max(highest, whole / bare)
                print(f"| {title} | {whole:.1f} | {bare:.1f} | {whole / bare:.2f} |", flush=True)
        db.dispose()
    print(f"\nhighest: {highest:.2f} times the bare statements, limit {LIMIT}")
    return int(highest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
