"""SQL of substitutions: who stands in for an absent worker, on which grids, until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.ids import uuid7
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


def hold_both(session: Session, worker_ids: Sequence[UUID]) -> int:
    """Hold workers until the transaction ends, always in one order; how many there are."""
    sql = """
      select id from worker where id = any(cast(:ids as uuid[])) and deleted_at is null
      order by id for no key update
    """
    return len(session.execute(text(sql), {"ids": list(worker_ids)}).all())


def is_absent_within(session: Session, worker_id: UUID, *, since: datetime, until: datetime) -> bool:
    """Whether somebody stands in for the worker herself at some time in the period."""
    sql = """
      select exists (select 1 from substitution where worker_id = :worker_id and deleted_at is null
                     and during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz)))
    """
    return bool(session.scalar(text(sql), {"worker_id": worker_id, "since": since, "until": until}))


def is_open_to(session: Session, worker_id: UUID) -> bool:
    """Whether the worker's account is open, so that she can take over."""
    sql = (
        "select exists (select 1 from account where id = :id and disabled_at is null and deleted_at is null)"
    )
    return bool(session.scalar(text(sql), {"id": worker_id}))


def insert_substitution(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into substitution (id, worker_id, substitute_id, during, reason, recorded_by, created_at)
      values (:id, :worker_id, :substitute_id, tstzrange(cast(:since as timestamptz), cast(:until as timestamptz)),
              :reason, :recorded_by, :at)
    """
    session.execute(text(sql), values)


def grids_of(
    session: Session, actor: Actor, worker_id: UUID, *, since: datetime, until: datetime, now: datetime
) -> set[UUID]:
    """The areas in the actor's reach that the worker looks after at some time in the period."""
    sql = f"""
      select distinct r.area_id from responsibility r
      where r.worker_id = :worker_id and r.deleted_at is null and {visible_area("r.area_id")}
        and r.valid && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
    """
    binds = visible_binds(actor, now, Permission.WORKER_EDIT, herself=False)
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


def lend_areas(
    session: Session, substitute_id: UUID, area_ids: Sequence[UUID], *, since: datetime, until: datetime
) -> None:
    """Let the substitute look after areas in a time, less the times in which she does so as a substitute already."""
    sql = """
      select a.area_id, lower(piece) since, upper(piece) until
      from unnest(cast(:area_ids as uuid[])) a(area_id)
      cross join lateral unnest(
        tstzmultirange(tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))) - coalesce(
          (select range_agg(e.valid) from responsibility e
           where e.worker_id = :substitute_id and e.area_id = a.area_id and e.role = 'substitute'),
          '{}'::tstzmultirange)) piece
    """
    binds: dict[str, Any] = {"substitute_id": substitute_id, "area_ids": list(area_ids)}
    rows = session.execute(text(sql), binds | {"since": since, "until": until}).mappings().all()
    insert = """
      insert into responsibility (id, worker_id, area_id, role, valid)
      values (:id, :worker_id, :area_id, 'substitute', tstzrange(:since, :until))
    """
    if rows:
        session.execute(text(insert), [{"id": uuid7(), "worker_id": substitute_id, **row} for row in rows])


def take_areas_back(session: Session, result: RowMapping, *, at: datetime) -> None:
    """End what the substitute looks after for this absence: on the absent worker's areas, until the same instant."""
    sql = """
      update responsibility r set
        valid = case when lower(r.valid) >= :at then 'empty' else tstzrange(lower(r.valid), :at) end,
        deleted_at = case when lower(r.valid) >= :at then cast(:at as timestamptz) end
      where r.worker_id = :substitute_id and r.role = 'substitute' and r.deleted_at is null
        and upper(r.valid) = :until
        and exists (select 1 from responsibility o where o.area_id = r.area_id and o.worker_id = :worker_id)
    """
    names = ("substitute_id", "worker_id", "until")
    session.execute(text(sql), {name: result[name] for name in names} | {"at": at})


def lock_substitution(session: Session, substitution_id: UUID) -> RowMapping | None:
    sql = """
      select id, worker_id, substitute_id, lower(during) since, upper(during) until from substitution
      where id = :id and deleted_at is null for update
    """
    return session.execute(text(sql), {"id": substitution_id}).mappings().one_or_none()


def close_substitution(session: Session, substitution_id: UUID, *, at: datetime) -> None:
    """One that never came into force leaves no time behind, so that it is in nobody's way."""
    sql = """
      update substitution set
        during = case when lower(during) >= :at then 'empty' else tstzrange(lower(during), :at) end,
        deleted_at = case when lower(during) >= :at then cast(:at as timestamptz) end
      where id = :id
    """
    session.execute(text(sql), {"id": substitution_id, "at": at})


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
    binds = visible_binds(actor, now, Permission.WORKER_READ, herself=True) | {"reader_id": actor.id}
    binds |= {"at": at, "worker_id": worker_id, "within": within, "limit": limit}
    binds |= {"after_id": after[0] if after else None}
    return session.execute(text(sql), binds).mappings().one()
