"""SQL that registers many premises, and a household in each inhabited one, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, literal_column, text
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import GRID_ID, deepest_area
from app.core.actor import Actor, Permission
from app.core.db import Fragment
from app.households.queries.dry_tables import in_dry_tables
from app.households.rules.addresses import PARTS
from app.workforce.scope import area_reach, column_sql

_COLUMNS = (
    "n", "id", "jurisdiction_id", "kind", "name", *PARTS, "address", "external_ref", "lon", "lat", "is_generated",
    "household_id", "label", "is_lived_in", "is_imported",
)  # fmt: skip
_GIVEN_ROWS = Fragment("""
  unnest(cast(:n as int[]), cast(:id as uuid[]), cast(:jurisdiction_id as uuid[]), cast(:kind as text[]),
    cast(:name as text[]), cast(:province as text[]), cast(:city as text[]), cast(:county as text[]), cast(:town as text[]),
    cast(:community as text[]), cast(:grid as text[]), cast(:compound as text[]), cast(:building as text[]),
    cast(:unit as text[]), cast(:room as text[]), cast(:address as text[]), cast(:external_ref as text[]),
    cast(:lon as float8[]), cast(:lat as float8[]), cast(:is_generated as boolean[]), cast(:household_id as uuid[]),
    cast(:label as text[]), cast(:is_lived_in as boolean[]), cast(:is_imported as boolean[]))
  g(n, id, jurisdiction_id, kind, name, province, city, county, town, community, grid, compound, building, unit, room,
    address, external_ref, lon, lat, is_generated, household_id, label, is_lived_in, is_imported)
""")
_STORED_COLUMNS = Fragment("""
  kind, name, province, city, county, town, community, grid, compound, building, unit, room, address, location,
  external_ref, grid_id, scope_path
""")
_PRESENT_COLUMNS = Fragment("""
  premises.kind, premises.name, premises.province, premises.city, premises.county, premises.town, premises.community,
  premises.grid, premises.compound, premises.building, premises.unit, premises.room, premises.address, premises.location,
  premises.external_ref, premises.grid_id, premises.scope_path
""")
# A name or reference that a row leaves out stays as stored; a location that differs by less than exports write is the same.
_MERGED_COLUMNS = Fragment("""
  excluded.kind, coalesce(excluded.name, premises.name), excluded.province, excluded.city, excluded.county, excluded.town,
  excluded.community, excluded.grid, excluded.compound, excluded.building, excluded.unit, excluded.room, excluded.address,
  case when ST_DWithin(premises.location, excluded.location, 0.0000001) then premises.location else excluded.location end,
  coalesce(excluded.external_ref, premises.external_ref), excluded.grid_id, excluded.scope_path
""")
_AREA_OF_GIVEN = deepest_area(
    GRID_ID.label("grid_id"),
    AreaVersion.path,
    point=literal_column("given.location"),
    jurisdiction_id=literal_column("given.jurisdiction_id"),
)
_LOCK_IMPORTS = text("""
  select pg_advisory_xact_lock(hashtextextended('register ' || id, 0))
  from (select id from unnest(cast(:ids as text[])) ids(id) order by id) ordered
