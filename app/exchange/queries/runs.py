"""SQL that import runs and export runs share: claim, progress, interruption and pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, RowMapping, and_, bindparam, func, not_, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.core.db import Fragment
from app.core.jobs import ENQUEUE

_INSTANT = DateTime(timezone=True)
_NOW = bindparam("now", None, _INSTANT)
_SILENT_SINCE = bindparam("silent_since", None, _INSTANT)


@dataclass(frozen=True, slots=True)
class RunTable:
    """The table of import runs or of export runs, as an argument for functions of this module.

    Attributes:
        model: The mapped class of the table.
        is_resumable: Function that returns the SQL condition on runs that may start again after their process died.
        claimed_columns: The columns that `claim` returns.
        is_single: Only one run is carried out at a time in all processes.
    """

    model: Any
    is_resumable: Callable[[Any], ColumnElement[bool]]
    claimed_columns: tuple[Any, ...]
    is_single: bool = False


_LOCK_TABLE = select(func.pg_advisory_xact_lock(func.hashtext("runs"), func.hashtext(bindparam("table"))))


def claim(
    session: Session, run_table: RunTable, *, now: datetime, silent_since: datetime
) -> RowMapping | None:
    """Assign the next run to this process, and return the row of the run, or None.

    The next run is a waiting run, or a run whose process has stored no heartbeat since `silent_since`.
    """
    if run_table.is_single:
        session.execute(_LOCK_TABLE, {"table": run_table.model.__tablename__})
    binds = {"now": now, "silent_since": silent_since}
    return session.execute(_claim(run_table), binds).mappings().one_or_none()


@lru_cache
def _claim(run_table: RunTable) -> Any:
    run = run_table.model
    next_run = select(run.id).where(
        run.finished_at.is_(None),
        run_table.is_resumable(run),
        or_(run.state == "waiting", and_(run.state == "running", run.beat_at < _SILENT_SINCE)),
    )
    if run_table.is_single:
        other = aliased(run)
        is_running = select(other.id).where(
            other.state == "running", run_table.is_resumable(other), other.beat_at >= _SILENT_SINCE
        )
        next_run = next_run.where(not_(is_running.exists()))
    next_id = next_run.order_by(run.created_at).limit(1).with_for_update(skip_locked=True)
    return (
        update(run)
        .where(run.id == next_id.correlate(None).scalar_subquery())
        .values(state="running", beat_at=_NOW, attempts=run.attempts + 1)
        .returning(*run_table.claimed_columns)
    )


def record_progress(
    session: Session, run_table: RunTable, run_id: UUID, *, rows_seen: int, now: datetime
) -> bool:
    """Store the progress of a run, which is also its heartbeat.

    Return False if the run was cancelled.
    """
    binds = {"run_id": run_id, "seen": rows_seen, "now": now}
    return session.execute(_progress(run_table), binds).one_or_none() is not None


@lru_cache
def _progress(run_table: RunTable) -> Any:
    run = run_table.model
    return (
        update(run)
        .where(run.id == bindparam("run_id"), run.finished_at.is_(None))
        .values(rows_seen=bindparam("seen"), beat_at=_NOW)
        .returning(run.id)
    )


def end_interrupted(session: Session, run_table: RunTable, *, now: datetime, silent_since: datetime) -> int:
    """End runs that cannot be resumed and have had no heartbeat since `silent_since`.

    Return the number of runs.
    """
    return len(session.execute(_interrupt(run_table), {"now": now, "silent_since": silent_since}).all())


@lru_cache
def _interrupt(run_table: RunTable) -> Any:
    run = run_table.model
    return (
        update(run)
        .where(run.finished_at.is_(None), not_(run_table.is_resumable(run)), run.beat_at < _SILENT_SINCE)
        .values(state="interrupted", finished_at=_NOW)
        .returning(run.id)
    )


def page(
    session: Session,
    run_table: RunTable,
    *,
    row_json: Fragment,
    condition: Any,
    binds: Mapping[str, Any],
    after: UUID | None,
    limit: int,
) -> RowMapping:
    """Return one page of runs, the newest first.

    Columns: `items` (JSON bytes, `row_json` of each run) and `next_key` (the key of the next page, or null).
    """
    statement = _page(run_table, row_json, condition)
    return session.execute(statement, {**binds, "after": after, "limit": limit}).mappings().one()


@lru_cache
def _page(run_table: RunTable, row_json: Fragment, condition: Any) -> Fragment:
    return Fragment(
        """with page as materialized (
          select {id}, row_number() over (order by {id} desc) place from {table}
          where {condition} and (cast(:after as uuid) is null or {id} < :after)
          order by {id} desc limit :limit + 1)
        select (select coalesce(json_agg({row_json} order by {id} desc), '[]')
                from page join {table} on {id} = page.id where place <= :limit) items,
               (select array[cast(id as text)] from page
                where place = :limit and (select count(*) from page) > :limit) next_key""",
        id=run_table.model.id,
        table=run_table.model,
        condition=condition,
        row_json=row_json,
    )


def enqueue(session: Session, binds: dict[str, Any]) -> None:
    """Add a job to its queue. The job starts only if this transaction commits."""
    session.execute(ENQUEUE, binds)
