"""SQL of the sync scope of an account: state of the change log, buckets, grounds of access."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.changes import CURRENT_LIFE
from app.core.db import as_sql, sql_text
from app.profiles.scope import in_own_jurisdictions
from app.workforce.scope import area_roots, scope_binds

MAX_GRIDS = 100


def log_state(
    session: Session,
    *,
    prev: str | None,
    last: str | None,
    life: str | None = None,
    device: tuple[UUID, UUID] | None = None,
) -> RowMapping:
    """Return `epoch`, the present snapshot `cur`, `life`, and the state of the earlier snapshots.

    `is_kept`: the log has all changes since `prev`. `is_past`: `last`, issued in `life`, lies in this database's past.
    `applied`: the `applied_seq` of `device` (account, device). `reached`: open offers that existed at `prev`: a device that
    returns this token has applied them.
    """
    sql = f"""
      select e.epoch, cast(durable_snapshot() as text) cur, {CURRENT_LIFE} life,
        coalesce(pg_snapshot_xmin(cast(:prev as pg_snapshot)) >= e.pruned_below, true) is_kept,
        coalesce(is_past_snapshot(cast(:last as pg_snapshot), cast(:life as text)), true) is_past,
        (select d.applied_seq from sync_device d where d.account_id = :account and d.device_id = :device) applied,
        array(
          select o.id from offer o
          where o.worker_id = :account and o.state = 'offered'
            and not exists (select 1 from offer_delivery x where x.offer_id = o.id)
            and exists (select 1 from change_log c
                        where c.bucket = 'worker:' || cast(:account as text) and c.entity = 'offer' and c.row_id = o.id
                          and pg_visible_in_snapshot(c.xid, cast(:prev as pg_snapshot)))) reached
      from sync_epoch e
    """
    account_id, device_id = device or (None, None)
    binds = {"prev": prev, "last": last, "life": life, "account": account_id, "device": device_id}
    return session.execute(sql_text(sql), binds).mappings().one()


# Bit 1: by a grant over an area; bit 2: because she looks after it.
_GROUNDS = "case when {granted} then 1 else 0 end + case when {looked_after} then 2 else 0 end"


def load_scope(
    session: Session, actor: Actor, *, named_grid_ids: Collection[UUID], now: datetime
) -> RowMapping:
    """Return the areas of the actor: `grids`, `areas` as [id, grounds], `jurisdictions` as [id, time zone].

    `grids`: all in scope, or those of `named` where there are more than MAX_GRIDS. `grids_found` counts to MAX_GRIDS + 1.
    `areas`: those above the grids, and at most 100 below the granted areas.
    """
    granted_paths, looked_after_paths, binds = _scope_paths(actor, now)
    # As arrays, so that they are found once.
    granted, looked_after = "(select g from paths)::ltree[]", "(select r from paths)::ltree[]"
    is_own, own_binds = in_own_jurisdictions(actor, "j.id")
    grounds = _GROUNDS.format(
        granted=f"v.path <@ any({granted})", looked_after=f"v.path <@ any({looked_after})"
    )
    within = "v.path <@ any((select g || r from paths)::ltree[])"
    root_paths = "select unnest(g || r) path from paths"
    if actor.is_everywhere:
        grounds = _GROUNDS.format(granted="true", looked_after=f"v.path <@ any({looked_after})")
        within = "true"
        root_paths = (
            "select v.path from area_version v where upper_inf(v.valid) and v.parent_id is null limit 100"
        )
    sql = f"""
      with paths as materialized (select {granted_paths} g, {looked_after_paths} r),
      first as materialized (
        select v.area_id, v.path, {grounds} way from area_version v
        where upper_inf(v.valid) and v.level = 'grid' and {within} limit {MAX_GRIDS + 1}),
      chosen as materialized (
        (select v.area_id, v.path, {grounds} way from area_version v
         where upper_inf(v.valid) and v.level = 'grid' and {within} and v.area_id = any(cast(:named as uuid[]))
           and (select count(*) from first) > {MAX_GRIDS} limit {MAX_GRIDS})
        union all
        select * from first where (select count(*) from first) <= {MAX_GRIDS}),
      tops as materialized ({root_paths}),
      above as (
        select cast(label as uuid) area_id
        from (select path from chosen union select path from tops) p, unnest(string_to_array(p.path::text, '.')) label
      union
        (select v.area_id from area_version v where upper_inf(v.valid) and v.level <> 'grid' and {within}
         order by nlevel(v.path), v.path limit 100)),
      ruled as (select j.id from jurisdiction j where j.deleted_at is null and {is_own})
      select (select count(*) from first) grids_found,
        (select coalesce(json_agg(json_build_array(area_id, way) order by area_id), '[]') from chosen) grids,
        (select coalesce(json_agg(json_build_array(v.area_id, {grounds}) order by nlevel(v.path), v.area_id), '[]')
         from area_version v where upper_inf(v.valid) and v.area_id = any(array(select area_id from above))) areas,
        (select coalesce(json_agg(json_build_array(r.id, (
            select p.data ->> 'timezone' from profile_version p
            where p.jurisdiction_id = r.id order by p.number desc limit 1)) order by r.id), '[]') from ruled r) jurisdictions
    """
    return (
        session.execute(sql_text(sql), binds | own_binds | {"named": list(named_grid_ids)}).mappings().one()
    )


_GRANTED, _LOOKED_AFTER = "granted_scope", "looked_after_scope"


def _scope_paths(actor: Actor, now: datetime) -> tuple[str, str, dict[str, Any]]:
    """Return SQL of the granted paths and of the paths of responsibility, and their binds."""
    of_grants = scope_binds(actor, now, prefix=_GRANTED) | {f"{_GRANTED}_by_responsibility": False}
    of_responsibility = scope_binds(actor, now, prefix=_LOOKED_AFTER) | {f"{_LOOKED_AFTER}_area_ids": []}
    return (
        as_sql(area_roots(_GRANTED)),
        as_sql(area_roots(_LOOKED_AFTER)),
        of_grants | of_responsibility,
    )
