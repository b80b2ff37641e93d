"""Statements on substitutions: another worker takes over the grids of an absent worker."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    RowMapping,
    Select,
    Uuid,
    any_,
    bindparam,
    case,
    exists,
    insert,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Account
from app.areas.models import Area
from app.core.actor import Actor, Permission
from app.core.db import sql_text, unscoped
from app.core.ids import uuid7
from app.core.json_sql import JsonPage, json_object
from app.workforce.models import Responsibility, Substitution, Worker
from app.workforce.queries.periods import end_of, ended_at, instant, period, start_of
from app.workforce.queries.visible import area_visibility, visibility_binds, worker_visibility, works_within
from app.workforce.scope import works_for

_LOCK_WORKERS = (
    select(Worker.id)
    .where(Worker.id == any_(bindparam("worker_ids", type_=ARRAY(Uuid()))), Worker.deleted_at.is_(None))
    .order_by(Worker.id)
    .with_for_update(key_share=True)
)


def lock_workers(session: Session, worker_ids: Sequence[UUID]) -> int:
    """Lock these workers until the transaction ends, and return how many of them exist.

    The rows are locked in the order of ids. Two substitutions with the same two workers therefore cannot deadlock.
    """
    return len(session.execute(_LOCK_WORKERS, {"worker_ids": list(worker_ids)}).all())


_IS_ABSENT_WITHIN = select(
    exists().where(
        Substitution.worker_id == bindparam("worker_id"),
        Substitution.deleted_at.is_(None),
        Substitution.during.overlaps(period()),
    )
)


def is_absent_within(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> bool:
    """Return True if another worker substitutes for the worker at some time in the period."""
    binds = {"worker_id": worker_id, "since": since, "until": until}
    return bool(session.scalar(_IS_ABSENT_WITHIN, binds))


_IS_ACCOUNT_OPEN = select(
    exists().where(
        Account.id == bindparam("worker_id"), Account.disabled_at.is_(None), Account.deleted_at.is_(None)
    )
)


def is_account_open(session: Session, worker_id: UUID) -> bool:
    """Return True if the account of the worker is open, so that they can become a substitute."""
    return bool(session.scalar(_IS_ACCOUNT_OPEN, {"worker_id": worker_id}))


_INSERT_SUBSTITUTION = insert(Substitution).values(
    id=bindparam("id"),
    worker_id=bindparam("worker_id"),
    substitute_id=bindparam("substitute_id"),
    during=period(),
    reason=bindparam("reason"),
    recorded_by=bindparam("recorded_by"),
    created_at=instant("at"),
)


def insert_substitution(session: Session, values: dict[str, Any]) -> None:
    """Insert a substitution from `since` to `until`. `at` is the time at which it is recorded."""
    session.execute(_INSERT_SUBSTITUTION, values)


_GRIDS_OF = (
    select(Responsibility.area_id)
    .where(
        Responsibility.worker_id == bindparam("worker_id"),
        Responsibility.deleted_at.is_(None),
        area_visibility(Responsibility.area_id, Responsibility),
        Responsibility.valid.overlaps(period()),
    )
    .distinct()
)


def grids_of(
    session: Session, actor: Actor, worker_id: UUID, *, since: datetime, until: datetime, now: datetime
) -> set[UUID]:
    """Return the areas for which a worker is responsible in a period, to lend them to another.

    Areas where the actor may not edit workers are left out.
    """
    binds = visibility_binds(actor, now, Permission.WORKER_EDIT)
    binds |= {"worker_id": worker_id, "since": since, "until": until}
    return set(session.scalars(_GRIDS_OF, binds))


_WORKS_FOR_ALL = select(
    ~exists().where(
        Area.id == any_(bindparam("area_ids", None, ARRAY(Uuid()))),
        not_(works_for(bindparam("substitute_id", None, Uuid()), Area.jurisdiction_id)),
    )
)


def works_for_all(session: Session, substitute_id: UUID, area_ids: Sequence[UUID], *, now: datetime) -> bool:
    """Return True if the substitute may work in the jurisdictions of all these areas.

    A worker may work in their own jurisdiction and in neighbours with which it has an agreement.
    """
    binds = {"substitute_id": substitute_id, "area_ids": list(area_ids), "now": now}
    return bool(session.scalar(_WORKS_FOR_ALL, binds))


_UNCOVERED_PERIODS = sql_text("""
  select wanted.area_id, lower(uncovered) since, upper(uncovered) until
  from unnest(cast(:area_ids as uuid[])) wanted(area_id)
  cross join lateral unnest(
    tstzmultirange(tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))) - coalesce(
      (select range_agg(r.valid) from responsibility r
       where r.worker_id = :substitute_id and r.area_id = wanted.area_id and r.role = 'substitute'),
      cast('{}' as tstzmultirange))) uncovered
