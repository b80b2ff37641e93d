"""Where an actor looks: the paths of the areas of her grants and of the grids she is responsible for now.

The one scope rule: every table with a `scope_path` is filtered by `scope_path <@ any(paths)`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.actor import AREA_ROLES, FIELD_ROLES, Actor, Permission
from app.profiles.scope import are_neighbours

# Evaluated once per statement (an uncorrelated array sub-select), not per row.
PATHS = """ARRAY(
  select v.path from area_version v
  where upper_inf(v.valid) and v.area_id = any(cast(:scope_area_ids as uuid[]))
  union all
  select v.path from responsibility r join area_version v on v.area_id = r.area_id and upper_inf(v.valid)
  where r.worker_id = :scope_actor_id and :scope_by_responsibility
    and r.deleted_at is null and r.valid @> cast(:scope_now as timestamptz))"""

# The skills that worker `w` has at :now: a permit that has ended is none.
HELD_SKILLS = """case when w.permits = '{}' then w.skills else array(
  select s from unnest(w.skills) s
  where coalesce(cast(w.permits ->> s as timestamptz) > cast(:now as timestamptz), true)) end"""


def works_for(worker: str, jurisdiction: str) -> str:
    """SQL: the worker works in this jurisdiction or one that has agreed with it, or nowhere yet; needs :now."""
    homes = f"""
      select a.jurisdiction_id id from responsibility r join area a on a.id = r.area_id
      where r.worker_id = {worker} and r.deleted_at is null and r.valid @> cast(:now as timestamptz)
      union select a.jurisdiction_id from account_grant g join area a on a.id = g.area_id
      where g.account_id = {worker} and g.revoked_at is null and g.deleted_at is null"""
    agreed = are_neighbours("home.id", jurisdiction)
    return f"""(not exists ({homes}) or exists (
      select 1 from ({homes}) home where home.id = {jurisdiction} or {agreed}))"""


@dataclass(frozen=True, slots=True)
class ScopeBranches:
    """How an actor comes to see rows of a table, for whoever looks for the first of each in an order.

    Under `paths` (SQL for an ltree[], None: nowhere) those that are `such`, or by one of `own`; never less `less`.
    """

    paths: str | None
    own: tuple[str, ...] = ()
    such: str = "true"
    less: str = "true"


def paths_sql() -> str:
    """SQL for an ltree[] of the roots of what the actor looks after; needs `scope_binds`."""
    return PATHS


def scope_binds(actor: Actor, now: datetime, permission: Permission | None = None) -> dict[str, Any]:
    """Return the binds of `paths_sql`. With `permission`, only grants that hold it count.

    A worker's or chief's grant says where the account is managed, not what it looks after: that is responsibility.
    """
    grants = [g for g in actor.grants if permission is None or actor.holds(g, permission)]
    by_responsibility = any(g.role in FIELD_ROLES for g in grants)
    return {
        "scope_area_ids": [g.area_id for g in grants if g.area_id is not None and g.role in AREA_ROLES]
        + list(actor.lent_area_ids if by_responsibility else ()),
        "scope_actor_id": actor.id,
        "scope_by_responsibility": by_responsibility,
        "scope_now": now,
    }


def reach(actor: Actor, permission: Permission, column: str, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL that is true where the actor holds `permission` over what stands at `column`, and its binds."""
    if actor.everywhere_with(permission):
        return "true", {}
    if not actor.may(permission):
        return "false", {}
    prefix = _prefix(permission)
    binds = {
        prefix + key.removeprefix("scope_"): value
        for key, value in scope_binds(actor, now, permission).items()
    }
    return f"{column} <@ any({paths_sql().replace(':scope_', f':{prefix}')})", binds


def reach_branches(actor: Actor, permission: Permission) -> ScopeBranches | None:
    """What `reach` says, with its binds, as ways; None: everything."""
    if actor.everywhere_with(permission):
        return None
    if not actor.may(permission):
        return ScopeBranches(None)
    return ScopeBranches(paths_sql().replace(":scope_", f":{_prefix(permission)}"))


def _prefix(permission: Permission) -> str:
    # Named after the permission: in one statement an address may be read in other places than a household.
    return f"{permission.value.replace(':', '_')}_scope_"
