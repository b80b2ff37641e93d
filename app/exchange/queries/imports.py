"""SQL of import runs: rows, made entities, faults, and the lock of a jurisdiction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.exchange.queries.runs import RunTable, page


def lock_imports(session: Session, jurisdiction_id: UUID) -> None:
    """Serialise the transactions of imports into one jurisdiction."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('import'), hashtext(:id))"), {"id": str(jurisdiction_id)}
    )


def imported_rows(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[bytes, bool]]:
    """Return those of the rows that were imported before: their digest, and whether the import was undone."""
    sql = "select id, digest, undone_at is not null is_undone from import_row where id = any(:ids)"
    rows = session.execute(text(sql), {"ids": list(ids)})
    return {row.id: (bytes(row.digest), row.is_undone) for row in rows}


def mark_undone(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    """Mark rows, and the cases made from them, as undone. A case has the id of its row."""
    binds = {"ids": list(ids), "now": now}
    session.execute(text("update import_row set undone_at = :now where id = any(:ids)"), binds)
    made_sql = "update import_made set undone_at = :now where entity = 'incident' and id = any(:ids)"
    session.execute(text(made_sql), binds)


def insert_made(session: Session, run_id: UUID, made: Sequence[tuple[str, UUID, UUID]]) -> None:
    """Insert what a run made: entity, id, and the id of the row that it came from."""
    sql = """
      insert into import_made (run_id, entity, id, row_id)
      select :run_id, entity, id, row_id
      from unnest(cast(:entities as text[]), cast(:ids as uuid[]), cast(:row_ids as uuid[])) m(entity, id, row_id)
      on conflict (entity, id) do nothing
    """
    entities, ids, row_ids = zip(*made, strict=True)
    binds = {"run_id": run_id, "entities": list(entities), "ids": list(ids), "row_ids": list(row_ids)}
    session.execute(text(sql), binds)


def made_by_run(session: Session, run_id: UUID) -> dict[str, list[UUID]]:
    """Return the ids that a run made and that were not undone, by entity."""
    sql = "select entity, array_agg(id) ids from import_made where run_id = :id and undone_at is null group by entity"
    return {row.entity: row.ids for row in session.execute(text(sql), {"id": run_id})}


def undo_run(session: Session, run_id: UUID, removed: Sequence[tuple[str, UUID]], *, now: datetime) -> None:
    """Mark what was undone of a run, and its rows, so that they can be imported again.

    A row can be imported again even where a later run changed what the row had made.
    """
    sql = """
      update import_made m set undone_at = :now
      from unnest(cast(:entities as text[]), cast(:ids as uuid[])) g(entity, id)
      where m.run_id = :run_id and m.entity = g.entity and m.id = g.id
    """
    binds = {
        "run_id": run_id,
        "entities": [e for e, _ in removed],
        "ids": [i for _, i in removed],
        "now": now,
    }
    session.execute(text(sql), binds)
    rows = """
      update import_row r set undone_at = :now
      where r.undone_at is null
        and r.id in (select m.row_id from import_made m where m.run_id = :run_id and m.undone_at is not null)
    """
    session.execute(text(rows), {"run_id": run_id, "now": now})


def lock_run(session: Session, run_id: UUID, *, me: UUID, everywhere: bool) -> RowMapping | None:
    """Lock a run that the actor may undo."""
    sql = f"""
      select r.kind, r.jurisdiction_id, r.created_at, r.finished_at
      from import_run r where r.id = :id and {_VISIBLE} for update
    """
    binds = {"id": run_id, "me": me, "everywhere": everywhere}
    return session.execute(text(sql), binds).mappings().one_or_none()


def insert_imported_rows(
    session: Session, run_id: UUID, rows: Sequence[tuple[UUID, bytes]], now: datetime
) -> None:
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
    """Store the outcome of a run, and erase the uploaded file."""
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
    """Insert the faults of rows: `row`, `n`, `code`, `column`, `sentence`."""
    sql = """
      insert into import_fault (run_id, row, n, code, "column", sentence)
      select :run_id, f.row, f.n, f.code, f."column", f.sentence
      from jsonb_to_recordset(cast(:faults as jsonb)) f(row bigint, n integer, code text, "column" text, sentence jsonb)
    """
    session.execute(text(sql), {"run_id": run_id, "faults": orjson.dumps(list(faults)).decode()})


def set_expected_rows(session: Session, run_id: UUID, rows: int | None) -> None:
    """Store the approximate number of rows of the file. None: unknown."""
    session.execute(
        text("update import_run set rows_expected = :rows where id = :id"), {"id": run_id, "rows": rows}
    )


# A run can be resumed as long as its upload is stored; a run from a local file cannot.
IMPORTS = RunTable(
    "import_run",
    resumable_sql="upload is not null",
    claimed_columns="id, jurisdiction_id, kind, started_by, options, upload, attempts",
)
_RUN = """
  json_build_object('id', r.id, 'kind', r.kind, 'state', r.state, 'jurisdiction_id', r.jurisdiction_id,
    'created_at', r.created_at, 'finished_at', r.finished_at, 'rows_seen', r.rows_seen,
    'rows_expected', r.rows_expected, 'outcome', r.outcome, 'name', r.options ->> 'name',
    'dry_run', coalesce(cast(r.options ->> 'is_dry' as boolean), false),
    'partial', coalesce(cast(r.options ->> 'is_partial' as boolean), false),
    'has_errors', r.error_file is not null)
"""
# The actor's own runs; all runs for an actor who may import everywhere.
_VISIBLE = "(cast(:everywhere as boolean) or r.started_by = :me)"


def runs(
    session: Session, *, me: UUID, everywhere: bool, kind: str | None, after: UUID | None, limit: int
) -> RowMapping:
    """Return a page of runs, the newest first: `items` as JSON bytes, and `next_key` if more follow."""
    condition = f"{_VISIBLE} and (cast(:kind as text) is null or r.kind = :kind)"
    binds = {"me": me, "everywhere": everywhere, "kind": kind}
    return page(session, IMPORTS, row_json=_RUN, condition=condition, binds=binds, after=after, limit=limit)


def run(session: Session, run_id: UUID, *, me: UUID, everywhere: bool) -> bytes | None:
    sql = f"select {_RUN} from import_run r where r.id = :id and {_VISIBLE}"
    run_json: bytes | None = session.scalar(text(sql), {"id": run_id, "me": me, "everywhere": everywhere})
    return run_json


def error_file(session: Session, run_id: UUID, *, me: UUID, everywhere: bool) -> RowMapping | None:
    sql = f"""
      select r.error_file, r.options ->> 'name' name from import_run r
      where r.id = :id and {_VISIBLE} and r.error_file is not null
    """
    binds = {"id": run_id, "me": me, "everywhere": everywhere}
    return session.execute(text(sql), binds).mappings().one_or_none()


def faults(
    session: Session, run_id: UUID, *, me: UUID, everywhere: bool, after: int, code: str | None, limit: int
) -> RowMapping | None:
    """Return a page of refused rows by number: `items` as JSON bytes, and `last_row` if more follow.

    None: the actor has no such run.
    """
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
      from import_run r where r.id = :id and {_VISIBLE}
    """
    binds = {"id": run_id, "me": me, "everywhere": everywhere, "after": after, "code": code, "limit": limit}
    return session.execute(text(sql), binds).mappings().one_or_none()


def erase_error_files(session: Session, *, finished_before: datetime) -> int:
    """Erase error files and faults of runs that finished before `finished_before`. Return how many runs."""
    sql = """
      with gone as (
        update import_run set error_file = null
        where error_file is not null and finished_at < :finished_before returning id),
      faults as (delete from import_fault f using gone where f.run_id = gone.id)
      select id from gone
    """
    return len(session.execute(text(sql), {"finished_before": finished_before}).all())
