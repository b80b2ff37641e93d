"""`python -m bench.dispatch`: one district's batch, from the lock to the commit, beside the least that it must do.

2,000 cases and 1,000 workers, 10,000 and 5,000, each with room for five and all on duty with a fresh place. Beside the
whole run stand, on equal copies of the same database: the same neighbours by PostGIS (`limits/knn.sql`), the statements
that the run wrote with, sent again by psycopg, and the bare solver. The cost is compared with another, exact solver
(scipy's sparse matching, which knows nothing of flows). BENCH_ROUNDS rounds (3), medians. Needs the development packages.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import event

from app.core import db, logins
from app.core.actor import SYSTEM
from app.dispatch.rules import batch, flow
from app.incidents import service
from app.profiles import service as profiles
from bench import city
from bench.environment import cluster, gridward, of_database, say

FOLDER = Path(__file__).parent
SIZES = ((2_000, 50, 20), (10_000, 100, 50))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
NAME = "gridward_bench_dispatch"
# What a run writes with: these statements are sent again for comparison.
WRITES = ("insert into dispatch_batch", "insert into dispatch_run", "insert into incident_event")

WAITING = """
  insert into worker_load (worker_id) select id from worker on conflict do nothing;
  update worker set capacity = 5;
  insert into incident (id, case_no, jurisdiction_id, profile_version_id, grid_id, area_id, scope_path, category, condition,
      status, priority, location, waiting_since, waiting_reason, reported_at, due_at, updated_at)
  select pg_temp.uid(timestamptz '{anchor}', 'waits', n), 'bench-' || n, rules.jurisdiction_id, rules.profile_id, g.id, g.id,
    g.path, 'unclassified', 'standard', 'filed', 2 + n %% 2,
    ST_SetSRID(ST_MakePoint(pg_temp.vx(2 * g.c + 1, 2 * g.r + 1) + (pg_temp.h(n, 31) - 0.5) * 0.001,
                            pg_temp.vy(2 * g.c + 1, 2 * g.r + 1) + (pg_temp.h(n, 32) - 0.5) * 0.0006), 4326),
    timestamptz '{anchor}' - interval '5 minutes', 'nobody_on_duty', timestamptz '{anchor}' - interval '5 minutes',
    timestamptz '{anchor}' + interval '5 days', timestamptz '{anchor}'
  from generate_series(1, {waits}) n join grid g on g.no = floor(pg_temp.h(n, 30) * {grids})::int, rules;
"""


def load(url: str, waits: int, cols: int, rows: int, anchor: datetime) -> None:
    """Load one district with a worker for each grid, and the waiting cases."""
    size = city.Size(cols, rows)
    with psycopg.connect(url) as connection:
        connection.execute("set local timezone = 'UTC'")
        connection.execute("set local session_replication_role = replica")
        for _, sql in city.steps(size, anchor, ("3_households.sql", "4_cases.sql")):
            statements = sql.replace("c / 50 + r / 50 * 100 district_no", "0 district_no")
            connection.execute(
                statements.replace("pg_temp.h(no, 3) < 0.7", "true").replace(
                    "pg_temp.h(p.no, 3) < 0.7", "true"
                )
            )  # type: ignore[arg-type]
        values = {"anchor": anchor.isoformat(), "waits": waits, "grids": size.grids}
        sql = WAITING.replace("%%", "%")
        for name, value in values.items():
            sql = sql.replace("{" + name + "}", str(value))
        connection.execute(sql)  # type: ignore[arg-type]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


class Copies:
    """Equal copies of the loaded database, one for each measurement that writes."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.admin = psycopg.connect(of_database(server, "postgres"), autocommit=True)

    def fresh(self, name: str = f"{NAME}_copy") -> str:
        self.admin.execute(f"drop database if exists {name} with (force)")  # type: ignore[arg-type]
        self.admin.execute(f"create database {name} template {NAME}")  # type: ignore[arg-type]
        url = of_database(self.server, name)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("checkpoint")
            connection.execute("select count(*) from incident, lateral (select 1) x")
        return url

    def remove(self) -> None:
        for name in (f"{NAME}_copy", NAME):
            self.admin.execute(f"drop database if exists {name} with (force)")  # type: ignore[arg-type]
        self.admin.close()


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    started_at = time.perf_counter()
    result = act()
    return (time.perf_counter() - started_at) * 1000, result


