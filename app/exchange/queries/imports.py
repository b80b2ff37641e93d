"""SQL of imports: their two tables, and the lock of an import."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.exchange.queries.runs import Ledger, page


def hold_imports(session: Session, jurisdiction_id: UUID) -> None:
    """Imports into one jurisdiction go one after the other, transaction by transaction."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('import'), hashtext(:id))"), {"id": str(jurisdiction_id)}
    )


def taken(session: Session, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Those of the rows that were taken before, with the digest of what they said."""
    sql = "select id, digest from import_row where id = any(:ids)"
    return {row.id: bytes(row.digest) for row in session.execute(text(sql), {"ids": list(ids)})}


def insert_taken(session: Session, run_id: UUID, rows: Sequence[tuple[UUID, bytes]], now: datetime) -> None:
    sql = """
      insert into import_row (id, run_id, digest, imported_at)
      select id, :run_id, digest, :now from unnest(cast(:ids as uuid[]), cast(:digests as bytea[])) r(id, digest)
      on conflict (id) do update set run_id = excluded.run_id, digest = excluded.digest,
        imported_at = excluded.imported_at
    """
    binds = {"run_id": run_id, "now": now, "ids": [i for i, _ in rows], "digests": [d for _, d in rows]}
    session.execute(text(sql), binds)


def insert_run(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into import_run (id, jurisdiction_id, kind, started_by, state, options, created_at, beat_at, upload)
      values (:id, :jurisdiction_id, :kind, :started_by, :state, cast(:options as jsonb), :now, :now, :upload)
    """
    options = orjson.dumps(values["options"], default=str).decode()
    session.execute(text(sql), values | {"options": options})


def finish_run(
    session: Session,
    run_id: UUID,
    *,
    state: str,
    outcome: dict[str, Any],
    rows_seen: int,
    error_file: bytes | None,
    now: datetime,
) -> None:
    """Say how it ended, and erase what was uploaded."""
    sql = """
      update import_run set state = :state, outcome = cast(:outcome as jsonb), rows_seen = :rows_seen, beat_at = :now,
        finished_at = :now, upload = null, error_file = :error_file
      where id = :id
    """
    session.execute(
        text(sql),
        {
            "id": run_id,
            "state": state,
            "outcome": orjson.dumps(outcome, default=str).decode(),
            "rows_seen": rows_seen,
            "error_file": error_file,
            "now": now,
        },
    )


def insert_faults(session: Session, run_id: UUID, faults: Sequence[Mapping[str, Any]]) -> None:
    """What was wrong with each row: `row`, `n`, `code`, `column`, `sentence`."""
    sql = """
      insert into import_fault (run_id, row, n, code, "column", sentence)
      select :run_id, f.row, f.n, f.code, f."column", f.sentence
      from jsonb_to_recordset(cast(:faults as jsonb)) f(row bigint, n integer, code text, "column" text, sentence jsonb)
    """
    session.execute(text(sql), {"run_id": run_id, "faults": orjson.dumps(list(faults)).decode()})


def expect_rows(session: Session, run_id: UUID, rows: int | None) -> None:
    """How many rows the file has, more or less; None: it does not tell."""
    session.execute(
        text("update import_run set rows_expected = :rows where id = :id"), {"id": run_id, "rows": rows}
    )


# A run can be done again as long as what was uploaded is there; one from a file on a machine cannot.
IMPORTS = Ledger(
    "import_run",
    can_go_on="upload is not null",
    claimed="id, jurisdiction_id, kind, started_by, options, upload, attempts",
)
_RUN = """
  json_build_object('id', r.id, 'kind', r.kind, 'state', r.state, 'jurisdiction_id', r.jurisdiction_id,
    'created_at', r.created_at, 'finished_at', r.finished_at, 'rows_seen', r.rows_seen,
    'rows_expected', r.rows_expected, 'outcome', r.outcome, 'name', r.options ->> 'name',
    'dry_run', coalesce(cast(r.options ->> 'is_dry' as boolean), false),
    'partial', coalesce(cast(r.options ->> 'is_partial' as boolean), false),
    'has_errors', r.error_file is not null)
"""
# One's own runs; those of everybody for who imports everywhere.
_MINE = "(cast(:everywhere as boolean) or r.started_by = :me)"


def runs(
    session: Session, *, me: UUID, everywhere: bool, kind: str | None, after: UUID | None, limit: int
) -> RowMapping:
    """A page of runs, the newest first: `items` as JSON bytes, and the last key if more follow."""
    which = f"{_MINE} and (cast(:kind as text) is null or r.kind = :kind)"
    binds = {"me": me, "everywhere": everywhere, "kind": kind}
    return page(session, IMPORTS, row=_RUN, which=which, binds=binds, after=after, limit=limit)


def run(session: Session, run_id: UUID, *, me: UUID, everywhere: bool) -> bytes | None:
    sql = f"select {_RUN} from import_run r where r.id = :id and {_MINE}"
    found: bytes | None = session.scalar(text(sql), {"id": run_id, "me": me, "everywhere": everywhere})
    return found


def error_file(session: Session, run_id: UUID, *, me: UUID, everywhere: bool) -> RowMapping | None:
    sql = f"""
      select r.error_file, r.options ->> 'name' name from import_run r
      where r.id = :id and {_MINE} and r.error_file is not null
    """
    binds = {"id": run_id, "me": me, "everywhere": everywhere}
    return session.execute(text(sql), binds).mappings().one_or_none()


def faults(
    session: Session, run_id: UUID, *, me: UUID, everywhere: bool, after: int, code: str | None, limit: int
) -> RowMapping | None:
    """A page of the rows that were refused, by their numbers: `items` as JSON bytes, and the last row's number if more
    follow; None: no such run of mine."""
    sql = f"""
      with page as (
        select f.row from import_fault f
        where f.run_id = :id and f.row > :after
          and (cast(:code as text) is null or exists (
            select from import_fault same where same.run_id = f.run_id and same.row = f.row and same.code = :code))
        group by f.row order by f.row limit :limit + 1),
      shown as (select row from page order by row limit :limit)
      select (select coalesce(json_agg(json_build_object('row', s.row, 'faults', (
                select json_agg(json_build_object('code', f.code, 'column', f."column", 'sentence', f.sentence) order by f.n)
                from import_fault f where f.run_id = :id and f.row = s.row)) order by s.row), '[]') from shown s) items,
             (select max(row) from shown where (select count(*) from page) > :limit) last_row
      from import_run r where r.id = :id and {_MINE}
    """
    binds = {"id": run_id, "me": me, "everywhere": everywhere, "after": after, "code": code, "limit": limit}
    return session.execute(text(sql), binds).mappings().one_or_none()


def erase_error_files(session: Session, *, finished_before: datetime) -> int:
    """What rows said, and what was wrong with each, is kept for some days only."""
    sql = """
      with gone as (
        update import_run set error_file = null
        where error_file is not null and finished_at < :finished_before returning id),
      faults as (delete from import_fault f using gone where f.run_id = gone.id)
      select id from gone
    """
    return len(session.execute(text(sql), {"finished_before": finished_before}).all())
