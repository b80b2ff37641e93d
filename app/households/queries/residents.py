"""SQL of residents.

Names, telephone numbers and e-mail addresses are masked in all results, except in `facts` and `facts_each`. FACTS are
the columns that describe the person: name, telephone, e-mail, residence and year of birth. Care tags are in `care`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.households.models import CareTag, Consent, Household, Resident
from app.households.queries.row_conditions import IDS, has_expected_version
from app.households.queries.row_json import RESIDENT
from app.households.queries.visibility import household_visibility

FACTS = ("name", "phone", "email", "is_registered_here", "lives_here", "registered_at", "birth_year")

_IS_RESIDENT = Resident.id == bindparam("resident_id")
_IS_LIVE = Resident.deleted_at.is_(None)
_FACTS = select(
    Resident.name,
    Resident.phone,
    Resident.email,
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
_ITEM = select(Resident.version, RESIDENT.label("item")).where(_IS_RESIDENT)
_HOMES_EVER = Fragment("""
  select household_id from resident where id = :resident_id
  union select cast(row ->> 'household_id' as uuid) from fact_history
  where entity = 'resident' and row_id = :resident_id
""")
_ERASE = Fragment(
    """
      with home(id) as ({homes_ever}),
      erased_resident as (
        update resident set name = null, phone = null, email = null, registered_at = null, birth_year = null,
                            erased_at = :at, deleted_at = :at
        where id = :resident_id returning id, household_id),
      erased_tag as (
        update care_tag set kind = 'erased', purpose = '', cycle_days = null, next_due = null,
                            deleted_at = coalesce(deleted_at, :at)
        where resident_id = :resident_id returning id),
      erased_consent as (
        update consent set purpose = '', deleted_at = coalesce(deleted_at, :at)
        where resident_id = :resident_id returning id),
      erased_note as (
        update visit v set note = null, note_expires_on = null from home
        where v.household_id = home.id and v.note is not null returning v.id)
      select 'resident' entity, id from erased_resident union all select 'care_tag', id from erased_tag
      union all select 'consent', id from erased_consent union all select 'visit', id from erased_note
    """,
    homes_ever=_HOMES_EVER,
)
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
  insert into resident (id, household_id, grid_id, scope_path, name, phone, email, is_registered_here, lives_here,
                        registered_at, birth_year, created_at)
  select :id, h.id, h.grid_id, h.scope_path, :name, :phone, :email, :is_registered_here, :lives_here,
         :registered_at, :birth_year, :at
  from household h where h.id = :household_id
  on conflict (id) do nothing returning id
""")
_UPDATE_EACH = text("""
  update resident r set name = c.name, phone = c.phone, email = c.email, is_registered_here = c.is_registered_here,
    lives_here = c.lives_here, registered_at = c.registered_at, birth_year = c.birth_year
  from jsonb_to_recordset(cast(:changes as jsonb))
    c(id uuid, version bigint, name text, phone text, email text, is_registered_here boolean,
      lives_here boolean, registered_at text, birth_year int)
  where r.id = c.id and r.deleted_at is null and r.version = c.version returning 1
""")
ERASE_HISTORY = select(
    func.erase_history(bindparam("entity", type_=Text()), bindparam("ids", type_=ARRAY(Uuid)))
)


def resident(session: Session, resident_id: UUID, *, today: date) -> RowMapping:
    """Return `version` and `item` (JSON, masked) of a resident.

    The function does not check access. The caller has checked that the actor may read the resident.
    """
    return session.execute(_ITEM, {"resident_id": resident_id, "today": today}).mappings().one()


_OF_HOUSEHOLD: dict[str, Any] = {"resident": Resident, "care_tag": CareTag, "consent": Consent}


@lru_cache(maxsize=500)
def _household_of(entity: str, is_ended: bool, in_reach: ColumnElement[bool]) -> Select[Any]:
    model = _OF_HOUSEHOLD[entity]
    return (
        select(Household.id)
        .join(model, model.household_id == Household.id)
        .where(
            model.id == bindparam("row_id"),
            model.deleted_at.is_not(None) if is_ended else model.deleted_at.is_(None),
            Household.deleted_at.is_(None),
            in_reach,
        )
    )


def household_of(
    session: Session,
    actor: Actor,
    *,
    entity: str,
    row_id: UUID,
    permission: Permission,
    now: datetime,
    is_ended: bool = False,
) -> UUID | None:
    """Return the household id of a row if the actor holds `permission` there, else None.

    Args:
        entity: Table of the row: `resident`, `care_tag` or `consent`.
        is_ended: If True, the row must be marked as deleted (`deleted_at`); if False, it must not.
    """
    visibility = household_visibility(actor, now, permission)
    statement = _household_of(entity, is_ended, visibility.condition)
    household_id: UUID | None = session.scalar(statement, visibility.binds | {"row_id": row_id})
    return household_id


