"""SQL that registers many residents and their care tags, one statement for each table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.households.queries.dry_tables import in_dry_tables

_RESIDENT_COLUMNS = (
    "id",
    "household_id",
    "namesake",
    "name",
    "phone",
    "email",
    "is_registered_here",
    "lives_here",
    "registered_at",
    "birth_year",
)
# A fact that a row leaves out stays as stored; to be registered here and to be registered elsewhere exclude each other. The
# merged facts are written out twice, as the second time they compare with the row as it is when it is locked.
_REGISTER_RESIDENTS = """
  with given as materialized (
    select g.* from unnest(
      cast(:id as uuid[]), cast(:household_id as uuid[]), cast(:namesake as int[]), cast(:name as text[]),
      cast(:phone as text[]), cast(:email as text[]), cast(:is_registered_here as boolean[]),
      cast(:lives_here as boolean[]), cast(:registered_at as text[]), cast(:birth_year as int[]))
    with ordinality g(id, household_id, namesake, name, phone, email, is_registered_here, lives_here, registered_at,
                      birth_year, place)),
  present_resident as materialized (
    select r.id, r.household_id, r.name,
           row_number() over (partition by household_id, name order by created_at, id) namesake
    from resident r
    where r.household_id = any(cast(:household_id as uuid[])) and r.deleted_at is null),
  known as materialized (
    select given.*, p.id was_id
    from given left join present_resident p using (household_id, name, namesake)),
  changed_resident as (
    update resident r set (phone, email, is_registered_here, lives_here, registered_at, birth_year) = row(
      coalesce(k.phone, r.phone),
      coalesce(k.email, r.email),
      coalesce(k.is_registered_here,
               case when k.registered_at is null then r.is_registered_here else false end),
      coalesce(k.lives_here, r.lives_here),
      case when not coalesce(k.is_registered_here, false) then coalesce(k.registered_at, r.registered_at) end,
      coalesce(k.birth_year, r.birth_year))
    from known k where r.id = k.was_id
      and (r.phone, r.email, r.is_registered_here, r.lives_here, r.registered_at, r.birth_year) is distinct from (
        coalesce(k.phone, r.phone),
        coalesce(k.email, r.email),
        coalesce(k.is_registered_here,
                 case when k.registered_at is null then r.is_registered_here else false end),
        coalesce(k.lives_here, r.lives_here),
        case when not coalesce(k.is_registered_here, false) then coalesce(k.registered_at, r.registered_at) end,
        coalesce(k.birth_year, r.birth_year))
    returning r.id),
  new_resident as (
    insert into resident (id, household_id, grid_id, scope_path, name, phone, email, is_registered_here, lives_here,
                          registered_at, birth_year, created_at)
    select k.id, k.household_id, h.grid_id, h.scope_path, k.name, k.phone, k.email, k.is_registered_here, k.lives_here,
           k.registered_at, k.birth_year, :at
    from known k join household h on h.id = k.household_id where k.was_id is null
    returning id)
  select coalesce(known.was_id, known.id) id, known.was_id is null is_new,
         known.was_id in (select id from changed_resident) is_changed
  from known order by known.place
"""
_CARE_COLUMNS = ("id", "resident_id", "kind", "purpose", "ends_on", "cycle_days", "next_due")
_REGISTER_CARE = """
  with given as materialized (
    select g.* from unnest(
      cast(:id as uuid[]), cast(:resident_id as uuid[]), cast(:kind as text[]), cast(:purpose as text[]),
      cast(:ends_on as date[]), cast(:cycle_days as int[]), cast(:next_due as date[]))
    with ordinality g(id, resident_id, kind, purpose, ends_on, cycle_days, next_due, place)),
  known as materialized (
    select distinct on (given.place) given.*, c.id was_id
    from given left join care_tag c on c.resident_id = given.resident_id and c.kind = given.kind
      and c.deleted_at is null
    order by given.place, c.id),
  changed_tag as (
    update care_tag c set purpose = known.purpose, ends_on = known.ends_on, cycle_days = known.cycle_days,
      next_due = case when c.cycle_days is distinct from known.cycle_days then known.next_due else c.next_due end
    from known where c.id = known.was_id
      and (c.purpose, c.ends_on, c.cycle_days) is distinct from (known.purpose, known.ends_on, known.cycle_days)
    returning c.id),
  new_tag as (
    insert into care_tag (id, resident_id, household_id, grid_id, kind, purpose, ends_on, cycle_days, next_due,
                          granted_by, granted_at)
    select known.id, r.id, r.household_id, r.grid_id, known.kind, known.purpose, known.ends_on, known.cycle_days,
           known.next_due, :by, :at
    from known join resident r on r.id = known.resident_id where known.was_id is null
    returning id)
  select coalesce(known.was_id, known.id) id, known.was_id is null is_new,
         known.was_id in (select id from changed_tag) is_changed
  from known order by known.place
"""


def _statement(sql: str, is_dry: bool) -> TextClause:
    return sql_text(in_dry_tables(sql) if is_dry else sql)


def register_residents(
    session: Session, rows: Sequence[dict[str, Any]], *, at: datetime, is_dry: bool = False
) -> Sequence[RowMapping]:
    """Insert or update residents; a stored resident is found by name in the household.

    If a value is null in a row, the stored value is not changed.

    Args:
        rows: Mappings with the keys `_RESIDENT_COLUMNS`. `namesake` n selects the n-th resident of that name in the household,
            in order of registration.
        is_dry: Insert and update in the tables of a dry run, which have copies of the stored residents.

    Returns:
        One row for each given row, in the same order: `id` of the stored resident, `is_new`, `is_changed`.
    """
    columns = {name: [row.get(name) for row in rows] for name in _RESIDENT_COLUMNS}
    return session.execute(_statement(_REGISTER_RESIDENTS, is_dry), columns | {"at": at}).mappings().all()


def register_care(
    session: Session, rows: Sequence[dict[str, Any]], *, by: UUID, at: datetime, is_dry: bool = False
) -> Sequence[RowMapping]:
    """Insert or update care tags; a stored care tag is found by its resident and kind.

    A care tag marks a kind of help that a resident needs.

    Args:
        rows: Mappings with the keys `_CARE_COLUMNS`. `next_due` is stored only for a new tag, or if the cycle changes.
        is_dry: Insert and update in the tables of a dry run, which have copies of the stored care tags.

    Returns:
        One row for each given row, in the same order: `id` of the stored tag, `is_new`, `is_changed`.
    """
    columns = {name: [row.get(name) for row in rows] for name in _CARE_COLUMNS}
    return (
        session.execute(_statement(_REGISTER_CARE, is_dry), columns | {"by": by, "at": at}).mappings().all()
    )
