"""What the books of imports and of exports have in common: who does a run, how far it is, and pages of runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.jobs import ENQUEUE_SQL


@dataclass(frozen=True, slots=True)
class Ledger:
    """A table of runs. `can_go_on`: SQL for whether a run may be begun anew when its process is no more.

    `claimed`: the columns that whoever does a run is told. `is_single`: one at a time, in all processes.
    """

    table: str
    can_go_on: str
    claimed: str
    is_single: bool = False


def claim(session: Session, ledger: Ledger, *, now: datetime, silent_since: datetime) -> RowMapping | None:
    """The next run that waits, or whose job has been silent since then and so is no more; it is ours from here on."""
    alone = ""
    if ledger.is_single:
        session.execute(
            text("select pg_advisory_xact_lock(hashtext('runs'), hashtext(:name))"), {"name": ledger.table}
        )
        alone = f"""and not exists (
          select 1 from {ledger.table} where state = 'running' and {ledger.can_go_on} and beat_at >= :silent_since)"""
    sql = f"""
      update {ledger.table} set state = 'running', beat_at = :now, attempts = attempts + 1
      where id = (
        select id from {ledger.table}
        where finished_at is null and {ledger.can_go_on}
          and (state = 'waiting' or state = 'running' and beat_at < :silent_since) {alone}
        order by created_at limit 1 for update skip locked)
      returning {ledger.claimed}
    """
    return session.execute(text(sql), {"now": now, "silent_since": silent_since}).mappings().one_or_none()


def beat(session: Session, ledger: Ledger, run_id: UUID, *, rows_seen: int, now: datetime) -> bool:
    """Say how far a run is. False: it is no longer wanted."""
    sql = f"""
      update {ledger.table} set rows_seen = :rows_seen, beat_at = :now
      where id = :id and finished_at is null returning id
    """
    binds = {"id": run_id, "rows_seen": rows_seen, "now": now}
    return session.execute(text(sql), binds).one_or_none() is not None


def end_interrupted(session: Session, ledger: Ledger, *, now: datetime, silent_since: datetime) -> int:
    """Runs that cannot go on, and that nobody has heard of since then: their process is no more."""
    sql = f"""
      update {ledger.table} set state = 'interrupted', finished_at = :now
      where finished_at is null and not ({ledger.can_go_on}) and beat_at < :silent_since returning id
    """
    return len(session.execute(text(sql), {"now": now, "silent_since": silent_since}).all())


def page(
    session: Session,
    ledger: Ledger,
    *,
    row: str,
    which: str,
    binds: Mapping[str, Any],
    after: UUID | None,
    limit: int,
) -> RowMapping:
    """A page of runs `r`, the newest first: `items` as JSON bytes (`row` of each), and the last key if more follow."""
    sql = f"""
      with page as materialized (
        select r.id, row_number() over (order by r.id desc) n from {ledger.table} r
        where {which} and (cast(:after as uuid) is null or r.id < :after)
        order by r.id desc limit :limit + 1)
      select (select coalesce(json_agg({row} order by r.id desc), '[]')
              from page join {ledger.table} r on r.id = page.id where n <= :limit) items,
             (select array[cast(id as text)] from page
              where n = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), {**binds, "after": after, "limit": limit}).mappings().one()


def enqueue(session: Session, binds: dict[str, Any]) -> None:
    session.execute(text(f"select {ENQUEUE_SQL}"), binds)