@lru_cache(maxsize=100)
def _homes_of(in_reach: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(Resident.id, Household.id.label("home"))
        .join(Household, Household.id == Resident.household_id)
        .where(Resident.id == IDS, _IS_LIVE, Household.deleted_at.is_(None), in_reach)
    )


def homes_of(
    session: Session, actor: Actor, ids: Sequence[UUID], permission: Permission, *, now: datetime
) -> dict[UUID, UUID]:
    """Map ids of residents to the ids of their households.

    Residents of households where the actor does not hold `permission` are left out.
    """
    visibility = household_visibility(actor, now, permission)
    result = session.execute(_homes_of(visibility.condition), visibility.binds | {"ids": list(ids)})
    return {row.id: row.home for row in result}


def homes_ever(session: Session, resident_id: UUID) -> Sequence[UUID]:
    """Return the ids of all households where a resident lives or has lived."""
    return session.scalars(_HOMES_EVER, {"resident_id": resident_id}).all()


def home_of(session: Session, resident_id: UUID) -> UUID | None:
    """Return the id of the present household of a resident.

    None: there is no such resident, or the resident was erased.
    """
    return session.scalar(_HOME, {"resident_id": resident_id})


def is_member(session: Session, resident_id: UUID, household_id: UUID) -> bool:
    """Return True if the resident lives in the household now."""
    binds = {"resident_id": resident_id, "household_id": household_id}
    return session.scalar(_IS_MEMBER, binds) is not None


def move(session: Session, resident_id: UUID, *, from_id: UUID, to_id: UUID, expected: int | None) -> bool:
    """Move a resident, with care tags and consents, to another household.

    Return False if the stored version is not `expected`, or the resident is no longer in the household `from_id`.
    """
    binds = {"resident_id": resident_id, "from_id": from_id, "to_id": to_id, "expected": expected}
    return session.scalar(_MOVE, binds) is not None


def insert_resident(session: Session, values: dict[str, Any]) -> bool:
    """Store a resident with the area of the household. Return False if the id is used."""
    return session.scalar(_INSERT, values) is not None


def facts(session: Session, resident_id: UUID) -> dict[str, Any] | None:
    """Return name, telephone, e-mail, residence and year of birth of a resident, without masks.

    The keys are the columns `FACTS`. None: there is no such resident, or the resident was erased.
    """
    row = session.execute(_FACTS_OF_ONE, {"resident_id": resident_id}).mappings().one_or_none()
    return dict(row) if row else None


def facts_each(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return name, telephone, e-mail, residence and year of birth of residents, without masks.

    The result maps the id of a resident to a mapping by column.
    """
    rows = session.execute(_FACTS_OF_EACH, {"ids": list(ids)}).mappings()
    return {row["id"]: {fact: row[fact] for fact in FACTS} for row in rows}


def update_each(session: Session, changes: Sequence[dict[str, Any]]) -> int:
    """Store the personal columns of residents whose stored version is the expected one.

    Return the number of residents that were stored.

    Args:
        changes: For each resident `id`, the expected `version`, and the personal columns, all of `FACTS`.
    """
    return len(session.execute(_UPDATE_EACH, {"changes": orjson.dumps(changes).decode()}).all())


def update_resident(
    session: Session, resident_id: UUID, *, expected: int | None, values: dict[str, Any]
) -> bool:
    """Store the personal columns of a resident: name, telephone, e-mail, residence, year of birth.

    Return False if the stored version is not `expected`.

    Args:
        values: Values of all these columns (`FACTS`).
    """
    binds = {fact: values[fact] for fact in FACTS} | {"resident_id": resident_id, "expected": expected}
    return session.scalar(_UPDATE, binds) is not None


def not_erased(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Return the given ids without those of missing or erased residents, in ascending order."""
    return list(session.scalars(_NOT_ERASED, {"ids": list(ids)}))


def erase(session: Session, resident_id: UUID, *, at: datetime) -> Sequence[UUID]:
    """Erase the personal data of a resident, also from the history of the rows.

    The care tags and consents of the resident, and the notes of visits to the resident's households, are blanked, too. Return
    the ids of all blanked rows.
    """
    rows = session.execute(_ERASE, {"resident_id": resident_id, "at": at}).all()
    for entity in ("resident", "care_tag", "consent"):
        ids = [row.id for row in rows if row.entity == entity]
        if ids:
            # The triggers have written the blank state by now; this blanks the states before it.
            session.execute(ERASE_HISTORY, {"entity": entity, "ids": ids})
    return [row.id for row in rows]
