"""SQL of import runs: rows, created entities, faults, and the lock of a jurisdiction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Boolean, RowMapping, Text, Uuid, and_, bindparam, cast, or_, select, text
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.exchange.models import ImportRun
from app.exchange.queries.runs import RunTable, page

# A run can be resumed as long as its upload is stored; a run from a local file cannot.
IMPORTS = RunTable(
    ImportRun,
    is_resumable=lambda run: run.upload.is_not(None),
    claimed_columns=(
        ImportRun.id,
        ImportRun.jurisdiction_id,
        ImportRun.kind,
        ImportRun.started_by,
        ImportRun.options,
        ImportRun.upload,
        ImportRun.attempts,
    ),
)
_RUN = Fragment("""
  json_build_object('id', import_run.id, 'kind', kind, 'state', state, 'jurisdiction_id', jurisdiction_id,
    'created_at', created_at, 'finished_at', finished_at, 'rows_seen', rows_seen,
    'rows_expected', rows_expected, 'outcome', outcome, 'name', options ->> 'name',
    'dry_run', coalesce(cast(options ->> 'is_dry' as boolean), false),
    'partial', coalesce(cast(options ->> 'is_partial' as boolean), false),
    'has_errors', error_file is not null)
""")
# The actor's own runs; all runs for an actor who may import everywhere.
_IS_VISIBLE = or_(
    cast(bindparam("everywhere"), Boolean()), ImportRun.started_by == bindparam("me", None, Uuid())
)
_OF_KIND = and_(
    _IS_VISIBLE,
    or_(cast(bindparam("kind"), Text()).is_(None), ImportRun.kind == bindparam("kind", None, Text())),
)
_OF_ID = and_(ImportRun.id == bindparam("run_id", None, Uuid()), _IS_VISIBLE)
_RUN_JSON = Fragment("select {run} from import_run where {of_id}", run=_RUN, of_id=_OF_ID)
_LOCK_RUN = (
    select(ImportRun.kind, ImportRun.jurisdiction_id, ImportRun.created_at, ImportRun.finished_at)
    .where(_OF_ID)
    .with_for_update()
)
_ERROR_FILE = select(ImportRun.error_file, ImportRun.options["name"].astext.label("name")).where(
    _OF_ID, ImportRun.error_file.is_not(None)
)
_FAULTS = Fragment(
    """
      with page as (
        select row from import_fault
        where run_id = :run_id and row > :after
          and (cast(:code as text) is null or exists (
            select from import_fault same_row
            where same_row.run_id = import_fault.run_id and same_row.row = import_fault.row and same_row.code = :code))
        group by row order by row limit :limit + 1),
      shown as (select row from page order by row limit :limit)
      select (select coalesce(json_agg(json_build_object('row', shown.row, 'faults', (
                select json_agg(json_build_object('code', code, 'column', "column", 'sentence', sentence) order by n)
                from import_fault where run_id = :run_id and row = shown.row)) order by shown.row), '[]') from shown) items,
             (select max(row) from shown where (select count(*) from page) > :limit) last_row
      from import_run where {of_id}""",
    of_id=_OF_ID,
)


def lock_imports(session: Session, jurisdiction_id: UUID) -> None:
    """Lock the imports into a jurisdiction until the transaction ends."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('import'), hashtext(:id))"), {"id": str(jurisdiction_id)}
    )


def imported_rows(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[bytes, bool]]:
    """Return the given rows that were imported before, by row id. Other rows are left out.

    Each value is a tuple: the digest of the row, and whether its import was undone.
    """
    sql = "select id, digest, undone_at is not null is_undone from import_row where id = any(:ids)"
    rows = session.execute(text(sql), {"ids": list(ids)})
    return {row.id: (bytes(row.digest), row.is_undone) for row in rows}


