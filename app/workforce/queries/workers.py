"""Statements of workers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.workforce.models import Worker
from app.workforce.queries.visible import visible, visible_area, visible_binds, works_in

_FROM = """
  worker w
  left join worker_load l on l.worker_id = w.id
  left join duty d
    on d.worker_id = w.id and d.deleted_at is null and d.during @> cast(:scope_now as timestamptz)
"""

_ITEM = """
  json_build_object(
    'id', w.id, 'name', w.name, 'capacity', w.capacity, 'skills', w.skills, 'permits', w.permits,
    'open_work', coalesce(l.open_work, 0), 'on_duty', d.id is not null, 'on_duty_since', lower(d.during),
    'grids', (
      select coalesce(json_agg(json_build_object(
        'id', v.area_id, 'code', v.code, 'name', v.name, 'role', r.role) order by v.code, r.role), '[]')
      from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
      where r.worker_id = w.id and r.deleted_at is null and r.valid @> cast(:scope_now as timestamptz)),
    'version', w.version)
"""

# The paths in and under which a `within` filter looks.
_WITHIN = "ARRAY(select p.path from area_version p where p.area_id = :within and upper_inf(p.valid))"


def workers(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    within: UUID | None,
    on_duty: bool | None,
    q: str | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of the workers in scope, in the order of (name, id)."""
    sql = f"""
      with page as (
        select w.name, w.id, {_ITEM} item
        from {_FROM}
        where w.deleted_at is null and {visible()}
          and (cast(:within as uuid) is null or {works_in(_WITHIN)})
          and (cast(:on_duty as boolean) is null or (d.id is not null) = :on_duty)
          and (cast(:q as text) is null or position(lower(:q) in lower(w.name)) > 0)
          and (cast(:after_name as text) is null or (w.name, w.id) > (:after_name, cast(:after_id as uuid)))
        order by w.name, w.id limit :limit + 1),
      shown as (select * from page order by name, id limit :limit)
      select (select coalesce(json_agg(item order by name, id), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[name, id::text] from shown order by name desc, id desc limit 1) last_key
    """
    after_name, after_id = after or (None, None)
    binds = visible_binds(actor, now, Permission.WORKER_READ, includes_self=True)
    binds |= {"within": within, "on_duty": on_duty, "q": q, "limit": limit}
    binds |= {"after_name": after_name, "after_id": after_id}
    return session.execute(text(sql), binds).mappings().one()


def worker(session: Session, actor: Actor, worker_id: UUID, *, now: datetime) -> RowMapping | None:
    """A worker in scope, or the actor herself: `version` and `item` as JSON bytes."""
    sql = f"""
      select w.version, {_ITEM} item from {_FROM}
      where w.id = :worker_id and w.deleted_at is null and {visible()}
    """
    binds = visible_binds(actor, now, Permission.WORKER_READ, includes_self=True) | {"worker_id": worker_id}
    return session.execute(text(sql), binds).mappings().one_or_none()


def account_to_enrol(
    session: Session, actor: Actor, account_id: UUID, *, now: datetime, roles: Sequence[str]
) -> RowMapping | None:
    """An account in reach: its `name`, and whether it holds, in reach, one of `roles`."""
    sql = f"""
      select a.name, coalesce(bool_or(g.role = any(cast(:roles as text[]))), false) has_role
      from account a
      left join account_grant g
        on g.account_id = a.id and g.revoked_at is null and g.deleted_at is null
          and {visible_area("g.area_id")}
      where a.id = :account_id and a.deleted_at is null
      group by a.id
      having :scope_everywhere or count(g.id) > 0
    """
    binds = visible_binds(actor, now, Permission.WORKER_EDIT, includes_self=False)
    binds |= {"account_id": account_id, "roles": list(roles)}
    return session.execute(text(sql), binds).mappings().one_or_none()


_INSERT_WORKER = sql_text("""
  with new_worker as (
    insert into worker (id, name, capacity, skills, permits, created_at)
    values (:id, :name, :capacity, cast(:skills as text[]), cast(:permits as jsonb), :at) returning id)
  insert into worker_load (worker_id) select id from new_worker
""")


def insert_worker(
    session: Session,
    *,
    account_id: UUID,
    name: str,
    capacity: int,
    skills: Sequence[str],
    permits: str,
    at: datetime,
) -> None:
    """Store a worker and the counter of the worker's open work.

    Args:
        permits: JSON object: until when each permit lasts, by skill.
    """
    binds = {"id": account_id, "name": name, "capacity": capacity, "skills": list(skills)}
    binds |= {"permits": permits, "at": at}
    session.execute(_INSERT_WORKER, binds)


# A skill that goes takes its permit with it: `permits` may only name skills of the worker (check constraint).
_UPDATE_WORKER = sql_text("""
  update worker set name = coalesce(:name, name), capacity = coalesce(:capacity, capacity),
                    skills = coalesce(cast(:skills as text[]), skills),
                    permits = coalesce(cast(:permits as jsonb), permits - array(
                      select k from jsonb_object_keys(permits) k
                      where k <> all(coalesce(cast(:skills as text[]), skills))))
  where id = :worker_id and deleted_at is null
    and (cast(:expected as bigint) is null or version = :expected)
  returning id
""")


def update_worker(
    session: Session, worker_id: UUID, *, expected: int | None, changes: dict[str, Any]
) -> bool:
    """Store changes of a worker. Return False if the version is not `expected`; None expects any."""
    binds = {"name": None, "capacity": None, "skills": None, "permits": None} | changes
    binds |= {"worker_id": worker_id, "expected": expected}
    return session.scalar(_UPDATE_WORKER, binds) is not None


_SKILLS = select(Worker.skills).where(Worker.id == bindparam("worker_id"))


def skills_of(session: Session, worker_id: UUID) -> list[str]:
    """Return the skills of a worker."""
    return session.execute(_SKILLS, {"worker_id": worker_id}).scalar_one()


# Not FOR UPDATE, which would hold up every insert of a row that refers to the worker (offers, positions).
_LOCK_WORKER = (
    select(Worker.id)
    .where(Worker.id == bindparam("worker_id"), Worker.deleted_at.is_(None))
    .with_for_update(key_share=True)
)


def lock_worker(session: Session, worker_id: UUID) -> bool:
    """Lock a worker until the transaction ends, so that changes of duty follow each other. Return False for no worker."""
    return session.scalar(_LOCK_WORKER, {"worker_id": worker_id}) is not None
