"""SQL of responsibilities (who looks after what) and shifts (when duty is planned)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce.queries.visible import visible, visible_area, visible_binds, works_in

_RESPONSIBILITY = """
  json_build_object('id', r.id, 'worker_id', r.worker_id, 'worker_name', w.name,
    'area', json_build_object('id', r.area_id, 'code', v.code, 'name', v.name, 'level', v.level),
    'role', r.role, 'since', lower(r.valid), 'until', upper(r.valid), 'version', r.version)
"""
_RESPONSIBILITY_FROM = """
  responsibility r join worker w on w.id = r.worker_id
  left join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
"""
_WITHIN = "ARRAY(select p.path from area_version p where p.area_id = :within and upper_inf(p.valid))"


def responsibilities(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    at: datetime | None,
    worker_id: UUID | None,
    area_id: UUID | None,
    within: UUID | None,
    role: str | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of the responsibilities in scope and the actor's own; with `at`, those valid at that instant."""
    sql = f"""
      with page as (
        select r.id, {_RESPONSIBILITY} item
        from {_RESPONSIBILITY_FROM}
        where r.deleted_at is null and (r.worker_id = :scope_actor_id or {visible_area("r.area_id")})
          and (cast(:at as timestamptz) is null or r.valid @> cast(:at as timestamptz))
          and (cast(:worker_id as uuid) is null or r.worker_id = :worker_id)
          and (cast(:area_id as uuid) is null or r.area_id = :area_id)
          and (cast(:within as uuid) is null or v.path <@ any({_WITHIN}))
          and (cast(:role as text) is null or r.role = :role)
          and (cast(:after_id as uuid) is null or r.id > :after_id)
        order by r.id limit :limit + 1),
      shown as (select * from page order by id limit :limit)
      select (select coalesce(json_agg(item order by id), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[id::text] from shown order by id desc limit 1) last_key
    """
    binds = visible_binds(actor, now, Permission.WORKER_READ, herself=True)
    binds |= {"at": at, "worker_id": worker_id, "area_id": area_id, "within": within, "role": role}
    binds |= {"after_id": after[0] if after else None, "limit": limit}
    return session.execute(text(sql), binds).mappings().one()


def responsibility_item(session: Session, responsibility_id: UUID) -> bytes:
    sql = f"select {_RESPONSIBILITY} from {_RESPONSIBILITY_FROM} where r.id = :id"
    result: bytes = session.execute(text(sql), {"id": responsibility_id}).scalar_one()
    return result


def lock_responsibility(
    session: Session, actor: Actor, responsibility_id: UUID, *, now: datetime
) -> RowMapping | None:
    """A responsibility whose area the actor may edit, held until the transaction ends."""
    sql = f"""
      select r.worker_id, r.area_id, lower(r.valid) since, upper(r.valid) until
      from responsibility r
      where r.id = :id and r.deleted_at is null and {visible_area("r.area_id")} for update
    """
    binds = visible_binds(actor, now, Permission.WORKER_EDIT, herself=False) | {"id": responsibility_id}
    return session.execute(text(sql), binds).mappings().one_or_none()


def insert_responsibility(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into responsibility (id, worker_id, area_id, role, valid)
      values (:id, :worker_id, :area_id, :role,
              tstzrange(cast(:since as timestamptz), cast(:until as timestamptz)))
    """
    session.execute(text(sql), values)


def close_responsibility(session: Session, responsibility_id: UUID, *, until: datetime) -> None:
    sql = """
      update responsibility set valid = tstzrange(lower(valid), cast(:until as timestamptz)) where id = :id
    """
    session.execute(text(sql), {"id": responsibility_id, "until": until})


def withdraw_responsibility(session: Session, responsibility_id: UUID, *, at: datetime) -> None:
    """One that never came into force leaves no time behind, so that it is in nobody's way."""
    sql = "update responsibility set valid = 'empty', deleted_at = :at where id = :id"
    session.execute(text(sql), {"id": responsibility_id, "at": at})


# --- shifts ---------------------------------------------------------------------------------

_SHIFT = """
  json_build_object('id', s.id, 'worker_id', s.worker_id, 'worker_name', w.name,
    'since', lower(s.during), 'until', upper(s.during), 'note', s.note, 'version', s.version)
"""


def shifts(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    since: datetime | None,
    until: datetime | None,
    worker_id: UUID | None,
    within: UUID | None,
    after: list[str] | None,
    limit: int,
) -> RowMapping:
    """A page of the planned shifts in scope that touch [since, until), in the order of (start, id)."""
    sql = f"""
      with page as (
        select lower(s.during) since, s.id, {_SHIFT} item
        from shift s join worker w on w.id = s.worker_id
        where s.deleted_at is null and w.deleted_at is null and {visible()}
          and s.during && tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
          and (cast(:worker_id as uuid) is null or s.worker_id = :worker_id)
          and (cast(:within as uuid) is null or {works_in(_WITHIN)})
          and (cast(:after_since as timestamptz) is null
               or (lower(s.during), s.id) > (cast(:after_since as timestamptz), cast(:after_id as uuid)))
        order by lower(s.during), s.id limit :limit + 1),
      shown as (select * from page order by since, id limit :limit)
      select (select coalesce(json_agg(item order by since, id), '[]') from shown) items,
             (select count(*) from page) n,
             (select array[since::text, id::text] from shown order by since desc, id desc limit 1) last_key
    """
    after_since, after_id = after or (None, None)
    binds = visible_binds(actor, now, Permission.WORKER_READ, herself=True)
    binds |= {"since": since, "until": until, "worker_id": worker_id, "within": within, "limit": limit}
    binds |= {"after_since": after_since, "after_id": after_id}
    return session.execute(text(sql), binds).mappings().one()


def shift_item(session: Session, shift_id: UUID) -> bytes:
    sql = f"select {_SHIFT} from shift s join worker w on w.id = s.worker_id where s.id = :id"
    result: bytes = session.execute(text(sql), {"id": shift_id}).scalar_one()
    return result


def insert_shift(session: Session, values: dict[str, Any]) -> None:
    sql = """
      insert into shift (id, worker_id, during, note)
      values (:id, :worker_id, tstzrange(cast(:since as timestamptz), cast(:until as timestamptz)), :note)
    """
    session.execute(text(sql), values)


def lock_shift(session: Session, shift_id: UUID) -> RowMapping | None:
    """A planned shift, held until the transaction ends."""
    sql = """
      select worker_id, lower(during) since, upper(during) until, note, version from shift
      where id = :id and deleted_at is null for update
    """
    return session.execute(text(sql), {"id": shift_id}).mappings().one_or_none()


def update_shift(session: Session, shift_id: UUID, values: dict[str, Any]) -> int:
    """The new version."""
    sql = """
      update shift set worker_id = :worker_id, note = :note,
        during = tstzrange(cast(:since as timestamptz), cast(:until as timestamptz))
      where id = :id returning version
    """
    return int(session.execute(text(sql), values | {"id": shift_id}).scalar_one())


def shift_worker(session: Session, shift_id: UUID) -> UUID | None:
    """Whose shift it is."""
    result: UUID | None = session.scalar(
        text("select worker_id from shift where id = :id and deleted_at is null"), {"id": shift_id}
    )
    return result


def retire_shift(session: Session, shift_id: UUID, *, expected: int | None, at: datetime) -> bool:
    """False when the version is not the expected one."""
    sql = """
      update shift set deleted_at = :at
      where id = :id and deleted_at is null and (cast(:expected as bigint) is null or version = :expected)
      returning id
    """
    return session.scalar(text(sql), {"id": shift_id, "expected": expected, "at": at}) is not None