""")
_INSERT_RESPONSIBILITIES = insert(Responsibility).values(
    id=bindparam("id"),
    worker_id=bindparam("worker_id"),
    area_id=bindparam("area_id"),
    role="substitute",
    valid=period(),
)


def lend_areas(
    session: Session, substitute_id: UUID, area_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> None:
    """Make the substitute responsible for the areas of an absent worker in a period.

    If the substitute has the role `substitute` in an area already for a part of the period, only the remaining part is added.
    """
    binds: dict[str, Any] = {"substitute_id": substitute_id, "area_ids": list(area_ids)}
    binds |= {"since": since, "until": until}
    rows = session.execute(_UNCOVERED_PERIODS, binds).mappings().all()
    if rows:
        session.execute(
            _INSERT_RESPONSIBILITIES, [{"id": uuid7(), "worker_id": substitute_id, **row} for row in rows]
        )


_ABSENT_WORKERS = aliased(Responsibility, name="absent_workers")
_RETURN_AREAS = (
    update(Responsibility)
    .where(
        Responsibility.worker_id == bindparam("substitute"),
        Responsibility.role == "substitute",
        Responsibility.deleted_at.is_(None),
        end_of(Responsibility.valid) == instant("until"),
        exists().where(
            _ABSENT_WORKERS.area_id == Responsibility.area_id,
            _ABSENT_WORKERS.worker_id == bindparam("absent_worker"),
        ),
    )
    .values(**ended_at(Responsibility.valid, instant("at")))
)


def return_areas(session: Session, substitution: RowMapping, *, at: datetime) -> None:
    """End the responsibilities that the substitute got by this substitution.

    These are responsibilities for areas of the absent worker with the same end as the substitution.
    """
    binds = {"substitute": substitution["substitute_id"], "absent_worker": substitution["worker_id"]}
    session.execute(_RETURN_AREAS, binds | {"until": substitution["until"], "at": at})


_OF_SUBSTITUTION = Substitution.id == bindparam("substitution_id")
_LOCK_SUBSTITUTION = (
    select(
        Substitution.id,
        Substitution.worker_id,
        Substitution.substitute_id,
        start_of(Substitution.during).label("since"),
        end_of(Substitution.during).label("until"),
    )
    .where(_OF_SUBSTITUTION, Substitution.deleted_at.is_(None))
    .with_for_update()
)


def lock_substitution(session: Session, substitution_id: UUID) -> RowMapping | None:
    """Lock and return a substitution, or None if there is no such substitution."""
    binds = {"substitution_id": substitution_id}
    return session.execute(_LOCK_SUBSTITUTION, binds).mappings().one_or_none()


_CLOSE_SUBSTITUTION = (
    update(Substitution).where(_OF_SUBSTITUTION).values(**ended_at(Substitution.during, instant("at")))
)


def close_substitution(session: Session, substitution_id: UUID, *, at: datetime) -> None:
    """End a substitution. A substitution that has not come into force is marked as deleted."""
    session.execute(_CLOSE_SUBSTITUTION, {"substitution_id": substitution_id, "at": at})


_SUBSTITUTE = aliased(Worker, name="substitute")
_READER_ID = bindparam("reader_id", None, Uuid())
# Only the account that recorded an absence and the absent worker may read its reason.
_REASON = case((_READER_ID.in_([Substitution.recorded_by, Substitution.worker_id]), Substitution.reason))
_ITEM = json_object(
    id=Substitution.id,
    kind=literal_column("'absent'"),
    worker=json_object(id=Worker.id, name=Worker.name),
    substitute=json_object(id=_SUBSTITUTE.id, name=_SUBSTITUTE.name),
    since=start_of(Substitution.during),
    until=end_of(Substitution.during),
    reason=_REASON,
    version=Substitution.version,
).label("item")


def _substitutions(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Substitution)
        .join(Worker, Worker.id == Substitution.worker_id)
        .join(_SUBSTITUTE, _SUBSTITUTE.id == Substitution.substitute_id)
    )


_SUBSTITUTION = unscoped(
    _substitutions(_ITEM).where(_OF_SUBSTITUTION), worker="names in a substitution that was changed"
)


def substitution_item(session: Session, reader: Actor, substitution_id: UUID) -> bytes:
    """Return a substitution as JSON, with only the fields that `reader` may read."""
    binds = {"substitution_id": substitution_id, "reader_id": reader.id}
    item: bytes = session.execute(_SUBSTITUTION, binds).scalar_one()
    return item


_WORKER_ID = bindparam("worker_id", None, Uuid())
_SUBSTITUTION_PAGE = JsonPage(
    _substitutions(Substitution.id, _ITEM).where(
        Substitution.deleted_at.is_(None),
        or_(Substitution.substitute_id == _READER_ID, worker_visibility()),
        or_(instant("at").is_(None), Substitution.during.contains(instant("at"))),
        or_(_WORKER_ID.is_(None), _WORKER_ID.in_([Substitution.worker_id, Substitution.substitute_id])),
        works_within(),
    ),
    "id",
)


def substitutions(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    at: datetime | None,
    worker_id: UUID | None,
    within: UUID | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """Return a page of substitutions that the actor may read, by id.

    These are substitutions of workers in the actor's scope, and those in which the actor is absent or the substitute.

    Args:
        at: Only substitutions in force at this instant.
        worker_id: Only substitutions in which this worker is absent or the substitute.
        within: Only substitutions of workers who work in or under this area.
    """
    binds = visibility_binds(actor, now, Permission.WORKER_READ, includes_self=True) | {"reader_id": actor.id}
    binds |= {"at": at, "worker_id": worker_id, "within": within}
    return _SUBSTITUTION_PAGE.read(session, binds, after=after, limit=limit)
