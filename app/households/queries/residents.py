"""Residents. Names and telephones leave here masked, or through `facts` for a disclosure. Care tags are in `care`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, RowMapping, Text, Uuid, bindparam, func, select, text, update
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.households.models import Resident
from app.households.queries.households import RESIDENT
from app.households.queries.row_conditions import IDS, has_expected_version
from app.workforce.scope import reach

FACTS = ("name", "phone", "is_registered_here", "lives_here", "registered_at", "birth_year")

_IS_RESIDENT = Resident.id == bindparam("resident_id")
_IS_LIVE = Resident.deleted_at.is_(None)
_FACTS = select(
    Resident.name,
    Resident.phone,
    Resident.is_registered_here,
    Resident.lives_here,
    Resident.registered_at,
    Resident.birth_year,
).where(_IS_LIVE)
_FACTS_OF_ONE = _FACTS.where(_IS_RESIDENT)
_FACTS_OF_EACH = _FACTS.add_columns(Resident.id).where(Resident.id == IDS)
_HOME = select(Resident.household_id).where(_IS_RESIDENT, _IS_LIVE)
_IS_MEMBER = select(Resident.id).where(
    _IS_RESIDENT, _IS_LIVE, Resident.household_id == bindparam("household_id")
)
_NOT_ERASED = (
    select(Resident.id).where(Resident.id == IDS, Resident.erased_at.is_(None)).order_by(Resident.id)
)
# Sets the columns that are among the keys of its parameters: FACTS.
_UPDATE = (
    update(Resident).where(_IS_RESIDENT, _IS_LIVE, has_expected_version(Resident)).returning(Resident.id)
)
_HOMES_EVER = """
  select household_id from resident where id = :id
  union select cast(row ->> 'household_id' as uuid) from fact_history where entity = 'resident' and row_id = :id
"""
_MOVE = text("""
  with home as (select id, grid_id, scope_path from household where id = :to_id),
  moved_resident as (
    update resident r set household_id = home.id, grid_id = home.grid_id, scope_path = home.scope_path
    from home where r.id = :resident_id and r.household_id = :from_id and r.deleted_at is null
      and (cast(:expected as bigint) is null or r.version = :expected)
    returning r.id, home.id home_id, home.grid_id),
  moved_care_tag as (
    update care_tag c set household_id = m.home_id, grid_id = m.grid_id from moved_resident m
    where c.resident_id = m.id),
  moved_consent as (
    update consent c set household_id = m.home_id, grid_id = m.grid_id from moved_resident m
    where c.resident_id = m.id)
  select true from moved_resident
""")
_INSERT = text("""
  insert into resident (id, household_id, grid_id, scope_path, name, phone, is_registered_here, lives_here,
                        registered_at, birth_year, created_at)
  select :id, h.id, h.grid_id, h.scope_path, :name, :phone, :is_registered_here, :lives_here,
         :registered_at, :birth_year, :at
  from household h where h.id = :household_id
  on conflict (id) do nothing returning id
""")
_UPDATE_EACH = text("""
  update resident r set name = c.name, phone = c.phone, is_registered_here = c.is_registered_here,
    lives_here = c.lives_here, registered_at = c.registered_at, birth_year = c.birth_year
  from jsonb_to_recordset(cast(:changes as jsonb))
    c(id uuid, version bigint, name text, phone text, is_registered_here boolean, lives_here boolean,
      registered_at text, birth_year int)
  where r.id = c.id and r.deleted_at is null and r.version = c.version returning 1
