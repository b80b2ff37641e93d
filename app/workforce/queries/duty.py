"""SQL of duty: when a worker really was on duty."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_ROW = "id, worker_id, lower(during) since, upper(during) until"


def open_duty(session: Session, worker_id: UUID) -> RowMapping | None:
    sql = f"""
      select {_ROW} from duty where worker_id = :worker_id and deleted_at is null and upper_inf(during)
    """
    return session.execute(text(sql), {"worker_id": worker_id}).mappings().one_or_none()


def duty_started_at(session: Session, worker_id: UUID, at: datetime) -> RowMapping | None:
    sql = f"""
      select {_ROW} from duty
      where worker_id = :worker_id and deleted_at is null
        and during @> cast(:at as timestamptz) and lower(during) = :at
    """
    return session.execute(text(sql), {"worker_id": worker_id, "at": at}).mappings().one_or_none()


def duty_ended_at(session: Session, worker_id: UUID, at: datetime) -> RowMapping | None:
    sql = f"""
      select {_ROW} from duty
      where worker_id = :worker_id and deleted_at is null
        and during && tstzrange(null, cast(:at as timestamptz)) and upper(during) = :at
    """
    return session.execute(text(sql), {"worker_id": worker_id, "at": at}).mappings().one_or_none()


def has_duty_after(session: Session, worker_id: UUID, at: datetime) -> bool:
    """Whether a duty lasted, or began, later than `at`."""
    sql = """
      select exists (select 1 from duty where worker_id = :worker_id
                     and during && tstzrange(cast(:at as timestamptz), null))
    """
    return bool(session.scalar(text(sql), {"worker_id": worker_id, "at": at}))


def insert_duty(
    session: Session,
    *,
    duty_id: UUID,
    worker_id: UUID,
    since: datetime,
    recorded_by: UUID | None,
    note: str | None,
) -> None:
    sql = """
      insert into duty (id, worker_id, during, recorded_by, note)
      values (:id, :worker_id, tstzrange(cast(:since as timestamptz), null), :recorded_by, :note)
    """
    binds = {"id": duty_id, "worker_id": worker_id, "since": since, "recorded_by": recorded_by, "note": note}
    session.execute(text(sql), binds)


def close_duty(session: Session, duty_id: UUID, *, until: datetime, note: str | None) -> None:
    sql = """
      update duty set during = tstzrange(lower(during), cast(:until as timestamptz)),
                      note = coalesce(:note, note)
      where id = :id
    """
    session.execute(text(sql), {"id": duty_id, "until": until, "note": note})


def forget_positions(session: Session, worker_id: UUID, *, since: datetime) -> None:
    """Off duty nobody is located: the newest fix goes, and so do the fixes from `since` on."""
    session.execute(text("delete from worker_position where worker_id = :id"), {"id": worker_id})
    session.execute(
        text("delete from position where worker_id = :id and at >= :since"), {"id": worker_id, "since": since}
    )


def duties(
    session: Session,
    worker_id: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of a worker's duty periods that touch [since, until), newest first."""
    sql = """
      with page as (
        select lower(during) since, id, json_build_object(
                 'id', id, 'worker_id', worker_id, 'since', lower(during), 'until', upper(during),
                 'on_duty', upper_inf(during), 'recorded_by', recorded_by, 'note', note) item
        from duty
        where worker_id = :worker_id and deleted_at is null
          and during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
          and (cast(:after_since as timestamptz) is null
               or (lower(during), id) < (cast(:after_since as timestamptz), cast(:after_id as uuid)))
        order by lower(during) desc, id desc limit :limit + 1),
      shown as (select * from page order by since desc, id desc limit :limit)
      select (select coalesce(json_agg(item order by since desc, id desc), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[since::text, id::text] from shown order by since, id limit 1) last_key
    """
    after_since, after_id = after or (None, None)
    binds: dict[str, Any] = {"worker_id": worker_id, "since": since, "until": until, "limit": limit}
    binds |= {"after_since": after_since, "after_id": after_id}
    return session.execute(text(sql), binds).mappings().one()
