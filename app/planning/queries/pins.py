"""Statements on table `plan_pin`: fixed times of stops, and their manual order.

To change a row, it is deleted and a new row is inserted. The history then has the old and the new row.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Date, DateTime, Uuid, any_, bindparam, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.planning.models import PlanPin

# Binds of updates have other names than columns: SQLAlchemy sets a column to a bind of its name.
_IS_OF_STOPS = PlanPin.stop_id == any_(bindparam("stop_ids", type_=ARRAY(Uuid())))
_DELETE_OF_DAY = (
    update(PlanPin)
    .where(
        PlanPin.worker_id == bindparam("of_worker_id", type_=Uuid()),
        PlanPin.day == bindparam("of_day", type_=Date()),
        PlanPin.deleted_at.is_(None),
    )
    .values(deleted_at=bindparam("now", type_=DateTime(timezone=True)))
)
_DELETE = _DELETE_OF_DAY.where(_IS_OF_STOPS).returning(PlanPin.id)
_DELETE_ORDER = _DELETE_OF_DAY.where(or_(PlanPin.place.is_not(None), _IS_OF_STOPS))
# The strategy `auto` would take the values for rows of a bulk insert of objects.
_INSERT = insert(PlanPin)


def delete_pins(
    session: Session, worker_id: UUID, *, day: date, stop_ids: Sequence[UUID], now: datetime
) -> bool:
    """Delete the fixed times and manual positions of these stops. Returns True if any existed."""
    return bool(session.execute(_DELETE, _binds(worker_id, day, stop_ids, now)).all())


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
    """Fix the time of a stop, in place of an earlier fixed time or manual position."""
    delete_pins(session, worker_id, day=day, stop_ids=[stop_id], now=now)
    row = _row(worker_id, day, stop_id, decided_by, now)
    session.execute(_INSERT, row | {"at": begins_at, "place": None})


def set_order(
    session: Session, worker_id: UUID, *, day: date, stop_ids: Sequence[UUID], decided_by: UUID, now: datetime
) -> None:
    """Replace the manual order of a day by the order of `stop_ids`.

    Fixed times of these stops are deleted.
    """
    session.execute(_DELETE_ORDER, _binds(worker_id, day, stop_ids, now))
    rows = [
        _row(worker_id, day, stop_id, decided_by, now) | {"at": None, "place": n}
        for n, stop_id in enumerate(stop_ids)
    ]
    if rows:
        session.execute(_INSERT, rows)


def _binds(worker_id: UUID, day: date, stop_ids: Sequence[UUID], now: datetime) -> dict[str, Any]:
    return {"of_worker_id": worker_id, "of_day": day, "stop_ids": list(stop_ids), "now": now}


def _row(worker_id: UUID, day: date, stop_id: UUID, decided_by: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "worker_id": worker_id,
        "day": day,
        "stop_id": stop_id,
        "made_by": decided_by,
        "made_at": now,
    }
