"""Residents and what hangs on them. Names and telephones leave here masked, or through `values` for a disclosure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.households.queries.households import CARE, CONSENT, RESIDENT
from app.workforce.scope import reach

FACTS = ("name", "phone", "is_registered_here", "lives_here", "registered_at", "birth_year")


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


_HOMES_EVER = """
  select household_id from resident where id = :id
  union select cast(row ->> 'household_id' as uuid) from fact_history where entity = 'resident' and row_id = :id
"""


def homes_ever(session: Session, resident_id: UUID) -> Sequence[UUID]:
    """Return the households where a resident lives or lived."""
    return session.scalars(text(_HOMES_EVER), {"id": resident_id}).all()


def move(session: Session, resident_id: UUID, *, from_id: UUID, to_id: UUID, expected: int | None) -> bool:
    """Bring a resident to another household, with care tags and consents. False: another version, or moved meanwhile."""
    sql = """
      with home as (select id, grid_id, scope_path from household where id = :to_id),
      moved as (
        update resident r set household_id = home.id, grid_id = home.grid_id, scope_path = home.scope_path
        from home where r.id = :id and r.household_id = :from_id and r.deleted_at is null
          and (cast(:expected as bigint) is null or r.version = :expected)
        returning r.id, home.id home_id, home.grid_id),
      care_moved as (
        update care_tag c set household_id = moved.home_id, grid_id = moved.grid_id from moved
        where c.resident_id = moved.id),
      consent_moved as (
        update consent c set household_id = moved.home_id, grid_id = moved.grid_id from moved
        where c.resident_id = moved.id)
      select true from moved
    """
    binds = {"id": resident_id, "from_id": from_id, "to_id": to_id, "expected": expected}
    return session.scalar(text(sql), binds) is not None


def insert_resident(session: Session, values: dict[str, Any]) -> bool:
    """Store a resident where the household is. False: the id is used."""
    sql = f"""
      insert into resident (id, household_id, grid_id, scope_path, {", ".join(FACTS)}, created_at)
      select :id, h.id, h.grid_id, h.scope_path, :{", :".join(FACTS)}, :at from household h where h.id = :household_id
      on conflict (id) do nothing returning id
    """
    return session.scalar(text(sql), values) is not None


def facts(session: Session, resident_id: UUID) -> dict[str, Any] | None:
    """What is known of a living resident, plain: for a disclosure, or to change a part of it."""
    sql = f"select {', '.join(FACTS)} from resident where id = :id and deleted_at is null"
    row = session.execute(text(sql), {"id": resident_id}).mappings().one_or_none()
    return dict(row) if row else None


def facts_each(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """As `facts` of several residents."""
    sql = f"select id, {', '.join(FACTS)} from resident where id = any(:ids) and deleted_at is null"
    rows = session.execute(sql_text(sql), {"ids": list(ids)}).mappings()
    return {row["id"]: {fact: row[fact] for fact in FACTS} for row in rows}


def update_each(session: Session, changes: Sequence[dict[str, Any]]) -> int:
    """Store what is known of residents (`id`, and all facts) who still have their `version`; of how many."""
    sets = ", ".join(f"{fact} = c.{fact}" for fact in FACTS)
    sql = f"""
      update resident r set {sets}
      from jsonb_to_recordset(cast(:changes as jsonb))
        c(id uuid, version bigint, name text, phone text, is_registered_here boolean, lives_here boolean,
          registered_at text, birth_year int)
      where r.id = c.id and r.deleted_at is null and r.version = c.version returning 1
    """
    binds = {"changes": orjson.dumps(changes).decode()}
    return len(session.execute(sql_text(sql), binds).all())


def update_resident(
    session: Session, resident_id: UUID, *, expected: int | None, values: dict[str, Any]
) -> bool:
    """Store what is known of a resident, if she still has the expected version."""
    sets = ", ".join(f"{fact} = :{fact}" for fact in FACTS)
    sql = f"""
      update resident set {sets}
      where id = :id and deleted_at is null and (cast(:expected as bigint) is null or version = :expected)
      returning id
    """
    return session.scalar(text(sql), values | {"id": resident_id, "expected": expected}) is not None


def insert_care_tag(session: Session, values: dict[str, Any]) -> bool:
    """Store a care tag where the resident is. False: the id is used."""
    sql = """
      insert into care_tag (id, resident_id, household_id, grid_id, kind, purpose, ends_on, cycle_days, next_due,
                            granted_by, granted_at)
      select :id, r.id, r.household_id, r.grid_id, :kind, :purpose, :ends_on, :cycle_days, :next_due, :by, :at
      from resident r where r.id = :resident_id
      on conflict (id) do nothing returning id
    """
    return session.scalar(text(sql), values) is not None


def care_tag(session: Session, tag_id: UUID) -> RowMapping:
    sql = f"select c.version, {CARE} item from care_tag c where c.id = :id"
    return session.execute(text(sql), {"id": tag_id}).mappings().one()


def care_facts(session: Session, tag_id: UUID) -> RowMapping:
    sql = "select purpose, ends_on, cycle_days, next_due, granted_at from care_tag where id = :id"
    return session.execute(text(sql), {"id": tag_id}).mappings().one()


def update_care_tag(session: Session, tag_id: UUID, *, expected: int | None, values: dict[str, Any]) -> bool:
    sql = """
      update care_tag set purpose = :purpose, ends_on = :ends_on, cycle_days = :cycle_days, next_due = :next_due
      where id = :id and deleted_at is null and (cast(:expected as bigint) is null or version = :expected)
      returning id
    """
    return session.scalar(text(sql), values | {"id": tag_id, "expected": expected}) is not None


def end_care_tag(session: Session, tag_id: UUID, *, at: datetime) -> None:
    session.execute(text("update care_tag set deleted_at = :at where id = :id"), {"id": tag_id, "at": at})


def is_ended(session: Session, tag_id: UUID) -> bool:
    sql = "select true from care_tag where id = :id and deleted_at is not null"
    return session.scalar(text(sql), {"id": tag_id}) is not None


def restore_care_tag(session: Session, tag_id: UUID) -> bool:
    """False: of somebody who is forgotten, or not ended."""
    sql = """
      update care_tag set deleted_at = null
      where id = :id and deleted_at is not null and kind <> 'erased' returning id
    """
    return session.scalar(text(sql), {"id": tag_id}) is not None


def end_lapsed_care(session: Session, *, today: date, at: datetime) -> int:
    """End the care tags whose last day is over; how many."""
    sql = "update care_tag set deleted_at = :at where deleted_at is null and ends_on < :today returning 1"
    return len(session.execute(text(sql), {"today": today, "at": at}).all())


def insert_consent(session: Session, values: dict[str, Any]) -> bool:
    """Store a consent where the household is. False: the id is used."""
    sql = """
      insert into consent (id, household_id, resident_id, grid_id, purpose, given_by_way, given_at, recorded_by)
      select :id, h.id, :resident_id, h.grid_id, :purpose, :given_by_way, :given_at, :by
      from household h where h.id = :household_id
      on conflict (id) do nothing returning id
    """
    return session.scalar(text(sql), values) is not None


def consent(session: Session, consent_id: UUID) -> bytes:
    sql = f"select {CONSENT} item from consent o where o.id = :id"
    result: bytes = session.execute(text(sql), {"id": consent_id}).scalar_one()
    return result


def withdraw_consent(session: Session, consent_id: UUID, *, by: UUID, at: datetime) -> bool:
    """False: it was withdrawn before."""
    sql = """
      update consent set withdrawn_at = :at, withdrawal_recorded_by = :by
      where id = :id and withdrawn_at is null returning id
    """
    return session.scalar(text(sql), {"id": consent_id, "by": by, "at": at}) is not None


def is_member(session: Session, resident_id: UUID, household_id: UUID) -> bool:
    sql = "select true from resident where id = :id and household_id = :household_id and deleted_at is null"
    return session.scalar(text(sql), {"id": resident_id, "household_id": household_id}) is not None


def not_erased(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Those of the residents who are in the database and not erased, in a fixed order."""
    sql = "select id from resident where id = any(:ids) and erased_at is null order by id"
    return list(session.scalars(sql_text(sql), {"ids": list(ids)}))


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
            session.execute(text("select erase_history(:entity, :ids)"), {"entity": entity, "ids": ids})
    return [row.id for row in rows]


def home_of(session: Session, resident_id: UUID) -> UUID | None:
    """Return the household where a resident lives now; None: is known no longer."""
    result: UUID | None = session.scalar(
        text("select household_id from resident where id = :id and deleted_at is null"), {"id": resident_id}
    )
    return result
