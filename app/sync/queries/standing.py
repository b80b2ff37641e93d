"""Where an account stands in this snapshot: the epoch, its buckets, what it had done before."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.changes import PRESENT_LIFE
from app.core.db import sql_text
from app.profiles.scope import in_own_jurisdictions
from app.workforce.scope import paths_sql, scope_binds

GRIDS_AT_MOST = 100


def log_state(
    session: Session,
    *,
    prev: str | None,
    last: str | None,
    life: str | None = None,
    device: tuple[UUID, UUID] | None = None,
) -> RowMapping:
    """Return `epoch`, the present snapshot `cur` and `life`, and what is known of earlier ones.

    `is_kept`: all changes since `prev` are in the log. `is_past`: `last`, given out in `life`, is of this database's past.
    `applied`: up to where the operations of the `device` (account, device) are applied. `reached`: live offers that were
    there at `prev`; a token with it comes back from a phone that has applied what was before.
    """
    sql = f"""
      select e.epoch, cast(durable_snapshot() as text) cur, {PRESENT_LIFE} life,
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
_WAY = "case when {granted} then 1 else 0 end + case when {looked_after} then 2 else 0 end"


def scope(session: Session, actor: Actor, *, named: Collection[UUID], now: datetime) -> RowMapping:
    """What the actor's buckets are made of: `grids` and `areas` as [id, way], `jurisdictions` as [id, time zone].

    `grids` are all in scope where there are no more than GRIDS_AT_MOST, else those of `named`; `grids_found` stops
    counting after one more. `areas` are those above her grids, and at most a hundred below what she was given.
    """
    granted_paths, looked_after_paths, binds = _ways(actor, now)
    # As arrays, so that they are found once.
    granted, looked_after = "(select g from paths)::ltree[]", "(select r from paths)::ltree[]"
    is_own, own = in_own_jurisdictions(actor, "j.id")
    way = _WAY.format(granted=f"v.path <@ any({granted})", looked_after=f"v.path <@ any({looked_after})")
    within = "v.path <@ any((select g || r from paths)::ltree[])"
    tops = "select unnest(g || r) path from paths"
    if actor.is_everywhere:
        way = _WAY.format(granted="true", looked_after=f"v.path <@ any({looked_after})")
        within = "true"
        tops = "select v.path from area_version v where upper_inf(v.valid) and v.parent_id is null limit 100"
    sql = f"""
      with paths as materialized (select {granted_paths} g, {looked_after_paths} r),
      first as materialized (
        select v.area_id, v.path, {way} way from area_version v
        where upper_inf(v.valid) and v.level = 'grid' and {within} limit {GRIDS_AT_MOST + 1}),
      chosen as materialized (
        (select v.area_id, v.path, {way} way from area_version v
         where upper_inf(v.valid) and v.level = 'grid' and {within} and v.area_id = any(cast(:named as uuid[]))
           and (select count(*) from first) > {GRIDS_AT_MOST} limit {GRIDS_AT_MOST})
        union all
        select * from first where (select count(*) from first) <= {GRIDS_AT_MOST}),
      tops as materialized ({tops}),
      above as (
        select cast(label as uuid) area_id
        from (select path from chosen union select path from tops) p, unnest(string_to_array(p.path::text, '.')) label
      union
        (select v.area_id from area_version v where upper_inf(v.valid) and v.level <> 'grid' and {within}
         order by nlevel(v.path), v.path limit 100)),
      ruled as (select j.id from jurisdiction j where j.deleted_at is null and {is_own})
      select (select count(*) from first) grids_found,
        (select coalesce(json_agg(json_build_array(area_id, way) order by area_id), '[]') from chosen) grids,
        (select coalesce(json_agg(json_build_array(v.area_id, {way}) order by nlevel(v.path), v.area_id), '[]')
         from area_version v where upper_inf(v.valid) and v.area_id = any(array(select area_id from above))) areas,
        (select coalesce(json_agg(json_build_array(r.id, (
            select p.data ->> 'timezone' from profile_version p
            where p.jurisdiction_id = r.id order by p.number desc limit 1)) order by r.id), '[]') from ruled r) jurisdictions
    """
    return session.execute(sql_text(sql), binds | own | {"named": list(named)}).mappings().one()


def _ways(actor: Actor, now: datetime) -> tuple[str, str, dict[str, Any]]:
    """SQL of the paths she was given, and of those she looks after; the clause of every other door in two parts."""
    whole = scope_binds(actor, now)
    given = whole | {"scope_by_responsibility": False}
    hers = whole | {"scope_area_ids": []}
    binds = {f"g_{key}": value for key, value in given.items()} | {
        f"r_{key}": value for key, value in hers.items()
    }
    return paths_sql().replace(":scope_", ":g_scope_"), paths_sql().replace(":scope_", ":r_scope_"), binds
