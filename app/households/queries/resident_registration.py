"""Many residents at once, with the help that they need: two statements whatever their number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

_RESIDENT = {
    "id": "uuid",
    "household_id": "uuid",
    "namesake": "int",
    "name": "text",
    "phone": "text",
    "is_registered_here": "boolean",
    "lives_here": "boolean",
    "registered_at": "text",
    "birth_year": "int",
}
_FACTS = ("phone", "is_registered_here", "lives_here", "registered_at", "birth_year")
# What a row does not say stays. Registered here and registered elsewhere exclude each other.
_MERGED = ", ".join(
    "case when not coalesce(known.is_registered_here, false) then coalesce(known.registered_at, r.registered_at) end"
    if fact == "registered_at"
    else "coalesce(known.is_registered_here, case when known.registered_at is null then r.is_registered_here else false end)"
    if fact == "is_registered_here"
    else f"coalesce(known.{fact}, r.{fact})"
    for fact in _FACTS
)


def register_residents(
    session: Session, rows: Sequence[dict[str, Any]], *, at: datetime
) -> Sequence[RowMapping]:
    """Insert or update residents of households of ours, matched by name within the household.

    `namesake` n means the n-th of that name there, in the order of registration. A fact that is null in a row stays as
    stored. Per row, in order: the stored resident's `id`, and whether it `is_new` or `is_changed`.
    """
    arrays = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in _RESIDENT.items())
    sql = f"""
      with given as materialized (
        select g.* from unnest({arrays}) with ordinality g({", ".join(_RESIDENT)}, place)),
      present as materialized (
        select r.id, r.household_id, r.name,
               row_number() over (partition by household_id, name order by created_at, id) namesake
        from resident r
        where r.household_id = any(cast(:household_id as uuid[])) and r.deleted_at is null),
      known as materialized (
        select given.*, present.id was_id
        from given left join present using (household_id, name, namesake)),
      changed as (
        update resident r set ({", ".join(_FACTS)}) = row({_MERGED})
        from known where r.id = known.was_id
          and (r.{", r.".join(_FACTS)}) is distinct from ({_MERGED})
        returning r.id),
      added as (
        insert into resident (id, household_id, grid_id, scope_path, name, {", ".join(_FACTS)}, created_at)
        select known.id, known.household_id, h.grid_id, h.scope_path, known.name,
               known.{", known.".join(_FACTS)}, :at
        from known join household h on h.id = known.household_id where known.was_id is null
        returning id)
      select coalesce(known.was_id, known.id) id, known.was_id is null is_new,
             known.was_id in (select id from changed) is_changed
      from known order by known.place
    """
    values = {name: [row.get(name) for row in rows] for name in _RESIDENT}
    return session.execute(text(sql), values | {"at": at}).mappings().all()


_CARE = {
    "id": "uuid",
    "resident_id": "uuid",
    "kind": "text",
    "purpose": "text",
    "ends_on": "date",
    "cycle_days": "int",
    "next_due": "date",
}


def register_care(
    session: Session, rows: Sequence[dict[str, Any]], *, by: UUID, at: datetime
) -> Sequence[RowMapping]:
    """Insert or update care tags, matched by resident and kind. Per row, in order: `id`, `is_new`, `is_changed`.

    `next_due` is for a tag that is new, or whose cycle changes.
    """
    arrays = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in _CARE.items())
    sql = f"""
      with given as materialized (
        select g.* from unnest({arrays}) with ordinality g({", ".join(_CARE)}, place)),
      known as materialized (
        select distinct on (given.place) given.*, c.id was_id
        from given left join care_tag c on c.resident_id = given.resident_id and c.kind = given.kind
          and c.deleted_at is null
        order by given.place, c.id),
      changed as (
        update care_tag c set purpose = known.purpose, ends_on = known.ends_on, cycle_days = known.cycle_days,
          next_due = case when c.cycle_days is distinct from known.cycle_days then known.next_due else c.next_due end
        from known where c.id = known.was_id
          and (c.purpose, c.ends_on, c.cycle_days) is distinct from (known.purpose, known.ends_on, known.cycle_days)
        returning c.id),
      added as (
        insert into care_tag (id, resident_id, household_id, grid_id, kind, purpose, ends_on, cycle_days, next_due,
                              granted_by, granted_at)
        select known.id, r.id, r.household_id, r.grid_id, known.kind, known.purpose, known.ends_on, known.cycle_days,
               known.next_due, :by, :at
        from known join resident r on r.id = known.resident_id where known.was_id is null
        returning id)
      select coalesce(known.was_id, known.id) id, known.was_id is null is_new,
             known.was_id in (select id from changed) is_changed
      from known order by known.place
    """
    values = {name: [row.get(name) for row in rows] for name in _CARE}
    return session.execute(text(sql), values | {"by": by, "at": at}).mappings().all()
