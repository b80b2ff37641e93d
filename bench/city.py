"""Builds a deterministic city, by SQL, in the migrated tables of a database."""

import hashlib
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from app.ogc.queries.versions import FOLD, FOLD_COUNTS

FOLDER = Path(__file__).parent / "city"
# Tables whose indexes are made after their rows: that is faster than row by row.
LOADED_BEFORE_INDEXES = (
    "premises",
    "household",
    "incident",
    "reporter",
    "report",
    "applied_op",
    "incident_event",
    "audit_event",
    "deadline",
    "assignment",
    "offer",
    "dispatch_run",
    "change_log",
)


@dataclass(frozen=True, slots=True)
class Size:
    """Size of a city. Its grids form `cols` by `rows`, at most ten a community, a hundred a street."""

    cols: int
    rows: int

    @property
    def grids(self) -> int:
        return self.cols * self.rows

    @property
    def cases(self) -> int:
        return self.grids * 100

    @classmethod
    def of(cls, share: float) -> "Size":
        """Return the size for a share: 1 is 10,000 grids and workers, 1,000,000 households and cases."""
        for cols, rows in (
            (100, 100),
            (50, 100),
            (50, 50),
            (50, 20),
            (20, 20),
            (10, 10),
            (5, 8),
            (5, 4),
            (5, 2),
        ):
            if cols * rows <= share * 10_000:
                return cls(cols, rows)
        return cls(5, 2)


def fingerprint(size: Size) -> str:
    """Changes with everything a loaded city depends on, but for the migrations."""
    digest = hashlib.sha256(repr(size).encode())
    for path in sorted(FOLDER.glob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def steps(size: Size, anchor: datetime, without: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Title and SQL of each step, in order; `without` these files."""
    values = {
        "cols": size.cols,
        "rows": size.rows,
        "grids": size.grids,
        "cases": size.cases,
        "households": size.cases,
        "anchor": anchor.isoformat(),
    }
    for path in sorted(set(FOLDER.glob("*.sql")) - {FOLDER / name for name in without}):
        for part in re.split(r"^-- step: ", path.read_text(), flags=re.MULTILINE)[1:]:
            title, _, sql = part.partition("\n")
            for name, value in values.items():
                sql = sql.replace("{" + name + "}", str(value))
            yield title, sql


def load(
    url: str,
    size: Size,
    *,
    anchor: datetime | None = None,
    quiet: bool = False,
    without: tuple[str, ...] = (),
) -> None:
    """Build the city in one transaction, in an empty database that `gridward db upgrade` has made.

    The connection must be the database owner's. Triggers are off: the city comes without history of its facts,
    as if it had been restored, and the change log has one entry for each case and household. `without`: names of
    files of its SQL that are left out.
    """
    anchor = anchor or datetime.now(UTC).replace(microsecond=0)
    started = time.monotonic()

    def say(title: str) -> None:
        if not quiet:
            print(f"  {time.monotonic() - started:6.1f} s  {title}", file=sys.stderr, flush=True)

    with psycopg.connect(url) as connection:
        run_sql = connection.execute
        run_sql("set local synchronous_commit = off")
        run_sql("set local maintenance_work_mem = '512MB'")
        run_sql("set local work_mem = '256MB'")
        run_sql("set local temp_buffers = '256MB'")
        run_sql("set local timezone = 'UTC'")
        run_sql("set local session_replication_role = replica")
        indexes = run_sql(
            """select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
               where i.indrelid::regclass::text = any(%s)
                 and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)""",
            [list(LOADED_BEFORE_INDEXES)],
        ).fetchall()
        for name, _ in indexes:
            run_sql(f"drop index {name}")  # type: ignore[arg-type]
        for title, sql in steps(size, anchor, without):
            say(title)
            run_sql(sql)  # type: ignore[arg-type]
        say(f"{len(indexes)} indexes")
        for _, definition in indexes:
            run_sql(definition)  # type: ignore[arg-type]
        run_sql("select recount_tile_cases()")
        run_sql("select recount_open_cases()")
    say("analyze")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    say("done")


# Everything a report writes, the case itself last.
_WRITTEN_TABLES = {
    "offer": "incident_id",
    "assignment": "incident_id",
    "dispatch_run": "incident_id",
    "deadline": "incident_id",
    "incident_event": "incident_id",
    "report": "incident_id",
}


def locate_workers(connection: psycopg.Connection) -> None:
    """Store a fresh position of each worker on duty: in the middle of their grid, or where they are already.

    The positions of a city that was loaded yesterday are old, and the part `positions` deletes them. Without them the bare
    statement of a report finds no worker and writes fewer rows.
    """
    connection.execute(
        """insert into worker_position (worker_id, at, geom, accuracy_m)
           select distinct on (d.worker_id) d.worker_id, now(), ST_PointOnSurface(v.geom), 8
           from duty d join responsibility r on r.worker_id = d.worker_id and r.deleted_at is null and r.valid @> now()
             join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
           where upper_inf(d.during) and d.deleted_at is null order by d.worker_id, v.area_id
           on conflict (worker_id) do update set at = excluded.at"""
    )


def fold_changes(url: str) -> None:
    """Add the changes to the numbers of boards and tiles, as jobs do. The bench runs none."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select fold_open_case_changes(now(), 100000)")
        for fold in (FOLD, FOLD_COUNTS):
            while connection.execute(fold).fetchone() != (0,):  # type: ignore[arg-type]
                pass


def unplaced(connection: psycopg.Connection, since: datetime) -> str | None:
    """Return a remark if the bare statement of a report (`limits/report.sql`) left cases without a worker.

    It then wrote too few rows. Its numbers begin with L; those of `limits/rows.sql`, which assigns nobody, with N.
    """
    row = connection.execute(
        """select count(*), count(a.id) from incident i left join assignment a on a.incident_id = i.id
           where i.case_no like 'L%%' and i.reported_at >= %s""",
        [since],
    ).fetchone()
    if row is None or row[1] >= 0.99 * row[0]:
        return None
    return f"the bare statement placed {row[1]:,} of {row[0]:,} cases only"


def forget_reports(url: str, since: datetime) -> None:
    """Take back what was reported while measuring, so that a city stays the one that was loaded."""
    with psycopg.connect(url) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            "create temp table gone on commit drop as select id from incident where reported_at >= %s",
            [since],
        )
        connection.execute(
            "delete from reporter where id in (select reporter_id from report where incident_id in (select id from gone))"
        )
        for table, column in _WRITTEN_TABLES.items():
            connection.execute(f"delete from {table} where {column} in (select id from gone)")  # type: ignore[arg-type]
        connection.execute("delete from open_case where id in (select id from gone)")
        connection.execute("delete from incident where id in (select id from gone)")
        connection.execute("select recount_tile_cases()")
        connection.execute("delete from open_case_change")
        connection.execute("select recount_open_cases()")
        connection.execute("delete from applied_op where applied_at >= %s", [since])
        connection.execute("delete from audit_event where occurred_at >= %s and entity = 'incident'", [since])
        connection.execute("delete from change_log where at >= %s", [since])
        connection.execute(
            "delete from fact_history where recorded_at >= %s and entity = 'deadline'", [since]
        )
        connection.execute("delete from jobs.procrastinate_jobs")
        connection.execute(
            """update worker_load l set open_work = (select count(*) from assignment a
                 where a.worker_id = l.worker_id and a.state in ('offered', 'queued', 'accepted'))"""
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze incident, worker_load")
