"""Many premises at once, with a household in each that is lived in: the one statement imports stand on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import LEAF_AREA_JOIN
from app.core.actor import Actor, Permission
from app.households.rules.addresses import PARTS
from app.workforce.scope import reach

# column -> type: what a row may say of a premises.
_TEXTS = ("kind", "name", *PARTS, "address", "external_ref")
_COLUMNS = {
    "n": "int",
    "id": "uuid",
    "jurisdiction_id": "uuid",
    **dict.fromkeys(_TEXTS, "text"),
    "lon": "float8",
    "lat": "float8",
    "is_generated": "boolean",
    "household_id": "uuid",
    "label": "text",
    "is_lived_in": "boolean",
    "is_imported": "boolean",
}
_KEPT = ("kind", "name", *PARTS, "address", "location", "external_ref", "grid_id", "scope_path")

# What a row does not say of these stays; a place that differs by less than exports tell is the same.
_MERGED = ", ".join(
    f"coalesce(excluded.{column}, premises.{column})"
    if column in ("name", "external_ref")
    else "case when ST_DWithin(premises.location, excluded.location, 0.0000001) then premises.location "
    "else excluded.location end"
    if column == "location"
    else f"excluded.{column}"
    for column in _KEPT
)


_LOCK_IMPORTS = text("""
  select pg_advisory_xact_lock(hashtextextended('register ' || id, 0))
  from (select id from unnest(cast(:ids as text[])) ids(id) order by id) ordered
""")


def hold_imports(session: Session, jurisdiction_ids: Sequence[Any]) -> None:
    """Lock imports into jurisdictions until the transaction ends: two at once may register the same premises."""
    session.execute(_LOCK_IMPORTS, {"ids": sorted({str(i) for i in jurisdiction_ids})})


def register(
    session: Session, actor: Actor, rows: Sequence[dict[str, Any]], *, at: datetime
) -> Sequence[RowMapping]:
    """Insert or update premises and their households where they stand.

    Each row has all of `_COLUMNS`. Per row `n`: the `id` and `household_id` that are stored, whether the premises
    `is_new`, `is_changed` or `is_moved` (its households have yet to follow) and whether the household `is_added`;
    `outside`: not in reach, or the id belongs to somebody else's premises, so nothing was done; `is_taken`: nor
    where the household's id is one of other premises; `is_nowhere`: nor a row that `is_imported` and lies in no area, in a
    jurisdiction that has any. Such a row is also matched by its address, within 30 m, where neither its reference nor its
    id is known; and what it does not say of name and reference stays.
    """
    is_in_reach, binds = reach(actor, Permission.HOUSEHOLD_EDIT, "leaf.path", now=at)
    there, _ = reach(actor, Permission.HOUSEHOLD_EDIT, "was.scope_path", now=at)
    arrays = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in _COLUMNS.items())
    columns = ", ".join(_KEPT)
    sql = f"""
      with given as materialized (
        select g.*, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326) location, a.key,
               min(g.external_ref) over alike is distinct from max(g.external_ref) over alike is_contested
        from unnest({arrays}) g({", ".join(_COLUMNS)})
        cross join lateral (select address_key(g.address, g.unit, g.room) key) a
        window alike as (partition by g.jurisdiction_id, a.key)),
      known as materialized (
        select given.n, target.id premises_id, was.id was_id, target.id <> named.id is_former, former_home.id former_home,
               case when target.id <> named.id then was.grid_id else leaf.grid_id end grid_id,
               case when target.id <> named.id then was.scope_path else leaf.path end scope_path,
               coalesce({is_in_reach} and (was.id is null or (was.deleted_at is null and {there}
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
        cross join lateral (select present_premises(named.id) id) target
        left join lateral (select p.* from premises p where p.id = target.id limit 1) was on true
        left join lateral (
          select h.id from premises_merge m join household h on h.id = cast(m.households ->> given.label as uuid)
          where m.premises_id = named.id and m.undone_at is null and h.premises_id = target.id and h.deleted_at is null
          limit 1) former_home on true
        cross join lateral (select exists (
          select from household h where h.id = given.household_id and h.premises_id <> target.id
        ) yes) is_taken
        {LEAF_AREA_JOIN.format(of="given")}
        cross join lateral (select coalesce(given.is_imported, false) and leaf.path is null and exists (
          select from area_version a where a.jurisdiction_id = given.jurisdiction_id and upper_inf(a.valid)) yes) nowhere),
      -- Several households of one premises come as several rows; the last one says how the premises is.
      wanted as (
        select distinct on (premises_id) given.*, known.premises_id, known.grid_id, known.scope_path
        from known join given using (n) where is_allowed and not is_former order by premises_id, n desc),
      stored as (
        insert into premises (id, jurisdiction_id, {columns}, is_generated, created_at)
        select premises_id, jurisdiction_id, {columns}, is_generated, :at from wanted
        on conflict (id) do update set ({columns}) = row({_MERGED})
        where (premises.{", premises.".join(_KEPT)}) is distinct from ({_MERGED})
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
      left join household h on h.premises_id = known.premises_id and h.label = given.label and h.deleted_at is null
        and known.is_allowed and given.is_lived_in
      order by known.n
    """
    values = {name: [row.get(name) for row in rows] for name in _COLUMNS}
    return session.execute(text(sql), values | binds | {"at": at}).mappings().all()
