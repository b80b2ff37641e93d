"""Where premises lie in the tree, which follows from their location, and all that hangs on them with them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.orm import Session

from app.areas.scope import LEAF_AREA_JOIN
from app.households.models import Household
from app.households.queries.row_conditions import IDS
from app.profiles.models import Jurisdiction

_LOCK_JURISDICTIONS = (
    select(Jurisdiction.id).where(Jurisdiction.id == IDS).order_by(Jurisdiction.id).with_for_update(read=True)
)
_LOCK_HOUSEHOLDS = (
    select(Household.id)
    .where(Household.premises_id == IDS)
    .order_by(Household.id)
    .with_for_update(key_share=True)
)

# All that hangs on the premises of a CTE `place(id, grid_id, path)` goes where they are.
FOLLOW = """
  household_moved as (
    update household h set grid_id = place.grid_id, scope_path = place.path from place
    where h.premises_id = place.id
      and (h.grid_id is distinct from place.grid_id or h.scope_path is distinct from place.path)
    returning h.id, place.grid_id, place.path),
  resident_moved as (
    update resident r set grid_id = h.grid_id, scope_path = h.path from household_moved h
    where r.household_id = h.id returning 1),
  care_moved as (
    update care_tag c set grid_id = h.grid_id from household_moved h
    where c.household_id = h.id and c.grid_id is distinct from h.grid_id returning 1),
  consent_moved as (
    update consent c set grid_id = h.grid_id from household_moved h
    where c.household_id = h.id and c.grid_id is distinct from h.grid_id returning 1),
  visit_moved as (
    update visit v set grid_id = h.grid_id from household_moved h
    where v.household_id = h.id and v.grid_id is distinct from h.grid_id returning 1)
"""


def hold_jurisdictions(session: Session, jurisdiction_ids: Sequence[UUID]) -> None:
    """Lock jurisdictions for share, so that no redraw retires an area that something is assigned to."""
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(jurisdiction_ids)})


def rehome(session: Session, *, area_ids: Sequence[UUID], depth: int, at: datetime) -> RowMapping:
    """Find the places of all premises on the land of areas that were redrawn at `at`, with all that hangs on them.

    `inside` counts the households there, `moved` those whose place changed; `lost` the premises that stood in an
    area at `depth` and now stand in none.
    """
    sql = f"""
      with land as materialized (
        select path, geom, upper_inf(valid) is_now from area_version
        where area_id = any(:area_ids) and (upper_inf(valid) or upper(valid) = :at)),
      touched as (
        select p.id from land
        join premises p on p.location && land.geom and ST_Intersects(land.geom, p.location)
        union
        select p.id from premises p where p.scope_path <@ any(array(select path from land))),
      placed as materialized (
        select p.id, p.scope_path was, leaf.grid_id, leaf.path, p.deleted_at is null is_live
        from touched join premises p using (id) {LEAF_AREA_JOIN.format(of="p")}),
      place as (
        update premises p set grid_id = placed.grid_id, scope_path = placed.path
        from placed
        where placed.id = p.id
          and (p.grid_id is distinct from placed.grid_id or p.scope_path is distinct from placed.path)
        returning p.id, placed.grid_id, placed.path),
      {FOLLOW}
      select (select count(*) from household h join placed on placed.id = h.premises_id
              where h.deleted_at is null) inside,
             (select count(*) from household_moved) moved,
             (select count(*) from placed
              where is_live and nlevel(was) >= :depth and coalesce(nlevel(path), 0) < :depth) lost
    """
    binds = {"area_ids": list(area_ids), "depth": depth, "at": at}
    return session.execute(text(sql), binds).mappings().one()


def follow(session: Session, premises_ids: Sequence[UUID]) -> None:
    """All that hangs on these premises goes where they are now."""
    # By themselves first: the next statement then sees what those who held a household have written meanwhile.
    session.execute(_LOCK_HOUSEHOLDS, {"ids": list(premises_ids)})
    sql = f"""
      with place as (select id, grid_id, scope_path path from premises where id = any(:ids)),
      {FOLLOW}
      select count(*) from household_moved
    """
    session.execute(text(sql), {"ids": list(premises_ids)})
