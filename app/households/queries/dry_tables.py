"""Temporary tables in which a dry run of an import registers rows, and copies of the stored rows that it meets.

A dry run has to find what earlier rows of its file would have stored, and needs none of what goes with a stored row: journal,
change log, search words, tiles. Each table takes columns, defaults and checks from the stored one. PostgreSQL drops the
tables when the transaction ends.
"""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped

_TABLES = ("premises", "household", "resident", "care_tag")
_NAMED = re.compile(rf"\b(from|join|update|insert into) ({'|'.join(_TABLES)})\b(?=(\s*\()?)")
# One statement, which does nothing if this transaction has the tables. The indexes are those by which a row is found.
CREATE = text("""
  do $create$ begin
    if to_regclass('pg_temp.dry_premises') is not null then return; end if;
    create temporary table dry_premises (like premises including defaults including constraints, primary key (id))
      on commit drop;
    create unique index on dry_premises (jurisdiction_id, external_ref)
      where external_ref is not null and deleted_at is null;
    create index on dry_premises (jurisdiction_id, external_ref) where merged_into is not null;
    create index on dry_premises (jurisdiction_id, address_key(address, unit, room));
    create temporary table dry_household (like household including defaults including constraints, primary key (id))
      on commit drop;
    create unique index on dry_household (premises_id, label) where deleted_at is null;
    create temporary table dry_resident (like resident including defaults including constraints, primary key (id))
      on commit drop;
    create index on dry_resident (household_id);
    create temporary table dry_care_tag (like care_tag including defaults including constraints, primary key (id))
      on commit drop;
    create index on dry_care_tag (resident_id);
  end $create$
""")
_COPY_REASON = "the dry run of an import compares its rows with them, and returns none of their content"
_COPY_PREMISES = unscoped(
    Fragment("""
      with given as materialized (
        select g.*, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326) location, address_key(g.address, g.unit, g.room) key
        from unnest(cast(:id as uuid[]), cast(:jurisdiction_id as uuid[]), cast(:external_ref as text[]),
                    cast(:address as text[]), cast(:unit as text[]), cast(:room as text[]), cast(:name as text[]),
                    cast(:lon as float8[]), cast(:lat as float8[]))
          g(id, jurisdiction_id, external_ref, address, unit, room, name, lon, lat)),
      found as materialized (
        -- Lateral with OFFSET, so that each row goes by an index: a join could read all premises for each batch.
        select own.id, own.merged_into from given cross join lateral (
          select p.id, p.merged_into from premises p where p.id = given.id offset 0) own
        union all
        select by_ref.id, by_ref.merged_into from given cross join lateral (
          select p.id, p.merged_into from premises p where p.jurisdiction_id = given.jurisdiction_id
            and p.external_ref = given.external_ref and p.deleted_at is null offset 0) by_ref
        union all
        select former.id, former.merged_into from given cross join lateral (
          select p.id, p.merged_into from premises p where p.jurisdiction_id = given.jurisdiction_id
            and p.external_ref = given.external_ref and p.merged_into is not null offset 0) former
        union all
        select near.id, near.merged_into from given cross join lateral (
          select p.id, p.merged_into from premises p
          where p.jurisdiction_id = given.jurisdiction_id and p.deleted_at is null
            and address_key(p.address, p.unit, p.room) = given.key and p.name is not distinct from given.name
            and ST_DWithin(cast(p.location as geography), cast(given.location as geography), 30) offset 0) near),
      copied as (
        insert into dry_premises
        select p.* from premises p where p.id = any(array(
          select id from found union select present_premises(id) from found where merged_into is not null))
        on conflict (id) do nothing
        returning id)
      insert into dry_household
      select h.* from household h where h.premises_id = any(array(select id from copied)) and h.deleted_at is null
    """),
    premises=_COPY_REASON,
    household=_COPY_REASON,
)
_COPY_RESIDENTS = unscoped(
    text("""
      insert into dry_resident
      select r.* from resident r where r.household_id = any(:ids) and r.deleted_at is null
      on conflict (id) do nothing
    """),
    resident=_COPY_REASON,
)
_COPY_CARE = text("""
  insert into dry_care_tag
  select c.* from care_tag c where c.resident_id = any(:ids) and c.deleted_at is null
  on conflict (id) do nothing
""")


def in_dry_tables(sql: str) -> str:
    """Return a statement of the register with the tables of a dry run in place of the stored ones."""
    return _NAMED.sub(
        lambda name: f"{name[1]} dry_{name[2]}" + (f" as {name[2]}" if name[3] is not None else ""), sql
    )


def prepare(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Create the tables if this transaction has none, and copy the stored premises that rows may mean.

    Args:
        rows: Mappings with the keys of `bulk_registration.register`.
    """
    session.execute(CREATE)
    columns = ("id", "jurisdiction_id", "external_ref", "address", "unit", "room", "name", "lon", "lat")
    session.execute(_COPY_PREMISES, {name: [row.get(name) for row in rows] for name in columns})


def copy_residents(session: Session, household_ids: Sequence[UUID]) -> None:
    """Copy the stored residents of households, unless they were copied before."""
    session.execute(_COPY_RESIDENTS, {"ids": list(household_ids)})


def copy_care_tags(session: Session, resident_ids: Sequence[UUID]) -> None:
    """Copy the stored care tags of residents, unless they were copied before."""
    session.execute(_COPY_CARE, {"ids": list(resident_ids)})