""")
ERASE_HISTORY = select(
    func.erase_history(bindparam("entity", type_=Text()), bindparam("ids", type_=ARRAY(Uuid)))
)


def resident(session: Session, resident_id: UUID, *, today: date) -> RowMapping:
    """A resident of whom the caller has found that the actor may read: `version` and `item` as JSON bytes."""
    sql = f"select r.version, {RESIDENT} item from resident r where r.id = :id"
    return session.execute(text(sql), {"id": resident_id, "today": today}).mappings().one()


def household_of(
    session: Session,
    actor: Actor,
    *,
    table: str,
    row_id: UUID,
    permission: Permission,
    now: datetime,
    is_ended: bool = False,
) -> UUID | None:
    """The household on which a living row of `table` (a name of ours), or an ended one, hangs, where the actor holds
    `permission`."""
    there, binds = reach(actor, permission, "h.scope_path", now=now)
    sql = f"""
      select h.id from {table} x join household h on h.id = x.household_id and h.deleted_at is null
      where x.id = :id and x.deleted_at is {"not null" if is_ended else "null"} and {there}
    """
    result: UUID | None = session.scalar(text(sql), binds | {"id": row_id})
    return result


def homes_of(
    session: Session, actor: Actor, ids: Sequence[UUID], permission: Permission, *, now: datetime
) -> dict[UUID, UUID]:
    """The households of those of some living residents over whom the actor holds `permission`."""
    there, binds = reach(actor, permission, "h.scope_path", now=now)
    sql = f"""
      select x.id, h.id home from resident x join household h on h.id = x.household_id and h.deleted_at is null
      where x.id = any(:ids) and x.deleted_at is null and {there}
    """
    return {row.id: row.home for row in session.execute(sql_text(sql), binds | {"ids": list(ids)})}


def homes_ever(session: Session, resident_id: UUID) -> Sequence[UUID]:
    """Return the households where a resident lives or lived."""
    return session.scalars(text(_HOMES_EVER), {"id": resident_id}).all()


def home_of(session: Session, resident_id: UUID) -> UUID | None:
    """Return the household where a resident lives now. None: the resident is unknown or was erased."""
    return session.scalar(_HOME, {"resident_id": resident_id})


def is_member(session: Session, resident_id: UUID, household_id: UUID) -> bool:
    """Return True if the resident lives in the household now."""
    binds = {"resident_id": resident_id, "household_id": household_id}
    return session.scalar(_IS_MEMBER, binds) is not None


def move(session: Session, resident_id: UUID, *, from_id: UUID, to_id: UUID, expected: int | None) -> bool:
    """Move a resident to another household, with care tags and consents.

    Return False if the resident has another version than `expected`, or does not live in `from_id` any more.
    """
    binds = {"resident_id": resident_id, "from_id": from_id, "to_id": to_id, "expected": expected}
    return session.scalar(_MOVE, binds) is not None


def insert_resident(session: Session, values: dict[str, Any]) -> bool:
    """Store a resident in the area of the household. Return False if the id is taken."""
    return session.scalar(_INSERT, values) is not None


def facts(session: Session, resident_id: UUID) -> dict[str, Any] | None:
    """Return FACTS of a resident who is not erased, unmasked: for a disclosure, or to change a part of them."""
    row = session.execute(_FACTS_OF_ONE, {"resident_id": resident_id}).mappings().one_or_none()
    return dict(row) if row else None


def facts_each(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return `facts` of several residents, by id."""
    rows = session.execute(_FACTS_OF_EACH, {"ids": list(ids)}).mappings()
    return {row["id"]: {fact: row[fact] for fact in FACTS} for row in rows}


def update_each(session: Session, changes: Sequence[dict[str, Any]]) -> int:
    """Store FACTS of residents who still have their `version`. Return the number of residents stored.

    Args:
        changes: For each resident `id`, the expected `version`, and all FACTS.
    """
    return len(session.execute(_UPDATE_EACH, {"changes": orjson.dumps(changes).decode()}).all())


def update_resident(
    session: Session, resident_id: UUID, *, expected: int | None, values: dict[str, Any]
) -> bool:
    """Store FACTS of a resident. Return False if the resident has another version than `expected`."""
    binds = {fact: values[fact] for fact in FACTS} | {"resident_id": resident_id, "expected": expected}
    return session.scalar(_UPDATE, binds) is not None


def not_erased(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the residents that exist and are not erased, in the order of their ids."""
    return list(session.scalars(_NOT_ERASED, {"ids": list(ids)}))


def erase(session: Session, resident_id: UUID, *, at: datetime) -> Sequence[UUID]:
    """Blank a resident, her care tags and consents, and the notes of visits to her homes, also in their histories.

    Gives the ids of all rows that spoke of her.
    """
    sql = f"""
      with home(id) as ({_HOMES_EVER}),
      gone as (
        update resident set name = null, phone = null, registered_at = null, birth_year = null,
                            erased_at = :at, deleted_at = :at
        where id = :id returning id, household_id),
      care as (
        update care_tag set kind = 'erased', purpose = '', cycle_days = null, next_due = null,
                            deleted_at = coalesce(deleted_at, :at)
        where resident_id = :id returning id),
      agreed as (
        update consent set purpose = '', deleted_at = coalesce(deleted_at, :at) where resident_id = :id returning id),
      noted as (
        update visit v set note = null, note_expires_on = null from home
        where v.household_id = home.id and v.note is not null returning v.id)
      select 'resident' entity, id from gone union all select 'care_tag', id from care
      union all select 'consent', id from agreed union all select 'visit', id from noted
    """
    rows = session.execute(text(sql), {"id": resident_id, "at": at}).all()
    for entity in ("resident", "care_tag", "consent"):
        ids = [row.id for row in rows if row.entity == entity]
        if ids:
            # The triggers have written the blank state by now; this blanks those before.
            session.execute(ERASE_HISTORY, {"entity": entity, "ids": ids})
    return [row.id for row in rows]
