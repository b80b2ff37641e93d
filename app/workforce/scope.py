"""The area scope of an actor: the subtrees of the areas of their grants and of the grids they are responsible for now.

Every table whose rows lie at an area path is filtered by `area_reach`: `path <@ any(roots)`. A domain that adds grounds of
its own (reported by the actor, owned by their unit) builds its rule on `area_roots` and `scope_binds`.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    DateTime,
    Uuid,
    any_,
    bindparam,
    false,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from app.areas.models import AreaVersion
from app.core.actor import AREA_ROLES, FIELD_ROLES, Actor, Permission
from app.core.db import Fragment, RowRule
from app.profiles.scope import are_neighbours
from app.workforce.models import Responsibility

DEFAULT_PREFIX = "scope"


@lru_cache
def area_roots(prefix: str = DEFAULT_PREFIX) -> ColumnElement[Any]:
    """Return the ltree[] of the roots of what an actor looks after, for the binds of `scope_binds` with this `prefix`.

    An uncorrelated array sub-select, which PostgreSQL evaluates once per statement. `any((select ...))` in its place would
    be a sub-link, evaluated for each row.
    """
    area_ids = bindparam(f"{prefix}_area_ids", None, ARRAY(Uuid()))
    of_grants = select(AreaVersion.path).where(
        func.upper_inf(AreaVersion.valid), AreaVersion.area_id == any_(area_ids)
    )
    of_responsibility = (
        select(AreaVersion.path)
        .select_from(Responsibility)
        .join(AreaVersion, AreaVersion.area_id == Responsibility.area_id)
        .where(
            func.upper_inf(AreaVersion.valid),
            Responsibility.worker_id == bindparam(f"{prefix}_actor_id", None, Uuid()),
            bindparam(f"{prefix}_by_responsibility", None, Boolean()),
            Responsibility.deleted_at.is_(None),
            Responsibility.valid.bool_op("@>")(bindparam(f"{prefix}_now", None, DateTime(timezone=True))),
        )
    )
    return func.array(union_all(of_grants, of_responsibility).scalar_subquery())


def scope_binds(
    actor: Actor, now: datetime, permission: Permission | None = None, *, prefix: str = DEFAULT_PREFIX
) -> dict[str, Any]:
    """Return the binds of `area_roots(prefix)`. With `permission`, only grants that hold it count.

    A worker's or chief's grant says where the account is managed, not what it looks after: that is responsibility.
    """
    grants = [g for g in actor.grants if permission is None or actor.holds(g, permission)]
    by_responsibility = any(g.role in FIELD_ROLES for g in grants)
    return {
        f"{prefix}_area_ids": [g.area_id for g in grants if g.area_id is not None and g.role in AREA_ROLES]
        + list(actor.lent_area_ids if by_responsibility else ()),
        f"{prefix}_actor_id": actor.id,
        f"{prefix}_by_responsibility": by_responsibility,
        f"{prefix}_now": now,
    }


def is_within(path: Any, roots: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that an area path lies in one of the subtrees of `roots` (ltree[])."""
    condition: ColumnElement[bool] = path.bool_op("<@")(any_(roots))
    return condition


@dataclass(frozen=True, slots=True)
class ScopeBranches:
    """A rule of visibility as branches, for statements that look for the first rows of each by the index of each.

    Visible are rows under `roots` (ltree[]; None: nowhere) that meet `scoped_condition`, and rows that meet one of `grounds`;
    all of them only if they meet `exclusions`.
    """

    roots: ColumnElement[Any] | None
    grounds: tuple[ColumnElement[bool], ...] = ()
    scoped_condition: ColumnElement[bool] | None = None
    exclusions: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class AreaReach:
    """The areas where an actor holds a permission. `prefix` names the binds, so that a statement may have several."""

    prefix: str
    is_everywhere: bool
    is_nowhere: bool
    binds: dict[str, Any]

    def condition(self, path: Any) -> ColumnElement[bool]:
        """Return the rule of visibility for the rows of a table whose area path is the column `path`."""
        return _reach_condition(self.prefix, self.is_everywhere, self.is_nowhere, path)

    @property
    def roots(self) -> ColumnElement[Any]:
        return area_roots(self.prefix)

    @property
    def branches(self) -> ScopeBranches | None:
        """Return the rule as branches. None: everywhere."""
        if self.is_everywhere:
            return None
        return ScopeBranches(None if self.is_nowhere else self.roots)


def area_reach(actor: Actor, permission: Permission, now: datetime) -> AreaReach:
    """Return where the actor holds `permission`."""
    # Named after the permission: in one statement an address may be read in other places than a household.
    prefix = f"{permission.value.replace(':', '_')}_scope"
    if actor.everywhere_with(permission):
        return AreaReach(prefix, True, False, {})
    if not actor.may(permission):
        return AreaReach(prefix, False, True, {})
    return AreaReach(prefix, False, False, scope_binds(actor, now, permission, prefix=prefix))


@lru_cache(maxsize=500)
def _reach_condition(prefix: str, is_everywhere: bool, is_nowhere: bool, path: Any) -> ColumnElement[bool]:
    if is_everywhere:
        condition: ColumnElement[bool] = true()
    elif is_nowhere:
        condition = false()
    else:
        condition = is_within(path, area_roots(prefix))
    return RowRule(condition, table_name(path))


def table_name(column: Any) -> str:
    """Return the name of the table of a mapped column, also through an alias. Empty for text."""
    table = getattr(getattr(column, "expression", column), "table", None)
    return getattr(getattr(table, "element", table), "name", "")


def held_skills(skills: Any, permits: Any) -> Fragment:
    """Return the text[] of the skills that a worker has at `:now`, without those whose permit has ended.

    Args:
        skills: Column `worker.skills`.
        permits: Column `worker.permits`.
    """
    return Fragment(
        """case when {permits} = '{}' then {skills} else array(
          select skill from unnest({skills}) skill
          where coalesce(cast({permits} ->> skill as timestamptz) > cast(:now as timestamptz), true)) end""",
        skills=skills,
        permits=permits,
    )


def works_for(worker_id: Any, jurisdiction_id: Any) -> Fragment:
    """Return the SQL condition that a worker may work in a jurisdiction. It needs the bind `:now`.

    The condition is true if the worker has a responsibility or a grant in the jurisdiction or in a neighbouring one, and
    also if the worker has none at all.
    """
    homes = Fragment(
        """select home_area.jurisdiction_id id
           from responsibility join area home_area on home_area.id = responsibility.area_id
           where responsibility.worker_id = {worker_id} and responsibility.deleted_at is null
             and responsibility.valid @> cast(:now as timestamptz)
           union select granted_area.jurisdiction_id
           from account_grant join area granted_area on granted_area.id = account_grant.area_id
           where account_grant.account_id = {worker_id} and account_grant.revoked_at is null
             and account_grant.deleted_at is null""",
        worker_id=worker_id,
    )
    return Fragment(
        """(not exists ({homes}) or exists (
          select 1 from ({homes}) home where home.id = {jurisdiction_id} or {agreed}))""",
        homes=homes,
        jurisdiction_id=jurisdiction_id,
        agreed=are_neighbours(literal_column("home.id"), jurisdiction_id),
    )


@lru_cache
def column_sql(column: str) -> ColumnElement[Any]:
    """Return a column of a CTE, given as SQL, as an element: the same object for the same text."""
    return literal_column(column)
