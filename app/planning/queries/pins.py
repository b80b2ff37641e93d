"""SQL of pins. A changed pin is deleted and inserted again, so that its history is stored."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.ids import uuid7


def delete_pins(
    session: Session, worker_id: UUID, *, day: date, stop_ids: Sequence[UUID], now: datetime
) -> bool:
    """Delete the pins of these stops. Return True if there was any."""
    sql = """
      update plan_pin set deleted_at = :now
      where worker_id = :worker_id and day = :day and stop_id = any(cast(:ids as uuid[])) and deleted_at is null
      returning id
    """
    binds = {"worker_id": worker_id, "day": day, "ids": list(stop_ids), "now": now}
    return bool(session.execute(text(sql), binds).all())


def set_time(
    session: Session,
    worker_id: UUID,
    *,
    day: date,
    stop_id: UUID,
    begins_at: datetime,
    decided_by: UUID,
    now: datetime,
) -> None:
    delete_pins(session, worker_id, day=day, stop_ids=[stop_id], now=now)
    _insert(session, worker_id, day, [(stop_id, begins_at, None)], decided_by, now)


def set_order(
    session: Session, worker_id: UUID, *, day: date, stop_ids: Sequence[UUID], decided_by: UUID, now: datetime
) -> None:
    """Replace the order of the day, and the pinned times of these stops."""
    sql = """
      update plan_pin set deleted_at = :now
      where worker_id = :worker_id and day = :day and deleted_at is null
        and (place is not null or stop_id = any(cast(:ids as uuid[])))
    """
    session.execute(text(sql), {"worker_id": worker_id, "day": day, "ids": list(stop_ids), "now": now})
    _insert(session, worker_id, day, [(s, None, n) for n, s in enumerate(stop_ids)], decided_by, now)


def _insert(
    session: Session,
    worker_id: UUID,
    day: date,
    pins: Sequence[tuple[UUID, datetime | None, int | None]],
    decided_by: UUID,
    now: datetime,
) -> None:
    sql = """
      insert into plan_pin (id, worker_id, day, stop_id, at, place, made_by, made_at)
      values (:id, :worker_id, :day, :stop_id, :at, :place, :by, :now)
    """
    if pins:
        session.execute(
            text(sql),
            [
                {
                    "id": uuid7(),
                    "worker_id": worker_id,
                    "day": day,
                    "stop_id": stop_id,
                    "at": at,
                    "place": place,
                    "by": decided_by,
                    "now": now,
                }
                for stop_id, at, place in pins
            ],
        )
