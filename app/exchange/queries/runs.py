"""SQL that import runs and export runs share: claiming, progress, interruption and pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.jobs import ENQUEUE_SQL


@dataclass(frozen=True, slots=True)
class RunTable:
    """A table of runs. `resumable_sql`: condition on runs that may start again after their process died.

    `claimed_columns`: the columns that `claim` returns. `is_single`: at most one run at a time in all processes.
    """

    table: str
    resumable_sql: str
    claimed_columns: str
    is_single: bool = False


def claim(
    session: Session, run_table: RunTable, *, now: datetime, silent_since: datetime
) -> RowMapping | None:
    """Claim the next run that waits, or whose worker has been silent since `silent_since` and counts as dead."""
    none_running_sql = ""
    if run_table.is_single:
        session.execute(
            text("select pg_advisory_xact_lock(hashtext('runs'), hashtext(:name))"), {"name": run_table.table}
        )
        none_running_sql = f"""and not exists (
          select 1 from {run_table.table} where state = 'running' and {run_table.resumable_sql} and beat_at >= :silent_since)"""
    sql = f"""
      update {run_table.table} set state = 'running', beat_at = :now, attempts = attempts + 1
      where id = (
        select id from {run_table.table}
        where finished_at is null and {run_table.resumable_sql}
          and (state = 'waiting' or state = 'running' and beat_at < :silent_since) {none_running_sql}
        order by created_at limit 1 for update skip locked)
      returning {run_table.claimed_columns}
    """
    return session.execute(text(sql), {"now": now, "silent_since": silent_since}).mappings().one_or_none()


def record_progress(
    session: Session, run_table: RunTable, run_id: UUID, *, rows_seen: int, now: datetime
) -> bool:
    """Store the progress of a run, as a heartbeat. Return False if the run was cancelled."""
    sql = f"""
      update {run_table.table} set rows_seen = :rows_seen, beat_at = :now
      where id = :id and finished_at is null returning id
    """
    binds = {"id": run_id, "rows_seen": rows_seen, "now": now}
    return session.execute(text(sql), binds).one_or_none() is not None


def end_interrupted(session: Session, run_table: RunTable, *, now: datetime, silent_since: datetime) -> int:
    """End runs that cannot be resumed and have been silent since `silent_since`. Return how many."""
    sql = f"""
      update {run_table.table} set state = 'interrupted', finished_at = :now
      where finished_at is null and not ({run_table.resumable_sql}) and beat_at < :silent_since returning id
    """
    return len(session.execute(text(sql), {"now": now, "silent_since": silent_since}).all())


def page(
    session: Session,
    run_table: RunTable,
    *,
    row_json: str,
    condition: str,
    binds: Mapping[str, Any],
    after: UUID | None,
    limit: int,
) -> RowMapping:
    """Return a page of runs `r`, the newest first: `items` (`row_json` of each) as JSON bytes, and `next_key`."""
    sql = f"""
      with page as materialized (
        select r.id, row_number() over (order by r.id desc) n from {run_table.table} r
        where {condition} and (cast(:after as uuid) is null or r.id < :after)
        order by r.id desc limit :limit + 1)
      select (select coalesce(json_agg({row_json} order by r.id desc), '[]')
              from page join {run_table.table} r on r.id = page.id where n <= :limit) items,
             (select array[cast(id as text)] from page
              where n = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), {**binds, "after": after, "limit": limit}).mappings().one()


def enqueue(session: Session, binds: dict[str, Any]) -> None:
    session.execute(text(f"select {ENQUEUE_SQL}"), binds)
