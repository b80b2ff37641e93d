"""SQL of substitutions: who stands in for an absent worker, on which grids, until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Uuid, any_, bindparam, exists, insert, select, text, update
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Account
from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.core.ids import uuid7
from app.workforce.models import Responsibility, Substitution, Worker
from app.workforce.queries.periods import end_of, ended_at, instant, period, start_of
from app.workforce.queries.visible import visible, visible_area, visible_binds, works_in
from app.workforce.scope import text_of, works_for

_WITHIN = "ARRAY(select p.path from area_version p where p.area_id = :within and upper_inf(p.valid))"
# Why somebody is absent is for whoever entered it, and for herself.
_ITEM = """
  json_build_object(
    'id', s.id, 'kind', 'absent',
    'worker', json_build_object('id', w.id, 'name', w.name),
    'substitute', json_build_object('id', b.id, 'name', b.name),
    'since', lower(s.during), 'until', upper(s.during),
    'reason', case when :reader_id in (s.recorded_by, s.worker_id) then s.reason end,
    'version', s.version)
"""
_FROM = "substitution s join worker w on w.id = s.worker_id join worker b on b.id = s.substitute_id"


_LOCK_WORKERS = (
    select(Worker.id)
    .where(Worker.id == any_(bindparam("worker_ids", type_=ARRAY(Uuid()))), Worker.deleted_at.is_(None))
    .order_by(Worker.id)
    .with_for_update(key_share=True)
)


def lock_workers(session: Session, worker_ids: Sequence[UUID]) -> int:
    """Lock workers until the transaction ends. Return how many of them exist.

    The locks are taken in the order of ids, so that two substitutions that exchange the same workers cannot deadlock.
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
    """Return True if the worker has a substitute at some time in the period."""
    binds = {"worker_id": worker_id, "since": since, "until": until}
    return bool(session.scalar(_IS_ABSENT_WITHIN, binds))


_IS_ACCOUNT_OPEN = select(
    exists().where(
        Account.id == bindparam("worker_id"), Account.disabled_at.is_(None), Account.deleted_at.is_(None)
    )
)


def is_account_open(session: Session, worker_id: UUID) -> bool:
    """Return True if the worker can sign in, and so take over."""
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
    """Store a substitution from `since` to `until`, recorded at `at`."""
    session.execute(_INSERT_SUBSTITUTION, values)


def grids_of(
    session: Session, actor: Actor, worker_id: UUID, *, since: datetime, until: datetime, now: datetime
) -> set[UUID]:
    """The areas in the actor's reach that the worker looks after at some time in the period."""
    sql = f"""
      select distinct r.area_id from responsibility r
      where r.worker_id = :worker_id and r.deleted_at is null and {visible_area("r.area_id")}
        and r.valid && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
    """
    binds = visible_binds(actor, now, Permission.WORKER_EDIT, includes_self=False)
    binds |= {"worker_id": worker_id, "since": since, "until": until}
    return set(session.scalars(text(sql), binds))


def may_stand_in(session: Session, substitute_id: UUID, area_ids: Sequence[UUID], *, now: datetime) -> bool:
    """Whether the substitute works for the jurisdiction of each area, or for one that has agreed to help it."""
    sql = f"""
      select not exists (
        select 1 from area lent where lent.id = any(cast(:area_ids as uuid[]))
          and not {text_of(works_for, ":substitute_id", "lent.jurisdiction_id")})
    """
    binds = {"substitute_id": substitute_id, "area_ids": list(area_ids), "now": now}
    return bool(session.scalar(text(sql), binds))


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
    """Make the substitute responsible for areas in a period, less the times in which they are their substitute already."""
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
    .execution_options(synchronize_session=False)
)


def return_areas(session: Session, substitution: RowMapping, *, at: datetime) -> None:
    """End the substitute's responsibilities that were made for this substitution: for the worker's areas, until its end."""
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
    """Return a substitution, locked until the transaction ends, or None."""
    binds = {"substitution_id": substitution_id}
    return session.execute(_LOCK_SUBSTITUTION, binds).mappings().one_or_none()


_CLOSE_SUBSTITUTION = (
    update(Substitution).where(_OF_SUBSTITUTION).values(**ended_at(Substitution.during, instant("at")))
)


def close_substitution(session: Session, substitution_id: UUID, *, at: datetime) -> None:
    """End a substitution; one that has not come into force is deleted."""
    session.execute(_CLOSE_SUBSTITUTION, {"substitution_id": substitution_id, "at": at})


def substitution_item(session: Session, reader: Actor, substitution_id: UUID) -> bytes:
    sql = f"select {_ITEM} from {_FROM} where s.id = :id"
    binds = {"id": substitution_id, "reader_id": reader.id}
    result: bytes = session.execute(text(sql), binds).scalar_one()
    return result


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
    """A page by id of the absences in scope, and of those that the actor is part of."""
    sql = f"""
      with page as (
        select s.id, {_ITEM} item from {_FROM}
        where s.deleted_at is null and (s.substitute_id = :reader_id or {visible()})
          and (cast(:at as timestamptz) is null or s.during @> cast(:at as timestamptz))
          and (cast(:worker_id as uuid) is null or :worker_id in (s.worker_id, s.substitute_id))
          and (cast(:within as uuid) is null or {works_in(_WITHIN)})
          and (cast(:after_id as uuid) is null or s.id > :after_id)
        order by s.id limit :limit + 1),
      shown as (select * from page order by id limit :limit)
      select (select coalesce(json_agg(item order by id), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[id::text] from shown order by id desc limit 1) last_key
    """
    binds = visible_binds(actor, now, Permission.WORKER_READ, includes_self=True) | {"reader_id": actor.id}
    binds |= {"at": at, "worker_id": worker_id, "within": within, "limit": limit}
    binds |= {"after_id": after[0] if after else None}
    return session.execute(text(sql), binds).mappings().one()
