"""Which workers an actor may see or act on: one clause for every door."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce.scope import paths_sql, scope_binds


def works_in(paths: str) -> str:
    """SQL: worker `w` is responsible now, or holds a grant, for something in or under one of `paths`."""
    return f"""(
      exists (
        select 1 from responsibility sr
        join area_version sv on sv.area_id = sr.area_id and upper_inf(sv.valid)
        where sr.worker_id = w.id and sr.deleted_at is null and sr.valid @> cast(:scope_now as timestamptz)
          and sv.path <@ any({paths}))
      or exists (
        select 1 from account_grant sg
        join area_version sv on sv.area_id = sg.area_id and upper_inf(sv.valid)
        where sg.account_id = w.id and sg.revoked_at is null and sg.deleted_at is null
          and sv.path <@ any({paths})))"""


def visible() -> str:
    """SQL: worker `w` is in scope; needs `visible_binds`."""
    return f"""(:scope_everywhere or (:scope_includes_self and w.id = :scope_actor_id)
      or {works_in(paths_sql())})"""


def visible_area(area_id: str) -> str:
    """SQL: the area whose id is the expression `area_id` is in scope; needs `visible_binds`."""
    return f"""(:scope_everywhere or exists (
      select 1 from area_version sv
      where sv.area_id = {area_id} and upper_inf(sv.valid) and sv.path <@ any({paths_sql()})))"""


def visible_binds(
    actor: Actor, now: datetime, permission: Permission, *, includes_self: bool
) -> dict[str, Any]:
    """Binds of `visible`: where the actor holds `permission`, and, if `includes_self`, the actor as a worker."""
    return {
        **scope_binds(actor, now, permission),
        "scope_everywhere": actor.everywhere_with(permission),
        "scope_includes_self": includes_self,
    }


def is_worker_visible(
    session: Session,
    actor: Actor,
    worker_id: UUID,
    *,
    now: datetime,
    permission: Permission,
    includes_self: bool,
) -> bool:
    sql = f"""
      select exists (select 1 from worker w
                     where w.id = :worker_id and w.deleted_at is null and {visible()})
    """
    binds = visible_binds(actor, now, permission, includes_self=includes_self) | {"worker_id": worker_id}
    return bool(session.scalar(text(sql), binds))


def is_area_visible(
    session: Session, actor: Actor, area_id: UUID, *, now: datetime, permission: Permission
) -> bool:
    """Whether the area exists now and lies where the actor holds `permission`."""
    sql = f"""
      select exists (select 1 from area_version here where here.area_id = :area_id and upper_inf(here.valid))
        and {visible_area(":area_id")}
    """
    binds = visible_binds(actor, now, permission, includes_self=False) | {"area_id": area_id}
    return bool(session.scalar(text(sql), binds))
