"""The recorded life of the demo: rows of all tables as the real services left them, with times relative to a Monday.

`gridward demo live --keep` writes it; `load` copies it into an empty database in one transaction. Three rules make the
past look the same at any time:

- All times are shifted by whole weeks, so that weekdays and hours stay as they were. China has no summer time, and the
  profile of the demo has no holidays, so that deadlines stay right too. Dates are shifted wherever they are written:
  in columns, in JSON and in case numbers.
- Ids stay as they are. Transaction numbers and serial numbers are those of the loading database.
- A row counts as recorded when it happened (`recorded_at` is `occurred_at`), so that questions `as_of` a past day have
  an answer.

Triggers are off during the copy, because their results (histories, counters) are part of the recording. The log of
changes is empty afterwards: a phone begins with a whole fetch anyway.
"""

import json
import lzma
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from app.demo.dates import Dates
from app.demo.divisions import JURISDICTION
from app.demo.photos import Photo
from app.demo.sign_ins import SIGN_INS

FOLDER = Path(str(resources.files("app.demo"))) / "life"
# Tables of this database alone: logs, sessions, caches, and what jobs compute again.
LEFT_OUT = frozenset(
    {
        "access_token", "alembic_version", "alert", "alert_subscription", "applied_op", "change_log", "cycle_fact",
        "day_plan", "device", "export_run", "figure_cell", "figure_release", "import_fault", "notice_code_failure",
        "import_made", "import_row", "import_run", "land_audit", "land_finding", "media_part", "media_upload",
        "open_case", "open_case_change", "open_case_count",
        "plan_pin", "position", "recovery_mark", "refresh_token", "session", "sign_in_attempt", "spatial_ref_sys",
        "stream_ticket", "syllable", "sync_dead_letter", "sync_device", "sync_epoch", "tile_case_count", "tile_change",
        "used_proof", "webhook_delivery", "webhook_subscription", "worker_position",
    }
)  # fmt: skip
# Columns that are newer than the recording. They may be null, and are null in the recorded life.
NEWER = frozenset({"notice_delivery.task_id", "resident.email"})
_BLOCK = 1 << 20
# Set after both tables are copied, because they reference each other.
_LATER_REFERENCES = {("jurisdiction", "unit")}
# Ids of the city that each new database has.
_NOT_OURS = """
  with city as (select id from jurisdiction where code <> %s),
  branch as (select id from unit where jurisdiction_id in (select id from city))
  select id::text from city union all select id::text from branch
  union all select id::text from unit_competence where unit_id in (select id from branch)
  union all select id::text from profile_version where jurisdiction_id in (select id from city)
"""
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 26}]
_COLUMNS = """
  select c.relname "table", a.attname "column", a.attidentity <> '' or a.attgenerated <> '' or t.typname = 'xid8' is_own
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname, a.attname
"""
_REFERENCES = """
  select distinct c.conrelid::regclass::text "table", c.confrelid::regclass::text target from pg_constraint c
  where c.contype = 'f' and c.connamespace = 'public'::regnamespace and c.conrelid <> c.confrelid
"""
_ORDER = """
  select c.relname "table", coalesce(
    (select array[a.attname::text] from pg_attribute a
     where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped),
    (select array_agg(a.attname::text order by k.n) from pg_index i
     cross join lateral unnest(i.indkey::int2[]) with ordinality k(attnum, n)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum where i.indrelid = c.oid and i.indisprimary))
    "columns"
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
"""


class RecordingOutdated(Exception):
    """Raised if the schema has moved on since the recording was made. The text names the difference."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The content of the file `life.json`.

    Attributes:
        origin: The Monday at whose beginning the recorded days end.
        first: The first recorded day.
        per_day: Mean number of ordinary reports of a working day.
        present: Workers who are put on duty at each start.
        columns: Recorded columns of each table, in the order of the copy.
        rows: Number of rows of each table.
        last_case_number: Serial number of the newest case.
        root_unit_id: Unit of the city for what belongs to no other.
        photos: The photos whose bytes are drawn again.
    """

    origin: date
    first: date
    per_day: float
    present: list[dict[str, Any]]
    columns: dict[str, list[str]]
    rows: dict[str, int]
    last_case_number: int
    root_unit_id: str
    photos: list[Photo]


def read_recording(folder: Path) -> Recording | None:
    """Return what is recorded, or None if there is no recording."""
    path = folder / "life.json"
    if not path.exists():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    content["origin"], content["first"] = (date.fromisoformat(content[key]) for key in ("origin", "first"))
    content["photos"] = [Photo(UUID(photo[0]), *photo[1:]) for photo in content["photos"]]
    return Recording(**content)