""")
# With the stored tables; `in_dry_tables` puts those of a dry run in their places.
_REGISTER = """
  with given as materialized (
    select g.*, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326) location, a.key,
           min(g.external_ref) over alike is distinct from max(g.external_ref) over alike is_contested
    from {given_rows}
    cross join lateral (select address_key(g.address, g.unit, g.room) key) a
    window alike as (partition by g.jurisdiction_id, a.key)),
  known as materialized (
    select given.n, target.id premises_id, was.id was_id, target.id <> named.id is_former, former_home.id former_home,
           case when target.id <> named.id then was.grid_id else leaf.grid_id end grid_id,
           case when target.id <> named.id then was.scope_path else leaf.path end scope_path,
           coalesce({is_target_in_reach} and (was.id is null or (was.deleted_at is null and {is_present_in_reach}
                                                   and was.jurisdiction_id = given.jurisdiction_id)), false)
             and not (given.is_lived_in and is_taken.yes) and not nowhere.yes is_allowed,
           given.is_lived_in and is_taken.yes is_taken, nowhere.yes is_nowhere,
           was.scope_path is distinct from leaf.path or was.grid_id is distinct from leaf.grid_id is_elsewhere
    from given
    -- Lateral with a limit, so that each row goes by an index: in its first import a city has no statistics yet.
    left join lateral (
      select p.id from premises p where p.jurisdiction_id = given.jurisdiction_id
        and p.external_ref = given.external_ref and p.deleted_at is null limit 1) by_ref on true
    -- Premises that were merged are those into which they went, and say nothing of them.
    left join lateral (
      select p.id, t.id present_id from premises p join premises t on t.id = present_premises(p.id)
      where p.jurisdiction_id = given.jurisdiction_id and p.external_ref = given.external_ref
        and p.merged_into is not null and t.deleted_at is null
      order by p.id desc limit 1) former on true
    left join lateral (select p.id from premises p where p.id = given.id limit 1) own on true
    left join lateral (
      select p.id from premises p
      where given.is_imported and by_ref.id is null and former.id is null and own.id is null
        and p.jurisdiction_id = given.jurisdiction_id and p.deleted_at is null
        and address_key(p.address, p.unit, p.room) = given.key and p.name is not distinct from given.name
        and (given.external_ref is null or p.external_ref is null and not given.is_contested)
        -- An address without a number is that of a whole village: its homes are told apart by their places.
        and ST_DWithin(cast(p.location as geography), cast(given.location as geography),
                       case when given.key ~ '[0-9]' then 30 else 1 end)
      order by p.id limit 1) near on true
    -- Premises that gave their reference to those into which they were merged are still meant by it.
    cross join lateral (select coalesce(
      case when former.present_id = by_ref.id then former.id end,
      by_ref.id, former.id, own.id, near.id, given.id) id) named
    left join lateral (select p.merged_into from premises p where p.id = named.id limit 1) merged on true
    cross join lateral (select case
      when merged.merged_into is null then named.id else present_premises(named.id) end id) target
    left join lateral (select p.* from premises p where p.id = target.id limit 1) was on true
    left join lateral (
      select h.id from premises_merge m join household h on h.id = cast(m.households ->> given.label as uuid)
      where m.premises_id = named.id and m.undone_at is null and h.premises_id = target.id and h.deleted_at is null
      limit 1) former_home on true
    cross join lateral (select exists (
      select from household h where h.id = given.household_id and h.premises_id <> target.id
    ) yes) is_taken
    left join lateral {area_of_given} leaf on true
    cross join lateral (select coalesce(given.is_imported, false) and leaf.path is null and exists (
      select from area_version a where a.jurisdiction_id = given.jurisdiction_id and upper_inf(a.valid)) yes) nowhere),
  -- Several households of one premises come as several rows; the last one says how the premises is.
  wanted as (
    select distinct on (premises_id) given.*, known.premises_id, known.grid_id, known.scope_path
    from known join given using (n) where is_allowed and not is_former order by premises_id, n desc),
  stored as (
    insert into premises (id, jurisdiction_id, {stored_columns}, is_generated, created_at)
    select premises_id, jurisdiction_id, {stored_columns}, is_generated, :at from wanted
    on conflict (id) do update set ({stored_columns}) = row({merged_columns})
    where ({present_columns}) is distinct from ({merged_columns})
      and premises.deleted_at is null
    returning id),
  homes as (
    select distinct on (k.premises_id, given.label) k.premises_id, given.label, given.household_id,
           given.jurisdiction_id, given.is_generated, k.grid_id, k.scope_path
    from known k join given using (n)
    where k.is_allowed and given.is_lived_in and k.former_home is null
    order by k.premises_id, given.label, n desc),
  added as (
    insert into household (id, jurisdiction_id, premises_id, label, grid_id, scope_path, is_generated, created_at)
    select household_id, jurisdiction_id, premises_id, label, grid_id, scope_path, is_generated, :at from homes
    on conflict do nothing
    returning id, premises_id, label)
  select known.n, known.premises_id id, not known.is_allowed outside,
         stored.id is not null and known.was_id is null is_new,
         stored.id is not null and known.was_id is not null is_changed,
         stored.id is not null and known.was_id is not null and known.is_elsewhere is_moved,
         added.id is not null is_added, coalesce(known.former_home, added.id, h.id) household_id,
         known.is_taken, known.is_nowhere
  from known join given using (n)
  left join stored on stored.id = known.premises_id and known.is_allowed
  left join added on added.premises_id = known.premises_id and added.label = given.label
    and known.is_allowed and given.is_lived_in
  left join lateral (
    select h.id from household h
    where h.premises_id = known.premises_id and h.label = given.label and h.deleted_at is null
      and known.is_allowed and given.is_lived_in limit 1) h on true
  order by known.n
"""


def lock_imports(session: Session, jurisdiction_ids: Sequence[Any]) -> None:
    """Lock imports into these jurisdictions until the transaction ends.

    Without this lock two imports at the same time could register the same premises twice.
    """
    session.execute(_LOCK_IMPORTS, {"ids": sorted({str(i) for i in jurisdiction_ids})})


@lru_cache(maxsize=100)
def _register(
    is_target_in_reach: ColumnElement[bool], is_present_in_reach: ColumnElement[bool], *, is_dry: bool
) -> Fragment:
    return Fragment(
        in_dry_tables(_REGISTER) if is_dry else _REGISTER,
        given_rows=_GIVEN_ROWS,
        area_of_given=_AREA_OF_GIVEN,
        is_target_in_reach=is_target_in_reach,
        is_present_in_reach=is_present_in_reach,
        stored_columns=_STORED_COLUMNS,
        present_columns=_PRESENT_COLUMNS,
        merged_columns=_MERGED_COLUMNS,
    )


def register(
    session: Session, actor: Actor, rows: Sequence[dict[str, Any]], *, at: datetime, is_dry: bool = False
) -> Sequence[RowMapping]:
    """Insert or update premises and their households, each in the area that contains it.

    Stored premises are looked up in this order: by the external reference of the row, by its id, and, if the row has
    `is_imported`, by its address within 30 m. If a name or reference in a row is null, the stored value is not changed.

    Args:
        rows: Mappings with the keys `_COLUMNS`. `lon`, `lat`: WGS 84, degrees.
        is_dry: Insert and update in the tables of a dry run, for which `dry_tables.prepare` was called with these rows.

    Returns:
        One row for each given row, whose number is `n`:
        `id`, `household_id`: ids of the stored premises and household;
        `is_new`, `is_changed`: the premises were inserted, or changed;
        `is_moved`: the premises are in another area than before; the caller then has to run `rehoming.follow`;
        `is_added`: the household was inserted;
        `outside`: nothing was stored, because the location, or the stored premises with this id, are outside the actor's areas;
        `is_taken`: the household id belongs to other premises (only if `outside`);
        `is_nowhere`: an imported row lies in no area, although the jurisdiction has areas (only if `outside`).
    """
    reach = area_reach(actor, Permission.HOUSEHOLD_EDIT, at)
    statement = _register(
        reach.condition(column_sql("leaf.path")),
        reach.condition(column_sql("was.scope_path")),
        is_dry=is_dry,
    )
    values = {name: [row.get(name) for row in rows] for name in _COLUMNS}
    return session.execute(statement, values | reach.binds | {"at": at}).mappings().all()
