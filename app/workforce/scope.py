"""SQL conditions for the areas that an actor may see or manage (the *scope* of the actor).

The scope is a set of areas with all areas inside them. A supervisor's areas are those of their grants (roles in an area); a
worker's areas are those for which they are responsible now. Every table whose rows have an area path is filtered by
`area_reach`: `path <@ any(roots)`. Some packages have further reasons why an actor sees a row (reported by the actor, owned
by their unit). They build their rule on `area_roots` and `scope_binds`.
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
    Select,
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
    """Return the areas that the actor may see as an SQL array of paths (ltree[]).

    The actor may see the areas in these areas too. The statement needs the binds of `scope_binds` with the same `prefix`. The
    array is an uncorrelated sub-select, which PostgreSQL evaluates once per statement. `any((select ...))` in its place would
    be evaluated for each row.
    """
    return func.array(union_all(_paths_of_grants(prefix), _paths_of_responsibility(prefix)).scalar_subquery())


@lru_cache
def granted_roots(prefix: str) -> ColumnElement[Any]:
    """Return the areas of `area_roots` that the actor may see by grants over areas, and those lent, as an SQL array."""
    return func.array(_paths_of_grants(prefix).scalar_subquery())


@lru_cache
def looked_after_roots(prefix: str) -> ColumnElement[Any]:
    """Return the areas of `area_roots` for which the actor is responsible, as an SQL array."""
    return func.array(_paths_of_responsibility(prefix).scalar_subquery())


def _paths_of_grants(prefix: str) -> Select[Any]:
    area_ids = bindparam(f"{prefix}_area_ids", None, ARRAY(Uuid()))
    return select(AreaVersion.path).where(
        func.upper_inf(AreaVersion.valid), AreaVersion.area_id == any_(area_ids)
    )


def _paths_of_responsibility(prefix: str) -> Select[Any]:
    return (
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


def has_same_areas(actor: Actor, permission: Permission, other: Permission, now: datetime) -> bool:
    """Return True if the actor has two permissions in the same areas."""
    reaches = [(scope_binds(actor, now, p), actor.everywhere_with(p)) for p in (permission, other)]
    return reaches[0] == reaches[1]


def scope_binds(
    actor: Actor, now: datetime, permission: Permission | None = None, *, prefix: str = DEFAULT_PREFIX
) -> dict[str, Any]:
    """Return the bind values for `area_roots(prefix)`, made of the rights of the actor.

    The areas of supervisors, administrators and GIS staff are those of their grants (roles in an area). The areas of workers,
    chiefs and handlers are those for which they are responsible now, and `actor.lent_area_ids`; the area of their grant says
    only where the account is managed.

    Args:
        permission: Only grants that hold this permission count. None: all grants.
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
    """Return the SQL condition that an area is one of `roots` (ltree[]), or inside one of them."""
    condition: ColumnElement[bool] = path.bool_op("<@")(any_(roots))
    return condition


@dataclass(frozen=True, slots=True)
class ScopeBranches:
    """A rule about which rows an actor may see, split so that each part can use its own index.

    Attributes:
        roots: ltree[] of the areas whose rows are visible; None: no rows are visible because of their area.
        scoped_condition: Further condition on the rows in the areas of `roots`.
        grounds: Conditions each of which makes a row visible in any area.
        exclusions: Condition that every visible row must meet.
    """

    roots: ColumnElement[Any] | None
    grounds: tuple[ColumnElement[bool], ...] = ()
    scoped_condition: ColumnElement[bool] | None = None
    exclusions: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class AreaReach:
    """The areas where an actor holds a permission, to filter the rows of a table by their area.

    Attributes:
        prefix: Prefix of the names of binds, so that one statement can contain several of these rules.
    """

    prefix: str
    is_everywhere: bool
    is_nowhere: bool
    binds: dict[str, Any]

    def condition(self, path: Any) -> ColumnElement[bool]:
        """Return the SQL condition that the actor may see a row with the area path `path`."""
        return _reach_condition(self.prefix, self.is_everywhere, self.is_nowhere, path)

    @property
    def roots(self) -> ColumnElement[Any]:
        return area_roots(self.prefix)

    @property
    def branches(self) -> ScopeBranches | None:
        """Return the rule in parts that can each use an index. None: all rows are visible."""
        if self.is_everywhere:
            return None
        return ScopeBranches(None if self.is_nowhere else self.roots)


def area_reach(actor: Actor, permission: Permission, now: datetime) -> AreaReach:
    """Return the areas where the actor holds `permission`, to filter rows in SQL statements."""
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
    """Return the name of the table of a mapped column, also of a column of an alias.

    Returns "" for a column given as text.
    """
    table = getattr(getattr(column, "expression", column), "table", None)
    return getattr(getattr(table, "element", table), "name", "")


def held_skills(skills: Any, permits: Any) -> Fragment:
    """Return an SQL expression (text[]) with the skills that a worker has at the bind `:now`.

    Skills whose permit has ended are left out.

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
    """Return the SQL condition that a worker may work in a jurisdiction (city).

    A worker may work in a jurisdiction in which they are responsible for an area or have a grant (a role in an area), and in
    one that has an agreement with it. A worker without both may work anywhere. The statement needs the bind `:now`.
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
    """Return the column of a CTE, given as SQL text, as an SQLAlchemy element.

    The same text gives the same object, so that cached statements can be found by it.
    """
    return literal_column(column)