def whole_batch(url: str, now: datetime, writes: list[tuple[str, Any]]) -> tuple[float, int]:
    """Milliseconds from the lock to the commit, and how many were placed. `writes`: what it wrote with."""
    engine = db.configure(logins.login_url(url, logins.JOB), role=logins.JOB, pool_size=2)

    def record_write(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if any(name in statement for name in WRITES):
            writes.append((statement, parameters))

    def solve() -> int:
        with db.transaction(SYSTEM) as session:
            return service.solve_district(session, district, now=now)

    event.listen(engine, "before_cursor_execute", record_write)
    try:
        with db.read_session() as session:
            [district] = service.due_districts(session, now=now, limit=10)
            profiles.profile_at(
                session, district.jurisdiction_id, now
            )  # parsed once a process, not once a run
        return timed(solve)
    finally:
        db.dispose()


def write_again(url: str, writes: list[tuple[str, Any]]) -> float:
    """Milliseconds of the same statements with the same values, and their commit."""
    with psycopg.connect(
        url, options="-csearch_path=public,jobs -ctimezone=UTC -cjit=off -crole=gridward_job"
    ) as connection:

        def send() -> None:
            for statement, parameters in writes:
                connection.execute(statement, parameters)  # type: ignore[arg-type]
            connection.commit()

        return timed(send)[0]


def neighbours(url: str, now: datetime) -> float:
    sql = (FOLDER / "limits" / "knn.sql").read_text()
    with psycopg.connect(url, options="-cjit=off") as connection:
        binds = {"now": now, "fresh_since": now - timedelta(minutes=10)}
        return timed(lambda: connection.execute(sql, binds).fetchall())[0]  # type: ignore[arg-type]


def exact(graph: flow.Graph) -> int:
    """Return the cost of the cheapest assignment, skipped demands included, by sparse matching."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    n = len(graph.pressing)
    first_room = np.searchsorted(graph.room_worker, graph.worker)
    counts = np.searchsorted(graph.room_worker, graph.worker, side="right") - first_room
    pair = np.repeat(np.arange(len(graph.worker)), counts)
    room = (
        np.repeat(first_room, counts) + np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    )
    # Weights must not be zero there: one is added to each, and taken off again.
    weights = np.concatenate([graph.cost[pair] + graph.room_cost[room], graph.pressing * graph.skip_unit]) + 1
    rows = np.concatenate([graph.demand[pair], np.arange(n)])
    columns = np.concatenate([room, len(graph.room_worker) + np.arange(n)])
    matrix = csr_matrix((weights.astype(float), (rows, columns)), shape=(n, len(graph.room_worker) + n))
    matched = min_weight_full_bipartite_matching(matrix)
    return int(np.asarray(matrix[matched]).sum()) - n


def measure(copies: Copies, now: datetime, waits: int, workers: int) -> None:
    figures: dict[str, list[float]] = {"whole": [], "neighbours": [], "written": [], "solver": []}
    placed = 0
    for _ in range(ROUNDS):
        writes: list[tuple[str, Any]] = []
        elapsed_ms, placed = whole_batch(copies.fresh(), now, writes)
        figures["whole"].append(elapsed_ms)
        with psycopg.connect(of_database(copies.server, f"{NAME}_copy")) as connection:
            row = connection.execute(
                "select input, objective, profile_version_id from dispatch_batch"
            ).fetchone()
        assert row is not None
        batch_input = batch.BatchInput.of_json(row[0])
        url = copies.fresh()
        figures["neighbours"].append(neighbours(url, now))
        figures["written"].append(write_again(url, writes))
        db.configure(logins.login_url(url, logins.APP), pool_size=2)
        with db.read_session() as session:
            weights = profiles.profile_by_id(session, row[2]).profile.dispatch_weights
        db.dispose()
        graph, _ = batch.graph_of(batch_input, weights)
        elapsed_ms, solution = timed(lambda graph=graph: flow.solve(graph))
        figures["solver"].append(elapsed_ms)
    skipped_cost = int((graph.pressing[solution.pair < 0] * graph.skip_unit).sum())
    optimum = exact(graph)
    medians = {name: statistics.median(values) for name, values in figures.items()}
    lower_bound = medians["neighbours"] + medians["written"] + medians["solver"]
    say(f"{waits:,} x {workers:,}: placed {placed:,}, {len(graph.demand):,} pairs")
    say("  " + ", ".join(f"{name} {value:,.0f} ms" for name, value in medians.items()))
    say(f"  whole / (neighbours + written + solver) = {medians['whole'] / lower_bound:.2f}")
    cost = solution.objective + skipped_cost
    say(f"  cost / exact optimum = {cost / optimum:.6f} ({cost:,} and {optimum:,})")
    if cost != optimum:
        raise SystemExit("the batch is not optimal")


def main() -> None:
    say(f"load {os.getloadavg()[0]:.1f}, {ROUNDS} rounds")
    with cluster() as server:
        copies = Copies(server)
        try:
            for waits, cols, rows in SIZES:
                copies.admin.execute(f"drop database if exists {NAME} with (force)")  # type: ignore[arg-type]
                copies.admin.execute(f"create database {NAME} encoding 'UTF8' template template0")  # type: ignore[arg-type]
                url = of_database(server, NAME)
                if gridward(url, "db", "upgrade"):
                    raise SystemExit("the migrations failed")
                anchor = datetime.now(UTC)  # the rules are in force by now
                load(url, waits, cols, rows, anchor)
                measure(copies, anchor + timedelta(seconds=30), waits, cols * rows)
        finally:
            copies.remove()


if __name__ == "__main__":
    sys.exit(main())
