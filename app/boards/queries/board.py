"""SQL of boards: the areas below an area, and the age of workers' positions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, RowMapping, Uuid, any_, bindparam, func, select
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.workforce.models import Duty, WorkerPosition

_NOW = bindparam("now", None, DateTime(timezone=True))
# Only of a duty that goes on: off duty neither a position nor its age is shown.
_POSITION_AGES = select(
    WorkerPosition.worker_id,
    func.round(func.extract("epoch", _NOW - WorkerPosition.at)).label("age_s"),
).where(
    WorkerPosition.worker_id == any_(bindparam("ids", None, ARRAY(Uuid()))),
    select(Duty.id)
    .where(
        Duty.worker_id == WorkerPosition.worker_id,
        Duty.deleted_at.is_(None),
        Duty.during.bool_op("@>")(_NOW),
        Duty.during.bool_op("@>")(WorkerPosition.at),
    )
    .correlate(WorkerPosition)
    .exists(),
)


def position_ages(session: Session, worker_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, float]:
    """Return the age in seconds of the newest position of each worker on duty, by worker id.

    A purpose must be given to read a position. No purpose is needed to read only its age.
    """
    rows = session.execute(_POSITION_AGES, {"ids": list(worker_ids), "now": now})
    return {row.worker_id: float(row.age_s) for row in rows}


_CHILD_AREAS = (
    select(AreaVersion.area_id.label("id"), AreaVersion.code, AreaVersion.name, AreaVersion.level)
    .where(
        AreaVersion.parent_id == bindparam("area_id", None, Uuid()),
        func.upper_inf(AreaVersion.valid),
    )
    .order_by(AreaVersion.code, AreaVersion.area_id)
)


def child_areas(session: Session, area_id: UUID) -> Sequence[RowMapping]:
    """Return the present areas directly below an area, ordered by code.

    Columns: `id`, `code`, `name`, `level`.
    """
    return session.execute(_CHILD_AREAS, {"area_id": area_id}).mappings().all()
