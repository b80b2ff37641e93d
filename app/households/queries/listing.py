"""Pages of the register: JSON made by PostgreSQL, in reach of the actor, addresses masked where she may not read them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.accounts.rules.personal import masked_address
from app.core.actor import Actor, Permission
from app.households.queries.reach import reach

# A present grid `v` of a row.
GRID = """case when v.area_id is not null then
  json_build_object('id', v.area_id, 'code', v.code, 'name', v.name) end"""
_IN_GRID = "left join area_version v on v.area_id = {0}.grid_id and upper_inf(v.valid)"


def shown_address(actor: Actor, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL for the address of premises `p`: plain to those who may read addresses there."""
    may_read, binds = reach(actor, Permission.ADDRESS_READ, "p.scope_path", now=now)
    return f"case when {may_read} then p.address else {masked_address('p.address')} end", binds


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
    visible, binds = reach(actor, Permission.HOUSEHOLD_READ, "h.scope_path", now=now)
    address, more = shown_address(actor, now=now)
    binds |= more | {"limit": limit}
    conditions = ["h.deleted_at is null", visible]
    if grid:
        conditions.append("h.grid_id = :grid")
        binds["grid"] = grid
    if bbox:
        box = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
        conditions.append(f"p.location && {box} and ST_Intersects(p.location, {box})")
        binds |= dict(zip(("west", "south", "east", "north"), bbox, strict=True))
    if after:
        conditions.append("h.id > :after")
        binds["after"] = after
    sql = f"""
      with page as materialized (
        select h.id, h.label, h.kind, h.grid_id, h.is_generated, h.version, {address} address, p.location, p.id premises_id,
               p.kind premises_kind, row_number() over (order by h.id) place
        from household h join premises p on p.id = h.premises_id where {" and ".join(conditions)}
        order by h.id limit :limit + 1)
      select (select coalesce(json_agg(json_build_object(
                'id', page.id, 'label', page.label, 'kind', page.kind, 'address', page.address,
                'premises', json_build_object('id', page.premises_id, 'kind', page.premises_kind),
                'location', ST_AsGeoJSON(page.location, 7)::json, 'grid', {GRID},
                'is_generated', page.is_generated, 'version', page.version)
                order by page.id), '[]')
              from page {_IN_GRID.format("page")}
              where page.place <= :limit) items,
             (select array[id::text] from page
              where place = :limit and (select count(*) from page) > :limit) next_key
    """
    return session.execute(text(sql), binds).mappings().one()