def mark_undone(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    """Mark imported rows, and the cases that were created from them, as undone.

    A case is found by the id of its row, because both have the same id.
    """
    binds = {"ids": list(ids), "now": now}
    session.execute(text("update import_row set undone_at = :now where id = any(:ids)"), binds)
    made_sql = "update import_made set undone_at = :now where entity = 'incident' and id = any(:ids)"
    session.execute(text(made_sql), binds)


def insert_made(session: Session, run_id: UUID, made: Sequence[tuple[str, UUID, UUID]]) -> None:
    """Store which entities a run created.

    Args:
        made: (entity type, id of the entity, id of the row) of each entity.
    """
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
    """Return the ids of entities that a run created and that were not undone, by entity type."""
    sql = "select entity, array_agg(id) ids from import_made where run_id = :id and undone_at is null group by entity"
    return {row.entity: row.ids for row in session.execute(text(sql), {"id": run_id})}


def undo_run(session: Session, run_id: UUID, removed: Sequence[tuple[str, UUID]], *, now: datetime) -> None:
    """Mark entities that a run created, and the rows that they were created from, as undone.

    The rows can then be imported again, even if a later run changed the entities.

    Args:
        removed: (entity type, id) of each entity that was removed.
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
    """Lock an import run and return its row, or None if the actor may not undo such a run.

    Args:
        me: Account id of the actor, who may undo their own runs.
        everywhere: The actor may undo the runs of all accounts.
    """
    binds = {"run_id": run_id, "me": me, "everywhere": everywhere}
    return session.execute(_LOCK_RUN, binds).mappings().one_or_none()


def insert_imported_rows(
    session: Session, run_id: UUID, rows: Sequence[tuple[UUID, bytes]], now: datetime
) -> None:
    """Store ids and digests of the rows that a run imported.

    Rows that were imported before are assigned to this run.
    """
    sql = """
      insert into import_row (id, run_id, digest, imported_at)
      select id, :run_id, digest, :now from unnest(cast(:ids as uuid[]), cast(:digests as bytea[])) r(id, digest)
      on conflict (id) do update set run_id = excluded.run_id, digest = excluded.digest,
        imported_at = excluded.imported_at
    """
    binds = {"run_id": run_id, "now": now, "ids": [i for i, _ in rows], "digests": [d for _, d in rows]}
    session.execute(text(sql), binds)


def insert_run(session: Session, values: dict[str, Any]) -> None:
    """Insert an import run."""
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
    """Store the outcome of an import run, and delete the uploaded file."""
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
    """Insert the faults of refused rows.

    Args:
        faults: Mappings with `row`, `n`, `code`, `column` and `sentence`.
    """
    sql = """
      insert into import_fault (run_id, row, n, code, "column", sentence)
      select :run_id, f.row, f.n, f.code, f."column", f.sentence
      from jsonb_to_recordset(cast(:faults as jsonb)) f(row bigint, n integer, code text, "column" text, sentence jsonb)
    """
    session.execute(text(sql), {"run_id": run_id, "faults": orjson.dumps(list(faults)).decode()})


def set_expected_rows(session: Session, run_id: UUID, rows: int | None) -> None:
    """Store the approximate number of rows of the imported file. None: unknown."""
    session.execute(
        text("update import_run set rows_expected = :rows where id = :id"), {"id": run_id, "rows": rows}
    )


def runs(
    session: Session, *, me: UUID, everywhere: bool, kind: str | None, after: UUID | None, limit: int
) -> RowMapping:
    """Return one page of the import runs that the actor sees, the newest first.

    Columns: `items` (JSON bytes) and `next_key` (the key of the next page, or null).
    """
    binds = {"me": me, "everywhere": everywhere, "kind": kind}
    return page(session, IMPORTS, row_json=_RUN, condition=_OF_KIND, binds=binds, after=after, limit=limit)


def run(session: Session, run_id: UUID, *, me: UUID, everywhere: bool) -> bytes | None:
    """Return an import run as JSON, or None if the actor does not see such a run."""
    run_json: bytes | None = session.scalar(_RUN_JSON, {"run_id": run_id, "me": me, "everywhere": everywhere})
    return run_json


def error_file(session: Session, run_id: UUID, *, me: UUID, everywhere: bool) -> RowMapping | None:
    """Return the error file of a run: the refused rows in the format of the imported file.

    The column `name` is the name of the uploaded file. None: there is no error file, or the actor does not see the run.
    """
    binds = {"run_id": run_id, "me": me, "everywhere": everywhere}
    return session.execute(_ERROR_FILE, binds).mappings().one_or_none()


def faults(
    session: Session, run_id: UUID, *, me: UUID, everywhere: bool, after: int, code: str | None, limit: int
) -> RowMapping | None:
    """Return one page of the refused rows with their faults, or None if there is no such run.

    The rows are in order of their numbers. Columns: `items` (JSON bytes) and `last_row` (the last number on the page; null on
    the last page). None is also returned if the actor may not see the run.
    """
    binds = {
        "run_id": run_id,
        "me": me,
        "everywhere": everywhere,
        "after": after,
        "code": code,
        "limit": limit,
    }
    return session.execute(_FAULTS, binds).mappings().one_or_none()


def erase_error_files(session: Session, *, finished_before: datetime) -> int:
    """Delete error files and faults of import runs that finished before `finished_before`.

    Return the number of runs.
    """
    sql = """
      with gone as (
        update import_run set error_file = null
        where error_file is not null and finished_at < :finished_before returning id),
      faults as (delete from import_fault f using gone where f.run_id = gone.id)
      select id from gone
    """
    return len(session.execute(text(sql), {"finished_before": finished_before}).all())
