"""SQL of households. A household's place in the tree follows from its location."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce.scope import paths_sql, scope_binds

# The deepest current area that covers a location; on a shared edge the one with the lowest code.
_LEAF = """
  left join lateral (
    select case when v.level = 'grid' then v.area_id end grid_id, v.path
    from area_version v
    where upper_inf(v.valid) and v.jurisdiction_id = {of}.jurisdiction_id
      and v.geom && {of}.location and ST_Covers(v.geom, {of}.location)
    order by nlevel(v.path) desc, v.code, v.area_id limit 1) leaf on true
"""


def hold_jurisdictions(session: Session, jurisdiction_ids: Sequence[UUID]) -> None:
    """Wait for redraws under way, and keep others waiting, so that no household goes to an area that retires."""
    session.execute(
        text("select id from jurisdiction where id = any(:ids) order by id for share"),
        {"ids": list(jurisdiction_ids)},
    )


def insert_households(session: Session, rows: Sequence[dict[str, Any]], *, at: datetime) -> int:
    """Insert households with their grids and places in the tree; how many were new."""
    sql = f"""
      with given as (
        select id, jurisdiction_id, address, is_generated, ST_SetSRID(ST_MakePoint(lon, lat), 4326) location
        from unnest(cast(:ids as uuid[]), cast(:jurisdiction_ids as uuid[]), cast(:addresses as text[]),
                    cast(:lons as float8[]), cast(:lats as float8[]), cast(:are_generated as boolean[]))
             given(id, jurisdiction_id, address, lon, lat, is_generated)),
      inserted as (
        insert into household (id, jurisdiction_id, grid_id, scope_path, address, location, is_generated,
                               created_at)
        select given.id, given.jurisdiction_id, leaf.grid_id, leaf.path, given.address, given.location,
               given.is_generated, :at
        from given {_LEAF.format(of="given")}
        on conflict (id) do nothing returning 1)
      select count(*) from inserted
    """
    binds = {
        "ids": [row["id"] for row in rows],
        "jurisdiction_ids": [row["jurisdiction_id"] for row in rows],
        "addresses": [row["address"] for row in rows],
        "lons": [row["lon"] for row in rows],
        "lats": [row["lat"] for row in rows],
        "are_generated": [row.get("is_generated", False) for row in rows],
        "at": at,
    }
    found: int = session.execute(text(sql), binds).scalar_one()
    return found


def households(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    grid: UUID | None,
    bbox: tuple[float, float, float, float] | None,
    after: UUID | None,
    limit: int,
) -> RowMapping:
    """A page of the households the actor looks after, by id: `items` as JSON bytes, and the next key."""
    conditions = ["h.deleted_at is null"]
    binds: dict[str, Any] = {"limit": limit}
    if not actor.everywhere_with(Permission.HOUSEHOLD_READ):
        conditions.append(f"h.scope_path <@ any({paths_sql()})")
        binds |= scope_binds(actor, now, Permission.HOUSEHOLD_READ)
    if grid:
        conditions.append("h.grid_id = :grid")
        binds["grid"] = grid
    if bbox:
        box = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
        conditions.append(f"h.location && {box} and ST_Intersects(h.location, {box})")
        binds |= dict(zip(("west", "south", "east", "north"), bbox, strict=True))
    if after:
        conditions.append("h.id > :after")
        binds["after"] = after
    sql = f"""
      with page as materialized (
        select h.id, h.address, h.location, h.grid_id, row_number() over (order by h.id) place
        from household h where {" and ".join(conditions)}
        order by h.id limit :limit + 1)
      select (select coalesce(json_agg(json_build_object(
                'id', page.id, 'address', page.address, 'location', ST_AsGeoJSON(page.location, 7)::json,
                'grid', case when v.area_id is not null then
                          json_build_object('id', v.area_id, 'code', v.code, 'name', v.name) end)
                order by page.id), '[]')
              from page left join area_version v on v.area_id = page.grid_id and upper_inf(v.valid)
              where page.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), binds).mappings().one()


def rehome(session: Session, *, area_ids: Sequence[UUID], depth: int, at: datetime) -> RowMapping:
    """Find the places of all households on the land of areas that were redrawn at `at`.

    `inside` counts them, `moved` those whose place changed, `lost` those that stood in an area at `depth` and
    now stand in none.
    """
    sql = f"""
      with land as materialized (
        select path, geom, upper_inf(valid) is_now from area_version
        where area_id = any(:area_ids) and (upper_inf(valid) or upper(valid) = :at)),
      touched as (
        select h.id from land
        join household h on h.location && land.geom and ST_Intersects(land.geom, h.location)
        union
        select h.id from household h where h.scope_path <@ any(array(select path from land))),
      placed as materialized (
        select h.id, h.scope_path was, leaf.grid_id, leaf.path from touched join household h using (id)
        {_LEAF.format(of="h")}
        where h.deleted_at is null),
      moved as (
        update household h set grid_id = placed.grid_id, scope_path = placed.path
        from placed
        where placed.id = h.id
          and (h.grid_id is distinct from placed.grid_id or h.scope_path is distinct from placed.path)
        returning 1)
      select (select count(*) from placed) inside, (select count(*) from moved) moved,
             (select count(*) from placed
              where nlevel(was) >= :depth and coalesce(nlevel(path), 0) < :depth) lost
    """
    binds = {"area_ids": list(area_ids), "depth": depth, "at": at}
    return session.execute(text(sql), binds).mappings().one()