def differences(recording: Recording, columns: dict[str, list[str]]) -> list[str]:
    """Return how the schema differs from that of the recording.

    Args:
        columns: The columns of each table that a recording would have now.
    """
    found_faults = []
    for table, recorded in recording.columns.items():
        if table not in columns:
            found_faults.append(f"table {table} is gone")
        elif changed := sorted(
            column
            for column in set(recorded) ^ set(columns[table])
            if column in recorded or f"{table}.{column}" not in NEWER
        ):
            found_faults.append(f"table {table}: {', '.join(changed)}")
    return found_faults


def recorded_columns(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Return the columns of each table that belong to a recording of this schema."""
    columns: dict[str, list[str]] = {}
    for table, column, is_own in connection.execute(_COLUMNS):
        if table not in LEFT_OUT and not is_own:
            columns.setdefault(table, []).append(column)
    return columns


def write(connection: psycopg.Connection[Any], folder: Path, about: dict[str, Any]) -> Recording:
    """Write the rows of all tables of a lived demo.

    Args:
        about: `origin`, `first`, `per_day`, `present` and `photos` of the recording.
    """
    folder.mkdir(exist_ok=True)
    connection.execute("set timezone to 'UTC'")
    columns, rows = recorded_columns(connection), {}
    order: dict[str, list[str]] = dict(connection.execute(_ORDER).fetchall())
    others = re.compile(
        b"|".join(row[0].encode() for row in connection.execute(_NOT_OURS, (JURISDICTION,))) or b"$^"
    )
    with lzma.open(folder / "life.xz", "wb", filters=_FILTERS) as file:
        for table in _in_order(connection, columns):
            with (
                connection.cursor() as cursor,
                cursor.copy(_copy_out(table, columns[table], order[table])) as copy,
            ):
                lines = b"".join(bytes(part) for part in copy).splitlines(keepends=True)
            content = b"".join(row for row in lines if not others.search(row))
            rows[table] = content.count(b"\n")
            if rows[table]:
                file.write(json.dumps({"table": table, "bytes": len(content)}).encode() + b"\n")
                file.write(content)
    present = {table: names for table, names in columns.items() if rows[table]}
    (last_number,) = _one(connection, "select last_value from case_number", ())
    (root_unit,) = _one(
        connection, "select root_unit_id::text from jurisdiction where code = %s", (JURISDICTION,)
    )
    recording = Recording(
        columns=present,
        rows={table: rows[table] for table in present},
        last_case_number=last_number,
        root_unit_id=root_unit,
        **about,
    )
    content_of_file = asdict(recording) | {
        "origin": str(recording.origin),
        "first": str(recording.first),
        "photos": [[str(p.id), p.scene, p.variant, p.is_after] for p in recording.photos],
    }
    text = json.dumps(content_of_file, ensure_ascii=False, default=str)
    (folder / "life.json").write_text(text + "\n", encoding="utf-8")
    return recording


def load(
    connection: psycopg.Connection[Any],
    recording: Recording,
    *,
    origin: date,
    password_hash: str,
    unusable_hash: str,
    folder: Path,
) -> Iterator[tuple[str, int]]:
    """Copy the recording into an empty database, in the transaction of the connection. Yield each table with its rows.

    The caller commits. The connection is that of the owner.

    Args:
        origin: The Monday to which the recorded one is shifted.
        password_hash: Of the accounts with which people sign in.
        unusable_hash: Of all others.

    Raises:
        RecordingOutdated: The schema has other columns than the recording.
    """
    faults = differences(recording, recorded_columns(connection))
    if faults:
        raise RecordingOutdated("; ".join(faults))
    shift = (origin - recording.origin).days
    if shift % 7:
        raise ValueError("recorded times are shifted by whole weeks")
    dates = Dates(recording.first, recording.origin, shift)
    connection.execute("set local timezone to 'UTC'")
    connection.execute("set local synchronous_commit to off")
    tables = [sql.Identifier(table) for table in recording.columns]
    for table in tables:
        connection.execute(sql.SQL("alter table {} disable trigger user").format(table))
    with lzma.open(folder / "life.xz", "rb") as file:
        while head := file.readline():
            entry = json.loads(head)
            table = entry["table"]
            content = dates.shifted(table, file.read(entry["bytes"]))
            with (
                connection.cursor() as cursor,
                cursor.copy(_copy_in(table, recording.columns[table])) as copy,
            ):
                for begin in range(0, len(content), _BLOCK):
                    copy.write(content[begin : begin + _BLOCK])
            yield table, recording.rows[table]
    connection.execute(
        """update account set password_hash = case when username = any(%s) then %s else %s end
           where password_hash is not null""",
        (list(SIGN_INS), password_hash, unusable_hash),
    )
    connection.execute(
        "update jurisdiction set root_unit_id = %s where code = %s", (recording.root_unit_id, JURISDICTION)
    )
    # The log begins after the copied rows: a cursor from before has to fetch all anew.
    connection.execute("delete from change_log")
    connection.execute(
        "update sync_epoch set pruned_below = (pg_current_xact_id()::text::numeric + 1)::text::xid8"
    )
    connection.execute("select setval('case_number', %s)", (recording.last_case_number,))
    connection.execute("select fill_open_cases()")
    for table in tables:
        connection.execute(sql.SQL("alter table {} enable trigger user").format(table))
    # Numbers that the triggers would have kept.
    connection.execute("select recount_tile_cases()")
    connection.execute("select recount_open_cases()")


def set_photos(connection: psycopg.Connection[Any], photos: Sequence[tuple[UUID, int, str]]) -> None:
    """Set size and digest of recorded photos to those of the pictures as they were drawn here.

    Another version of the drawing library may write other bytes.
    """
    ids, sizes, digests = ([photo[n] for photo in photos] for n in range(3))
    connection.execute("alter table media disable trigger user")
    connection.execute(
        """
        update media m set size = p.size, declared_size = p.size, sha256 = p.sha256
        from unnest(%s::uuid[], %s::bigint[], %s::text[]) p(id, size, sha256) where m.id = p.id
        """,
        (ids, sizes, digests),
    )
    connection.execute("alter table media enable trigger user")


def align_records(connection: psycopg.Connection[Any], *, since: datetime) -> None:
    """Let rows that were stored since an instant count as recorded when they happened.

    The days that a load lives itself are simulated within seconds. Only for databases whose only city is the demo.
    """
    tables = [
        table
        for table, columns in recorded_columns(connection).items()
        if {"occurred_at", "recorded_at"} <= set(columns)
    ]
    for table in map(sql.Identifier, tables):
        connection.execute(sql.SQL("alter table {} disable trigger user").format(table))
        connection.execute(
            sql.SQL(
                "update {} set recorded_at = occurred_at where recorded_at >= %s and occurred_at < recorded_at"
            ).format(table),
            (since,),
        )
        connection.execute(sql.SQL("alter table {} enable trigger user").format(table))


def analyze(connection: psycopg.Connection[Any], tables: Iterable[str]) -> None:
    """Collect statistics of loaded tables for the planner of queries."""
    for table in tables:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def _copy_out(table: str, columns: Sequence[str], order: Sequence[str]) -> sql.Composed:
    expressions: list[sql.Composable] = []
    for column in columns:
        name: sql.Composable = sql.Identifier(column)
        if column == "recorded_at" and "occurred_at" in columns:
            name = sql.Identifier("occurred_at")
        elif (table, column) == ("account", "password_hash"):
            # Service accounts have none.
            name = sql.SQL("case when password_hash is not null then '-' end")
        elif (table, column) == ("duty_track", "geom"):
            name = sql.SQL("ST_AsEWKT(geom, 6)")
        elif (table, column) == ("dispatch_batch", "input"):
            # Erased after some days in any case.
            name = sql.SQL("null::jsonb")
        elif (table, column) == ("jurisdiction", "root_unit_id"):
            name = sql.SQL("null::uuid")
        expressions.append(name)
    return sql.SQL("copy (select {} from {} order by {}) to stdout").format(
        sql.SQL(", ").join(expressions), sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, order))
    )


def _copy_in(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def _in_order(connection: psycopg.Connection[Any], tables: Iterable[str]) -> list[str]:
    """Return the tables in an order in which each comes after those that it references."""
    needs: dict[str, set[str]] = {table: set() for table in tables}
    for table, target in connection.execute(_REFERENCES):
        if table in needs and target in needs and (table, target) not in _LATER_REFERENCES:
            needs[table].add(target)
    ordered: list[str] = []
    while needs:
        free = sorted(table for table, targets in needs.items() if targets <= set(ordered))
        if not free:
            raise ValueError(f"tables that reference each other: {sorted(needs)}")
        ordered += free
        for table in free:
            del needs[table]
    return ordered


def _one(connection: psycopg.Connection[Any], statement: str, values: Sequence[Any]) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(statement, values).fetchone()
    assert row is not None
    return row
