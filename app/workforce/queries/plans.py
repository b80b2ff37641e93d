"""Statements on responsibilities of workers for areas, and on shifts (planned duty)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import unscoped
from app.core.json_sql import JsonPage, json_object
from app.workforce.models import Responsibility, Shift, Worker
from app.workforce.queries.periods import EMPTY_PERIOD, end_of, instant, period, start_of
from app.workforce.queries.visible import (
    ACTOR_ID,
    area_visibility,
    lies_within,
    visibility_binds,
    worker_visibility,
    works_within,
)

_WORKER_ID = bindparam("worker_id", None, Uuid())
_WORKER_NAME = {"worker": "name of the worker of a visible responsibility"}
_RESPONSIBILITY_ITEM = json_object(
    id=Responsibility.id,
    worker_id=Responsibility.worker_id,
    worker_name=Worker.name,
    area=json_object(
        id=Responsibility.area_id, code=AreaVersion.code, name=AreaVersion.name, level=AreaVersion.level
    ),
    role=Responsibility.role,
    since=start_of(Responsibility.valid),
    until=end_of(Responsibility.valid),
    version=Responsibility.version,
).label("item")


def _responsibilities(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Responsibility)
        .join(Worker, Worker.id == Responsibility.worker_id)
        .outerjoin(
            AreaVersion,
            and_(AreaVersion.area_id == Responsibility.area_id, func.upper_inf(AreaVersion.valid)),
        )
    )


_AREA_ID = bindparam("area_id", None, Uuid())
_ROLE = bindparam("role", None, Text())
_RESPONSIBILITY_PAGE = JsonPage(
    _responsibilities(Responsibility.id, _RESPONSIBILITY_ITEM).where(
        Responsibility.deleted_at.is_(None),
        or_(Responsibility.worker_id == ACTOR_ID, area_visibility(Responsibility.area_id, Responsibility)),
        or_(instant("at").is_(None), Responsibility.valid.contains(instant("at"))),
        or_(_WORKER_ID.is_(None), Responsibility.worker_id == _WORKER_ID),
        or_(_AREA_ID.is_(None), Responsibility.area_id == _AREA_ID),
        lies_within(AreaVersion.path),
        or_(_ROLE.is_(None), Responsibility.role == _ROLE),
    ),
    "id",
    unscoped_tables=_WORKER_NAME,
)


@dataclass(frozen=True, slots=True)
class ResponsibilityFilter:
    """Filters for listing which workers are responsible for which areas. None: not applied.

    Attributes:
        at: Only responsibilities in force at this instant.
        within: Only responsibilities for this area or areas in it.
    """

    at: datetime | None = None
    worker_id: UUID | None = None
    area_id: UUID | None = None
    within: UUID | None = None
    role: str | None = None


def responsibilities(
    session: Session,
    actor: Actor,
    filters: ResponsibilityFilter,
    *,
    now: datetime,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the responsibilities that the actor may read, by id.

    These are the responsibilities for areas in the actor's scope, and the actor's own.
    """
    binds = visibility_binds(actor, now, Permission.WORKER_READ) | asdict(filters)
    return _RESPONSIBILITY_PAGE.read(session, binds, after=after, limit=limit)


_OF_RESPONSIBILITY = Responsibility.id == bindparam("responsibility_id")
_RESPONSIBILITY = unscoped(_responsibilities(_RESPONSIBILITY_ITEM).where(_OF_RESPONSIBILITY), **_WORKER_NAME)


def responsibility_item(session: Session, responsibility_id: UUID) -> bytes:
    """Return a responsibility as JSON."""
    item: bytes = session.execute(_RESPONSIBILITY, {"responsibility_id": responsibility_id}).scalar_one()
    return item


_LOCK_RESPONSIBILITY = (
    select(
        Responsibility.worker_id,
        Responsibility.area_id,
        start_of(Responsibility.valid).label("since"),
        end_of(Responsibility.valid).label("until"),
    )
    .where(
        _OF_RESPONSIBILITY,
        Responsibility.deleted_at.is_(None),
        area_visibility(Responsibility.area_id, Responsibility),
    )
    .with_for_update()
)


def lock_responsibility(
    session: Session, actor: Actor, responsibility_id: UUID, *, now: datetime
) -> RowMapping | None:
    """Lock and return a responsibility that the actor may edit, or None."""
    binds = visibility_binds(actor, now, Permission.WORKER_EDIT) | {"responsibility_id": responsibility_id}
    return session.execute(_LOCK_RESPONSIBILITY, binds).mappings().one_or_none()


_INSERT_RESPONSIBILITY = insert(Responsibility).values(
    id=bindparam("id"),
    worker_id=bindparam("worker_id"),
    area_id=bindparam("area_id"),
    role=bindparam("role"),
    valid=period(),
)


def insert_responsibility(session: Session, values: dict[str, Any]) -> None:
    """Insert a responsibility of a worker for an area.

    Args:
        values: `id`, `worker_id`, `area_id`, `role`, `since` and `until` (None: without end).
    """
    session.execute(_INSERT_RESPONSIBILITY, values)


_CLOSE_RESPONSIBILITY = (
    update(Responsibility)
    .where(_OF_RESPONSIBILITY)
    .values(valid=func.tstzrange(start_of(Responsibility.valid), instant("until")))
)
_WITHDRAW_RESPONSIBILITY = (
    update(Responsibility)
    .where(_OF_RESPONSIBILITY)
    .values(valid=EMPTY_PERIOD, deleted_at=instant("deleted_at"))
)


