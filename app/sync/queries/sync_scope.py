"""SQL of the sync scope of an account (the buckets it may read), and the change log's state.

The *grounds* of a bucket are the reasons for access as a bit mask. 1: the account has a role in the area. 2: the worker is
responsible for the area.
"""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, literal, literal_column
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.changes import CURRENT_LIFE
from app.core.db import Fragment
from app.profiles.models import Jurisdiction
from app.profiles.scope import own_jurisdictions
from app.workforce.scope import granted_roots, looked_after_roots, scope_binds

MAX_GRIDS = 100

LOG_STATE = Fragment(
    """
    select e.epoch, cast(s.cur as text) cur, {life} life,
      coalesce(pg_snapshot_xmin(cast(:prev as pg_snapshot)) >= e.pruned_below, true) is_kept,
      coalesce(is_past_snapshot(cast(:last as pg_snapshot), cast(:life as text), s.cur), true) is_past,
      (select d.applied_seq from sync_device d where d.account_id = :account and d.device_id = :device) applied,
      array(
        select o.id from offer o
        where o.worker_id = :account and o.state = 'offered'
          and not exists (select 1 from offer_delivery x where x.offer_id = o.id)
          and exists (select 1 from change_log c
                      where c.bucket = 'worker:' || cast(:account as text) and c.entity = 'offer' and c.row_id = o.id
                        and pg_visible_in_snapshot(c.xid, cast(:prev as pg_snapshot)) offset 0)) reached
    from sync_epoch e cross join (select durable_snapshot() cur offset 0) s
    """,
    life=literal_column(CURRENT_LIFE),
)


def log_state(
    session: Session,
    *,
    prev: str | None,
    last: str | None,
    life: str | None = None,
    device: tuple[UUID, UUID] | None = None,
) -> RowMapping:
    """Return the state of the change log, to decide whether the snapshots of a token are usable.

    Columns:
        `epoch`, `life`: those of the database.
        `cur`: the present snapshot.
        `is_kept`: the log still has all changes since the snapshot `prev`.
        `is_past`: the snapshot `last` belongs to the past of this database.
        `applied`: the `applied_seq` of the device.
        `reached`: ids of the account's open offers that `prev` contains and that are not marked as delivered.

    Args:
        prev, last: First and last snapshot of the token. None: there is no token.
        life: Mark of the database when `last` was issued. The mark changes with each recovery of the database.
        device: Account id and device id.
    """
    binds = log_binds(prev=prev, last=last, life=life, device=device)
    return session.execute(LOG_STATE, binds).mappings().one()


def log_binds(
    *, prev: str | None, last: str | None, life: str | None, device: tuple[UUID, UUID] | None
) -> dict[str, Any]:
    """Return the binds of `LOG_STATE`."""
    account_id, device_id = device or (None, None)
    return {"prev": prev, "last": last, "life": life, "account": account_id, "device": device_id}


_constant = partial(literal, literal_execute=True)
_JURISDICTION = aliased(Jurisdiction, name="j")
_GRANTED, _LOOKED_AFTER = "granted_scope", "looked_after_scope"
# Bit 1: by a grant over an area; bit 2: because the worker looks after it. Paths are arrays, so that they are evaluated once.
_GROUNDS = """(case when {is_granted} then 1 else 0 end
  + case when v.path <@ any((select looked_after from paths)::ltree[]) then 2 else 0 end)"""


