"""`python -m bench.redraw`: a redraw that moves 5,000 homes and 500 open cases, and the audit of all grids after it.

Two grids of a community change their places, so that all that lies in either moves to the other. Homes and cases are first
gathered in one of them. Beside the bare UPDATE of the same rows, which writes new grids and paths and nothing else. In a
copy of the city, of which the whole has 10,000 grids. Settings: BENCH_SIZE (1).
"""

import json
import sys
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any

import psycopg

from app.core import db, logins
from app.grids import service as grids
from bench import record
from bench.endpoints import ADMIN
from bench.environment import say
from bench.stage import Stage, size_from_environment, stage

DATABASE = "gridward_bench_redraw"
HOMES, CASES = 5_000, 500

_GRIDS = """
  select a.area_id, b.area_id from area_version a join area_version b on b.parent_id = a.parent_id and b.area_id > a.area_id
  where a.level = 'grid' and b.level = 'grid' and upper_inf(a.valid) and upper_inf(b.valid) order by a.code, b.code limit 1
"""
_OPEN = "status not in ('not_filed', 'closed', 'force_closed') and deleted_at is null"
# The grid that rows get: id, path and outline.
_TARGET = """
  create temp table target on commit drop as
  select area_id, path, geom from area_version where area_id = %(grid)s and upper_inf(valid)
"""
_PLACE = "ST_Translate(ST_PointOnSurface(geom), (random() - 0.5) * 1e-4, (random() - 0.5) * 1e-4)"
# Homes and cases of the whole city are moved into the grid, close to a point in it.
_GATHER = (
    f"""update premises set grid_id = area_id, scope_path = path, location = {_PLACE} from target
        where id in (select id from premises order by md5(id::text) limit %(homes)s)""",
    """update household h set grid_id = p.grid_id, scope_path = p.scope_path from premises p
       where p.id = h.premises_id and h.grid_id <> p.grid_id""",
    f"""update incident set grid_id = t.area_id, area_id = t.area_id, scope_path = t.path, location = {_PLACE} from target t
        where id in (select id from incident where {_OPEN} order by md5(id::text) limit %(cases)s)""",
)
# Each of the two grids, with the path and id of the other.
_EXCHANGED = """
  create temp table exchanged on commit drop as
  select a.area_id was, b.area_id, b.path from area_version a, area_version b
  where a.area_id = any(%(grids)s) and b.area_id = any(%(grids)s) and a.area_id <> b.area_id
    and upper_inf(a.valid) and upper_inf(b.valid)
"""
_BARE = (
    "update premises set grid_id = t.area_id, scope_path = t.path from exchanged t where grid_id = t.was",
    "update household set grid_id = t.area_id, scope_path = t.path from exchanged t where grid_id = t.was",
    f"""update incident set grid_id = t.area_id, area_id = t.area_id, scope_path = t.path from exchanged t
        where grid_id = t.was and {_OPEN}""",
)


def gather(url: str) -> dict[str, Any]:
    """Gather homes and cases in a grid. Return the body of the redraw that exchanges it with its neighbour."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_GRIDS).fetchone()
        assert row is not None
        connection.execute("set local session_replication_role = replica")
        for statement in (_TARGET, *_GATHER):
            connection.execute(statement, {"grid": row[0], "homes": HOMES, "cases": CASES})
        versions = connection.execute(
            """select area_id::text, parent_id::text, code, name, ST_AsGeoJSON(geom, 15)::json from area_version
               where area_id = any(%s) and upper_inf(valid) order by code""",
            [list(row)],
        ).fetchall()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze premises, household, incident")
    first, second = versions
    parts = [
        {"id": grid[0], "code": grid[2], "name": grid[3], "geometry": other[4]}
        for grid, other in ((first, second), (second, first))
    ]
    return {"parent_id": first[1], "replaces": [first[0], second[0]], "areas": parts, "reason": "bench"}


def seconds_of_bare_update(url: str, body: dict[str, Any]) -> float:
    """Return the seconds that the rows need by themselves; it is rolled back."""
    with psycopg.connect(url) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute(_EXCHANGED, {"grids": body["replaces"]})
        connection.execute("analyze exchanged")
        started = time.perf_counter()
        for statement in _BARE:
            connection.execute(statement)
        elapsed_s = time.perf_counter() - started
        connection.rollback()
    return elapsed_s


def redraw(place: Stage, body: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """Return the seconds of the redraw over HTTP, and its counts."""
    headers = place.headers(ADMIN) | {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{place.base}/api/v1/areas/redraw", json.dumps(body).encode(), headers)
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=600) as response:
        counts: dict[str, Any] = json.load(response)["counts"]
    return time.perf_counter() - started, counts


def seconds_to_audit(url: str) -> tuple[float, int]:
    """Return the seconds of the audit that is due, as the job runs it, and its findings."""
    db.configure(logins.login_url(url, logins.JOB), role=logins.JOB, pool_size=2, statement_timeout_ms=0)
    try:
        now = datetime.now(UTC)
        with db.read_session() as session:
            [jurisdiction_id] = grids.jurisdictions_to_audit(session, now)
        started = time.perf_counter()
        findings = grids.audit_shapes(jurisdiction_id, now)
        return time.perf_counter() - started, findings
    finally:
        db.dispose()


def main() -> None:
    """Measure a redraw and the audits before and after it."""
    size = size_from_environment()
    env = {"GRIDWARD_STATEMENT_TIMEOUT_MS": "600000"}  # what is slow is to be measured
    with stage(size, [ADMIN], copy_as=DATABASE, env=env) as place:
        body = gather(place.url)
        first_s, _ = seconds_to_audit(place.url)
        say(f"first audit: {first_s:.2f} s")
        bare_s = seconds_of_bare_update(place.url, body)
        redraw_s, counts = redraw(place, body)
        audit_s, findings = seconds_to_audit(place.url)
    print(f"{size.grids:,} grids\n\n| | seconds | / bare UPDATE |\n|---|---:|---:|")
    moved = f"{counts['households_moved']:,} homes, {counts['open_cases_moved']:,} open cases"
    print(f"| redraw that moves {moved} | {redraw_s:.2f} | {redraw_s / bare_s:.1f} |")
    print(f"| bare UPDATE of these rows | {bare_s:.2f} | 1 |")
    print(f"| first audit of all grids | {first_s:.2f} | |\n| audit after the redraw | {audit_s:.2f} | |")
    print(f"\n{findings} findings")
    record.note("redraw", redraw_s, to_bare_update=round(redraw_s / bare_s, 1), moved=moved)
    remark = {} if size.grids >= 10_000 else {"remark": f"{size.grids:,} grids"}
    record.note("audit", audit_s, first_s=round(first_s, 2), **remark)


if __name__ == "__main__":
    sys.exit(main())
