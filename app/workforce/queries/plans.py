"""SQL of responsibilities (who looks after what) and shifts (when duty is planned)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, RowMapping, bindparam, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce.models import Responsibility, Shift
from app.workforce.queries.periods import EMPTY_PERIOD, end_of, instant, period, start_of
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
    binds = visible_binds(actor, now, Permission.WORKER_READ, includes_self=True)
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
    binds = visible_binds(actor, now, Permission.WORKER_EDIT, includes_self=False) | {"id": responsibility_id}
    return session.execute(text(sql), binds).mappings().one_or_none()


_INSERT_RESPONSIBILITY = insert(Responsibility).values(
    id=bindparam("id"),
    worker_id=bindparam("worker_id"),
    area_id=bindparam("area_id"),
    role=bindparam("role"),
    valid=period(),
)


def insert_responsibility(session: Session, values: dict[str, Any]) -> None:
    """Store a responsibility: `id`, `worker_id`, `area_id`, `role`, `since` and `until` (None: without end)."""
    session.execute(_INSERT_RESPONSIBILITY, values)


_OF_RESPONSIBILITY = Responsibility.id == bindparam("responsibility_id")
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
    """Delete a responsibility that never came into force. Its period becomes empty, so that no other one overlaps it."""
    session.execute(_WITHDRAW_RESPONSIBILITY, {"responsibility_id": responsibility_id, "deleted_at": at})


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
    binds = visible_binds(actor, now, Permission.WORKER_READ, includes_self=True)
    binds |= {"since": since, "until": until, "worker_id": worker_id, "within": within, "limit": limit}
    binds |= {"after_since": after_since, "after_id": after_id}
    return session.execute(text(sql), binds).mappings().one()


def shift_item(session: Session, shift_id: UUID) -> bytes:
    sql = f"select {_SHIFT} from shift s join worker w on w.id = s.worker_id where s.id = :id"
    result: bytes = session.execute(text(sql), {"id": shift_id}).scalar_one()
    return result


_INSERT_SHIFT = insert(Shift).values(
    id=bindparam("id"), worker_id=bindparam("worker_id"), during=period(), note=bindparam("note")
)


def insert_shift(session: Session, values: dict[str, Any]) -> None:
    """Store a shift: `id`, `worker_id`, `since`, `until` and `note`."""
    session.execute(_INSERT_SHIFT, values)


_OF_SHIFT = Shift.id == bindparam("shift_id")
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
    """Return a planned shift, locked until the transaction ends, or None."""
    return session.execute(_LOCK_SHIFT, {"shift_id": shift_id}).mappings().one_or_none()


_UPDATE_SHIFT = (
    update(Shift)
    .where(_OF_SHIFT)
    .values(worker_id=bindparam("worker_id"), note=bindparam("note"), during=period())
    .returning(Shift.version)
)


def update_shift(session: Session, shift_id: UUID, values: dict[str, Any]) -> int:
    """Store `worker_id`, `since`, `until` and `note` of a shift. Return its new version."""
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
    """Mark a shift as deleted. Return False if its version is not `expected`; None expects any."""
    binds = {"shift_id": shift_id, "expected": expected, "deleted_at": at}
    return session.scalar(_DELETE_SHIFT, binds) is not None