@lru_cache(maxsize=100)
def _scope(*, is_everywhere: bool, is_own_jurisdiction: ColumnElement[bool]) -> Fragment:
    """Return the SELECT of the grids, areas and jurisdictions that an account may read.

    It has one row, whose columns `load_scope` returns to its callers.

    Args:
        is_everywhere: True: build the statement for accounts with a role in all areas.
        is_own_jurisdiction: Condition that a jurisdiction is one of the account.
    """
    if is_everywhere:
        is_granted = is_within = Fragment("true")
        root_paths = Fragment(
            "select v.path from area_version v where upper_inf(v.valid) and v.parent_id is null limit 100"
        )
    else:
        is_granted = Fragment("v.path <@ any((select granted from paths)::ltree[])")
        is_within = Fragment("v.path <@ any((select granted || looked_after from paths)::ltree[])")
        root_paths = Fragment("select unnest(granted || looked_after) path from paths")
    return Fragment(
        """
        with paths as materialized (select {granted} granted, {looked_after} looked_after),
        grids_in_scope as materialized (
          select v.area_id, v.path, {grounds} grounds from area_version v
          where upper_inf(v.valid) and v.level = 'grid' and {is_within} limit {most_and_one}),
        chosen_grids as materialized (
          (select v.area_id, v.path, {grounds} grounds from area_version v
           where upper_inf(v.valid) and v.level = 'grid' and {is_within} and v.area_id = any(cast(:named as uuid[]))
             and (select count(*) from grids_in_scope) > {most} limit {most})
          union all
          select * from grids_in_scope where (select count(*) from grids_in_scope) <= {most}),
        roots as materialized ({root_paths}),
        areas_in_scope as (
          select cast(label as uuid) area_id
          from (select path from chosen_grids union select path from roots) p,
            unnest(string_to_array(p.path::text, '.')) label
          union
          (select v.area_id from area_version v where upper_inf(v.valid) and v.level <> 'grid' and {is_within}
           order by nlevel(v.path), v.path limit 100)),
        own_jurisdictions as (select j.id from jurisdiction j where j.deleted_at is null and {is_own})
        select (select count(*) from grids_in_scope) grids_found,
          (select coalesce(json_agg(json_build_array(area_id, grounds) order by area_id), '[]') from chosen_grids) grids,
          (select coalesce(json_agg(json_build_array(v.area_id, {grounds}) order by nlevel(v.path), v.area_id), '[]')
           from areas_in_scope a cross join lateral (
             select p.area_id, p.path from area_version p
             where p.area_id = a.area_id and upper_inf(p.valid) limit 1) v) areas,
          (select coalesce(json_agg(json_build_array(o.id, (
              select p.data ->> 'timezone' from profile_version p
              where p.jurisdiction_id = o.id order by p.number desc limit 1)) order by o.id), '[]')
           from own_jurisdictions o) jurisdictions
        """,
        granted=granted_roots(_GRANTED),
        looked_after=looked_after_roots(_LOOKED_AFTER),
        grounds=Fragment(_GROUNDS, is_granted=is_granted),
        is_within=is_within,
        root_paths=root_paths,
        is_own=is_own_jurisdiction,
        most=_constant(MAX_GRIDS),
        most_and_one=_constant(MAX_GRIDS + 1),
    )


def load_scope(
    session: Session, actor: Actor, *, named_grid_ids: Collection[UUID], now: datetime
) -> RowMapping:
    """Return the grids, areas and jurisdictions that the actor may read, as JSON lists.

    Columns: `grids` and `areas` (each [id, grounds]), `jurisdictions` (each [id, time zone]), `grids_found` (number of
    grids, at most MAX_GRIDS + 1). If there are more than MAX_GRIDS grids, `grids` has only those that are in
    `named_grid_ids`. `areas` has the returned grids, the actor's top areas, all areas above them, and at most
    100 areas under them.
    """
    statement, binds = scope_statement(actor, named_grid_ids=named_grid_ids, now=now)
    return session.execute(statement, binds).mappings().one()


def scope_statement(
    actor: Actor, *, named_grid_ids: Collection[UUID], now: datetime
) -> tuple[Fragment, dict[str, Any]]:
    """Return the statement of `load_scope` with its binds."""
    is_own, own_binds = own_jurisdictions(actor, _JURISDICTION.id)
    statement = _scope(is_everywhere=actor.is_everywhere, is_own_jurisdiction=is_own)
    return statement, _scope_binds(actor, now) | own_binds | {"named": list(named_grid_ids)}


def _scope_binds(actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the bind values for the actor's areas: those by role and those by responsibility."""
    return scope_binds(actor, now, prefix=_GRANTED) | scope_binds(actor, now, prefix=_LOOKED_AFTER)
