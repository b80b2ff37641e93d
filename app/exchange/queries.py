"""SQL of exchange: its own two tables, the lock of an import, and turning coordinates."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.jobs import ENQUEUE_SQL


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


def areas_by_code(session: Session, jurisdiction_id: UUID, codes: Collection[str]) -> dict[str, UUID]:
    """The areas of a jurisdiction that have these codes now."""
    sql = """
      select code, area_id from area_version
      where jurisdiction_id = :jurisdiction_id and upper_inf(valid) and code = any(:codes)
    """
    binds = {"jurisdiction_id": jurisdiction_id, "codes": list(codes)}
    return {row.code: row.area_id for row in session.execute(text(sql), binds)}


def insert_run(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into import_run (id, jurisdiction_id, kind, started_by, state, options, created_at, beat_at, upload)
      values (:id, :jurisdiction_id, :kind, :started_by, :state, cast(:options as jsonb), :now, :now, :upload)
    """
    options = orjson.dumps(values["options"], default=str).decode()
    session.execute(text(sql), values | {"options": options})


def beat(session: Session, run_id: UUID, *, rows_seen: int, now: datetime) -> None:
    sql = "update import_run set rows_seen = :rows_seen, beat_at = :now where id = :id"
    session.execute(text(sql), {"id": run_id, "rows_seen": rows_seen, "now": now})


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


def to_wgs84(
    session: Session, points: Sequence[tuple[float, float]], crs: str
) -> list[tuple[float, float] | None]:
    """Points (x east, y north) of a coordinate system, named or as WKT, in degrees; raises on one that has no place."""
    sql = """
      select ST_X(p) x, ST_Y(p) y from (
        select n, ST_Transform(ST_MakePoint(x, y), cast(:crs as text), 4326) p
        from unnest(cast(:xs as float[]), cast(:ys as float[])) with ordinality a(x, y, n)) t
      order by n
    """
    binds = {"crs": crs, "xs": [x for x, _ in points], "ys": [y for _, y in points]}
    return [(row.x, row.y) for row in session.execute(text(sql), binds)]


def shapes_to_wgs84(session: Session, shapes: Sequence[bytes], crs: str) -> list[bytes]:
    """Shapes as WKB, in degrees."""
    sql = """
      select ST_AsBinary(ST_Transform(ST_SetSRID(ST_GeomFromWKB(g), 0), cast(:crs as text), 4326)) wkb
      from unnest(cast(:shapes as bytea[])) with ordinality a(g, n) order by n
    """
    return [bytes(row.wkb) for row in session.execute(text(sql), {"crs": crs, "shapes": list(shapes)})]


_RUN = """
  json_build_object('id', r.id, 'kind', r.kind, 'state', r.state, 'jurisdiction_id', r.jurisdiction_id,
    'created_at', r.created_at, 'finished_at', r.finished_at, 'rows_seen', r.rows_seen, 'outcome', r.outcome,
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
    sql = f"""
      with page as materialized (
        select r.id, row_number() over (order by r.id desc) n from import_run r
        where {_MINE} and (cast(:kind as text) is null or r.kind = :kind)
          and (cast(:after as uuid) is null or r.id < :after)
        order by r.id desc limit :limit + 1)
      select (select coalesce(json_agg({_RUN} order by r.id desc), '[]')
              from page join import_run r on r.id = page.id where n <= :limit) items,
             (select array[cast(id as text)] from page
              where n = :limit and (select count(*) from page) > :limit) next_key
    """
    binds = {"me": me, "everywhere": everywhere, "kind": kind, "after": after, "limit": limit}
    return session.execute(text(sql), binds).mappings().one()


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


def claim_run(session: Session, *, now: datetime, silent_since: datetime) -> RowMapping | None:
    """The next run that waits, or whose job has been silent since then and so is no more; it is ours from here on."""
    sql = """
      update import_run set state = 'running', beat_at = :now, attempts = attempts + 1
      where id = (
        select id from import_run
        where finished_at is null and upload is not null
          and (state = 'waiting' or state = 'running' and beat_at < :silent_since)
        order by created_at limit 1 for update skip locked)
      returning id, jurisdiction_id, kind, started_by, options, upload, attempts
    """
    return session.execute(text(sql), {"now": now, "silent_since": silent_since}).mappings().one_or_none()


def end_interrupted(session: Session, *, now: datetime, silent_since: datetime) -> int:
    """Runs without a file to go on with, that nobody has heard of since then: their process is no more."""
    sql = """
      update import_run set state = 'interrupted', finished_at = :now
      where finished_at is null and upload is null and beat_at < :silent_since returning id
    """
    return len(session.execute(text(sql), {"now": now, "silent_since": silent_since}).all())


def erase_error_files(session: Session, *, finished_before: datetime) -> int:
    sql = """
      update import_run set error_file = null
      where error_file is not null and finished_at < :finished_before returning id
    """
    return len(session.execute(text(sql), {"finished_before": finished_before}).all())


def enqueue(session: Session, binds: dict[str, Any]) -> None:
    session.execute(text(f"select {ENQUEUE_SQL}"), binds)
