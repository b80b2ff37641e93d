"""SQL that assigns premises, and everything in them, to the areas that contain them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import DEEPEST_FIRST, GRID_ID, deepest_area
from app.core.db import Fragment
from app.households.models import Household, Premises
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

# Everything in the premises of a CTE `place(id, grid_id, path)` gets the area of the premises. CTEs, to stand after `place`.
# The two indexes of households by premises are partial: one has the present ones, the other the deleted ones.
_FOLLOWING = Fragment("""
  moved_household as (
    update household h set grid_id = place.grid_id, scope_path = place.path
    from place cross join lateral (
      select o.id from household o where o.premises_id = place.id and o.deleted_at is null
      union all
      select o.id from household o where o.premises_id = place.id and o.deleted_at is not null) home
    where h.id = home.id
      and (h.grid_id is distinct from place.grid_id or h.scope_path is distinct from place.path)
    returning h.id, place.grid_id, place.path),
  moved_resident as (
    update resident r set grid_id = h.grid_id, scope_path = h.path from moved_household h
    where r.household_id = h.id returning 1),
  moved_care_tag as (
    update care_tag c set grid_id = h.grid_id from moved_household h
    where c.household_id = h.id and c.grid_id is distinct from h.grid_id returning 1),
  moved_consent as (
    update consent c set grid_id = h.grid_id from moved_household h
    where c.household_id = h.id and c.grid_id is distinct from h.grid_id returning 1),
  moved_visit as (
    update visit v set grid_id = h.grid_id from moved_household h
    where v.household_id = h.id and v.grid_id is distinct from h.grid_id returning 1)
""")
# All areas as deep as the redrawn ones that meet redrawn land are numbered, deepest first. Each of them finds its premises by
# their index, which is faster than a look-up for each of the premises. That is left to premises in none of these areas.
# The premises are named by arrays. The planner expects ten ids in them, and then reads all that follows row by row by
# indexes. It would expect a tenth of all premises below the paths, and read whole tables.
_REHOME = Fragment(
    """
      with redrawn_area as materialized (
        select path, geom from area_version
        where area_id = any(:area_ids) and (upper_inf(valid) or upper(valid) = :at)),
      deep_area as materialized (
        select {place} place, id, jurisdiction_id, geom from area_version
        where upper_inf(valid) and nlevel(path) >= :depth
          and id = any(array(select v.id from redrawn_area a join area_version v on upper_inf(v.valid) and v.geom && a.geom))),
      touched_premises as materialized (
        select id, min(place) place from (
          select p.id, d.place from deep_area d
          join premises p on p.location && (select ST_Collect(geom) from redrawn_area) and ST_Covers(d.geom, p.location)
            and p.jurisdiction_id = d.jurisdiction_id
          union all
          select p.id, null from redrawn_area a
          join premises p on p.location && a.geom and ST_Intersects(a.geom, p.location)
          union all
          select p.id, null from premises p where p.scope_path <@ any(array(select path from redrawn_area))) found
        group by id having bool_or(place is null)),
      placed_premises as materialized (
        select premises.id, premises.scope_path was, coalesce(deep.grid_id, leaf.grid_id) grid_id,
               coalesce(deep.path, leaf.path) path, premises.deleted_at is null is_live
        from (select array_agg(id order by id) ids, array_agg(place order by id) places from touched_premises) touched
        cross join lateral unnest(touched.ids, touched.places) t(id, place)
        join premises on premises.id = t.id
        left join lateral (
          select {grid_id} grid_id, path from area_version
          where area_version.id = (array(select id from deep_area order by place))[t.place]) deep on true
        left join lateral {area_of_premises} leaf on true),
      place as (
        update premises p set grid_id = placed.grid_id, scope_path = placed.path
        from placed_premises placed
        where placed.id = p.id
          and (p.grid_id is distinct from placed.grid_id or p.scope_path is distinct from placed.path)
        returning p.id, placed.grid_id, placed.path),
      {following}
      select (select count(*) from household h join placed_premises placed on placed.id = h.premises_id
              where h.deleted_at is null) inside,
             (select count(*) from moved_household) moved,
             (select count(*) from placed_premises
              where is_live and nlevel(was) >= :depth and coalesce(nlevel(path), 0) < :depth) lost
    """,
    area_of_premises=deepest_area(
        GRID_ID.label("grid_id"),
        AreaVersion.path,
        point=Premises.location,
        jurisdiction_id=Premises.jurisdiction_id,
        condition=Fragment("t.place is null"),
    ),
    place=func.row_number().over(order_by=DEEPEST_FIRST),
    grid_id=GRID_ID,
    following=_FOLLOWING,
)
_FOLLOW = Fragment(
    """
      with place as (select id, grid_id, scope_path path from premises where id = any(:ids)),
      {following}
      select count(*) from moved_household
    """,
    following=_FOLLOWING,
)


def lock_jurisdictions(session: Session, jurisdiction_ids: Sequence[UUID]) -> None:
    """Lock jurisdictions for share until the transaction ends.

    Meanwhile no redraw of areas can end an area whose id the caller is storing.
    """
    session.execute(_LOCK_JURISDICTIONS, {"ids": list(jurisdiction_ids)})


def rehome(session: Session, *, area_ids: Sequence[UUID], depth: int, at: datetime) -> RowMapping:
    """Assign the premises on redrawn areas to the areas that contain them now.

    Households, residents, care tags, consents and visits in the premises get the same area.

    Args:
        area_ids: Ids of the areas that were redrawn, added or ended.
        depth: Depth in the tree of areas at which premises should have an area. Used only for the count `lost`.
        at: Time of the redraw.

    Returns:
        `inside`: number of households on the redrawn areas; `moved`: number of households that are in another area now;
        `lost`: number of premises that were in an area at `depth` or deeper before and are in no such area now.
    """
    binds = {"area_ids": list(area_ids), "depth": depth, "at": at}
    return session.execute(_REHOME, binds).mappings().one()


def follow(session: Session, premises_ids: Sequence[UUID]) -> None:
    """Copy the area of premises to all rows in the premises, from households to visits.

    One statement locks the households, and a second statement copies. Only so does the copying statement see rows that another
    transaction wrote while it held the lock of a household.
    """
    session.execute(_LOCK_HOUSEHOLDS, {"ids": list(premises_ids)})
    session.execute(_FOLLOW, {"ids": list(premises_ids)})