def close_responsibility(session: Session, responsibility_id: UUID, *, until: datetime) -> None:
    """Set the end of a responsibility."""
    session.execute(_CLOSE_RESPONSIBILITY, {"responsibility_id": responsibility_id, "until": until})


def withdraw_responsibility(session: Session, responsibility_id: UUID, *, at: datetime) -> None:
    """Mark a responsibility as deleted that never came into force.

    Its period becomes empty, so that the period of a new responsibility can be the same.
    """
    session.execute(_WITHDRAW_RESPONSIBILITY, {"responsibility_id": responsibility_id, "deleted_at": at})


# --- shifts ---------------------------------------------------------------------------------

_SHIFT_ITEM = json_object(
    id=Shift.id,
    worker_id=Shift.worker_id,
    worker_name=Worker.name,
    since=start_of(Shift.during),
    until=end_of(Shift.during),
    note=Shift.note,
    version=Shift.version,
).label("item")


def _shifts(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Shift).join(Worker, Worker.id == Shift.worker_id)


_SHIFT_PAGE = JsonPage(
    _shifts(start_of(Shift.during).label("since"), Shift.id, _SHIFT_ITEM).where(
        Shift.deleted_at.is_(None),
        Worker.deleted_at.is_(None),
        worker_visibility(),
        Shift.during.overlaps(period()),
        or_(_WORKER_ID.is_(None), Shift.worker_id == _WORKER_ID),
        works_within(),
    ),
    "since",
    "id",
)


@dataclass(frozen=True, slots=True)
class ShiftFilter:
    """Filters for listing shifts. A filter that is None is not applied.

    Attributes:
        since, until: Only shifts that overlap this period.
    """

    since: datetime | None = None
    until: datetime | None = None
    worker_id: UUID | None = None
    within: UUID | None = None


def shifts(
    session: Session,
    actor: Actor,
    filters: ShiftFilter,
    *,
    now: datetime,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of the planned shifts of workers whom the actor may read, by (start, id)."""
    binds = visibility_binds(actor, now, Permission.WORKER_READ, includes_self=True) | asdict(filters)
    return _SHIFT_PAGE.read(session, binds, after=after, limit=limit)


_OF_SHIFT = Shift.id == bindparam("shift_id")
_SHIFT = unscoped(
    _shifts(_SHIFT_ITEM).where(_OF_SHIFT), worker="name of the worker of a shift that was changed"
)


def shift_item(session: Session, shift_id: UUID) -> bytes:
    """Return a shift as JSON."""
    item: bytes = session.execute(_SHIFT, {"shift_id": shift_id}).scalar_one()
    return item


_INSERT_SHIFT = insert(Shift).values(
    id=bindparam("id"), worker_id=bindparam("worker_id"), during=period(), note=bindparam("note")
)


def insert_shift(session: Session, values: dict[str, Any]) -> None:
    """Insert a planned shift with the values `id`, `worker_id`, `since`, `until` and `note`."""
    session.execute(_INSERT_SHIFT, values)


_LOCK_SHIFT = (
    select(
        Shift.worker_id,
        start_of(Shift.during).label("since"),
        end_of(Shift.during).label("until"),
        Shift.note,
        Shift.version,
    )
    .where(_OF_SHIFT, Shift.deleted_at.is_(None))
    .with_for_update()
)


def lock_shift(session: Session, shift_id: UUID) -> RowMapping | None:
    """Lock and return a planned shift, or None if there is no such shift."""
    return session.execute(_LOCK_SHIFT, {"shift_id": shift_id}).mappings().one_or_none()


_UPDATE_SHIFT = (
    update(Shift)
    .where(_OF_SHIFT)
    .values(worker_id=bindparam("worker_id"), note=bindparam("note"), during=period())
    .returning(Shift.version)
)


def update_shift(session: Session, shift_id: UUID, values: dict[str, Any]) -> int:
    """Update `worker_id`, `since`, `until` and `note` of a shift, and return its new version."""
    return session.execute(_UPDATE_SHIFT, values | {"shift_id": shift_id}).scalar_one()


_SHIFT_WORKER = select(Shift.worker_id).where(_OF_SHIFT, Shift.deleted_at.is_(None))


def shift_worker(session: Session, shift_id: UUID) -> UUID | None:
    """Return the id of the worker of a planned shift, or None if there is no such shift."""
    return session.scalar(_SHIFT_WORKER, {"shift_id": shift_id})


_EXPECTED = bindparam("expected", type_=BigInteger())
_DELETE_SHIFT = (
    update(Shift)
    .where(_OF_SHIFT, Shift.deleted_at.is_(None), or_(_EXPECTED.is_(None), Shift.version == _EXPECTED))
    .values(deleted_at=instant("deleted_at"))
    .returning(Shift.id)
)


def delete_shift(session: Session, shift_id: UUID, *, expected: int | None, at: datetime) -> bool:
    """Mark a shift as deleted if it has the version `expected`; None: any version.

    Returns False, and changes nothing, if it has another version.
    """
    binds = {"shift_id": shift_id, "expected": expected, "deleted_at": at}
    return session.scalar(_DELETE_SHIFT, binds) is not None
