"""SQL of a redraw across domains: what moves when areas are replaced by others. `_FOLLOWS` pairs old and new areas."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.areas.scope import GRID_AND_PATH, deepest_area_sql

Follows = Sequence[tuple[UUID, UUID]]

_FOLLOWS = "unnest(cast(:old as uuid[]), cast(:new as uuid[])) follows(old, new)"


def _pairs(follows: Follows) -> dict[str, Any]:
    return {"old": [old for old, _ in follows], "new": [new for _, new in follows]}


# --- open cases -----------------------------------------------------------------------------


def open_cases(session: Session, *, area_ids: Sequence[UUID], at: datetime) -> RowMapping:
    """Open cases on land redrawn at `at`, but for those about somebody; `moved` ones change their grid."""
    sql = f"""
      with land as materialized (
        select geom from area_version
        where area_id = any(:area_ids) and (upper_inf(valid) or upper(valid) = :at)),
      touched as (
        select distinct i.id from land join incident i
          on i.location && land.geom and ST_Intersects(land.geom, i.location)
        where i.closed_at is null)
      select count(*) inside, count(*) filter (where i.grid_id is distinct from leaf.grid_id) moved
      from touched join incident i using (id)
      left join lateral (
        {deepest_area_sql(GRID_AND_PATH, "i.location")}) leaf on true
      where i.about_kind is null
    """
    return session.execute(text(sql), {"area_ids": list(area_ids), "at": at}).mappings().one()


# --- responsibilities -----------------------------------------------------------------------


def responsibilities_to_follow(session: Session, follows: Follows, *, at: datetime) -> Sequence[RowMapping]:
    """Return the times from `at` on that workers look after followed areas, less those they look after the followers."""
    sql = f"""
      select wanted.worker_id, wanted.area_id, wanted.role, lower(piece) since, upper(piece) until
      from (
        select r.worker_id, follows.new area_id, r.role,
               range_agg(tstzrange(greatest(lower(r.valid), :at), upper(r.valid))) times
        from responsibility r join {_FOLLOWS} on follows.old = r.area_id
        where r.deleted_at is null and (upper_inf(r.valid) or upper(r.valid) > :at)
        group by r.worker_id, follows.new, r.role) wanted
      cross join lateral unnest(wanted.times - coalesce(
        (select range_agg(e.valid) from responsibility e
         where e.worker_id = wanted.worker_id and e.area_id = wanted.area_id and e.role = wanted.role),
        '{{}}'::tstzmultirange)) piece
    """
    return session.execute(text(sql), {"at": at, **_pairs(follows)}).mappings().all()


def insert_responsibilities(session: Session, rows: list[dict[str, Any]]) -> None:
    sql = """
      insert into responsibility (id, worker_id, area_id, role, valid)
      values (:id, :worker_id, :area_id, :role, tstzrange(:since, :until))
    """
    if rows:
        session.execute(text(sql), rows)


def close_responsibilities(session: Session, area_ids: Sequence[UUID], *, at: datetime) -> None:
    """End responsibilities for areas; one that never came into force leaves no time behind."""
    sql = """
      update responsibility set
        valid = case when lower(valid) >= :at then 'empty' else tstzrange(lower(valid), :at) end,
        deleted_at = case when lower(valid) >= :at then cast(:at as timestamptz) end
      where area_id = any(:area_ids) and deleted_at is null and (upper_inf(valid) or upper(valid) > :at)
    """
    session.execute(text(sql), {"area_ids": list(area_ids), "at": at})


def without_responsible(session: Session, area_ids: Sequence[UUID], *, at: datetime) -> set[UUID]:
    """Return those of the areas that no worker is responsible for at `at`."""
    sql = """
      select wanted.id from unnest(cast(:area_ids as uuid[])) wanted(id)
      where not exists (select 1 from responsibility r
                        where r.area_id = wanted.id and r.deleted_at is null
                          and r.valid @> cast(:at as timestamptz))
    """
    return set(session.scalars(text(sql), {"area_ids": list(area_ids), "at": at}))


def unattended_counts(session: Session, area_ids: Sequence[UUID]) -> RowMapping:
    """Return `households` and `open_cases` of grids without a responsible worker."""
    sql = """
      select (select count(*) from household h where h.grid_id = any(:area_ids) and h.deleted_at is null) households,
             (select count(*) from incident i
              where i.grid_id = any(:area_ids) and i.closed_at is null and i.about_kind is null) open_cases
    """
    return session.execute(text(sql), {"area_ids": list(area_ids)}).mappings().one()


# --- grants ---------------------------------------------------------------------------------


def grants_to_follow(session: Session, follows: Follows) -> Sequence[RowMapping]:
    """Return the roles over replaced areas, as roles over each successor."""
    sql = f"""
      select distinct g.account_id, g.role, follows.new area_id
      from account_grant g join {_FOLLOWS} on follows.old = g.area_id
      where g.revoked_at is null and g.deleted_at is null
    """
    return session.execute(text(sql), _pairs(follows)).mappings().all()


def insert_grants(session: Session, rows: list[dict[str, Any]]) -> None:
    """Grant roles and raise the permission epoch of their accounts. Existing roles stay."""
    sql = """
      insert into account_grant (id, account_id, role, area_id, granted_by, granted_at)
      values (:id, :account_id, :role, :area_id, :granted_by, :at)
      on conflict do nothing
    """
    if rows:
        session.execute(text(sql), rows)
        bump_epochs = "update account set permission_epoch = permission_epoch + 1 where id = any(:ids)"
        session.execute(text(bump_epochs), {"ids": sorted({row["account_id"] for row in rows})})


def revoke_grants(
    session: Session, area_ids: Sequence[UUID], *, revoked_by: UUID | None, at: datetime
) -> int:
    """Revoke the roles over areas and raise the permission epoch of their accounts. Return their number."""
    sql = """
      with revoked as (
        update account_grant set revoked_at = :at, revoked_by = :revoked_by
        where area_id = any(:area_ids) and revoked_at is null returning account_id),
      raised as (
        update account set permission_epoch = permission_epoch + 1
        where id in (select account_id from revoked) returning 1)
      select count(*) from revoked
    """
    binds = {"area_ids": list(area_ids), "revoked_by": revoked_by, "at": at}
    revoked: int = session.execute(text(sql), binds).scalar_one()
    return revoked
