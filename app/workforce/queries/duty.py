"""Statements on table `duty`: the periods in which workers were really on duty."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    RowMapping,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.core.json_sql import JsonPage, json_object
from app.workforce.models import Duty, Position, WorkerPosition
from app.workforce.queries.periods import end_of, instant, period, start_of

_OF_WORKER = Duty.worker_id == bindparam("worker_id")
_DUTY = select(
    Duty.id, Duty.worker_id, start_of(Duty.during).label("since"), end_of(Duty.during).label("until")
).where(_OF_WORKER, Duty.deleted_at.is_(None))

_OPEN_DUTY = _DUTY.where(func.upper_inf(Duty.during))


def open_duty(session: Session, worker_id: UUID) -> RowMapping | None:
    """Return the duty that the worker has begun and not ended, or None."""
    return session.execute(_OPEN_DUTY, {"worker_id": worker_id}).mappings().one_or_none()


# The range conditions beside the equalities let the index of the exclusion constraint find the duty.
_DUTY_STARTED_AT = _DUTY.where(Duty.during.contains(instant("at")), start_of(Duty.during) == instant("at"))
_DUTY_ENDED_AT = _DUTY.where(
    Duty.during.overlaps(func.tstzrange(null(), instant("at"))), end_of(Duty.during) == instant("at")
)


def duty_started_at(session: Session, worker_id: UUID, at: datetime) -> RowMapping | None:
    """Return the worker's duty that began exactly at `at`, or None."""
    return session.execute(_DUTY_STARTED_AT, {"worker_id": worker_id, "at": at}).mappings().one_or_none()


def duty_ended_at(session: Session, worker_id: UUID, at: datetime) -> RowMapping | None:
    """Return the worker's duty that ended exactly at `at`, or None."""
    return session.execute(_DUTY_ENDED_AT, {"worker_id": worker_id, "at": at}).mappings().one_or_none()


_HAS_DUTY_AFTER = select(
    exists().where(_OF_WORKER, Duty.during.overlaps(func.tstzrange(instant("at"), null())))
)


def has_duty_after(session: Session, worker_id: UUID, at: datetime) -> bool:
    """Return True if the worker has a duty that began after `at` or that was not over at `at`."""
    return bool(session.scalar(_HAS_DUTY_AFTER, {"worker_id": worker_id, "at": at}))


_INSERT_DUTY = insert(Duty).values(
    id=bindparam("id"),
    worker_id=bindparam("worker_id"),
    during=func.tstzrange(instant("since"), null()),
    recorded_by=bindparam("recorded_by"),
    note=bindparam("note"),
)


def insert_duty(
    session: Session,
    *,
    duty_id: UUID,
    worker_id: UUID,
    since: datetime,
    recorded_by: UUID | None,
    note: str | None,
) -> None:
    """Insert a duty of a worker that has begun and not ended."""
    binds = {"id": duty_id, "worker_id": worker_id, "since": since, "recorded_by": recorded_by, "note": note}
    session.execute(_INSERT_DUTY, binds)


_CLOSE_DUTY = (
    update(Duty)
    .where(Duty.id == bindparam("duty_id"))
    .values(
        during=func.tstzrange(start_of(Duty.during), instant("until")),
        note=func.coalesce(bindparam("new_note", type_=Text()), Duty.note),
    )
)


def close_duty(session: Session, duty_id: UUID, *, until: datetime, note: str | None) -> None:
    """Set the end of a duty. Set its note too, unless `note` is None."""
    session.execute(_CLOSE_DUTY, {"duty_id": duty_id, "until": until, "new_note": note})


_DELETE_LOCATION = delete(WorkerPosition).where(WorkerPosition.worker_id == bindparam("worker_id"))
_DELETE_POSITIONS = delete(Position).where(
    Position.worker_id == bindparam("worker_id"), Position.at >= instant("since")
)


def delete_positions(session: Session, worker_id: UUID, *, since: datetime) -> None:
    """Delete the stored positions of a worker from `since` on, when the worker goes off duty.

    The worker's present location (table `worker_position`) is deleted too.
    """
    session.execute(_DELETE_LOCATION, {"worker_id": worker_id})
    session.execute(_DELETE_POSITIONS, {"worker_id": worker_id, "since": since})


_DUTY_PAGE = JsonPage(
    select(
        start_of(Duty.during).label("since"),
        Duty.id,
        json_object(
            id=Duty.id,
            worker_id=Duty.worker_id,
            since=start_of(Duty.during),
            until=end_of(Duty.during),
            on_duty=func.upper_inf(Duty.during),
            recorded_by=Duty.recorded_by,
            note=Duty.note,
        ).label("item"),
    ).where(_OF_WORKER, Duty.deleted_at.is_(None), Duty.during.overlaps(period())),
    "since",
    "id",
    is_descending=True,
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
    """Return a page of a worker's duties that overlap [since, until), newest first."""
    binds = {"worker_id": worker_id, "since": since, "until": until}
    return _DUTY_PAGE.read(session, binds, after=after, limit=limit)
