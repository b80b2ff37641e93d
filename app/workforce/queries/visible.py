"""SQL conditions for the workers and areas that an actor may read or edit."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.accounts.models import AccountGrant
from app.areas.models import AreaVersion
from app.core.actor import Actor, Permission
from app.core.db import RowRule
from app.workforce.models import Responsibility, Worker
from app.workforce.scope import DEFAULT_PREFIX, area_roots, is_within, scope_binds

# The instant at which responsibilities count, in statements with `scope_binds`.
NOW = bindparam(f"{DEFAULT_PREFIX}_now", None, DateTime(timezone=True))
ACTOR_ID = bindparam(f"{DEFAULT_PREFIX}_actor_id", None, Uuid())
WITHIN = bindparam("within", None, Uuid())
_WITHIN_ROOTS = func.array(
    select(AreaVersion.path)
    .where(AreaVersion.area_id == WITHIN, func.upper_inf(AreaVersion.valid))
    .correlate(None)
    .scalar_subquery()
)


def works_in(worker: Any, roots: ColumnElement[Any], now: ColumnElement[Any] = NOW) -> ColumnElement[bool]:
    """Return the SQL condition that a worker works in one of the areas `roots`, or inside one.

    A worker works in the areas for which they are responsible now or have a grant (a role in an area).

    Args:
        worker: The mapped class `Worker` or an alias of it.
        roots: Paths of areas (ltree[]), as `area_roots` makes them.
    """
    # Aliases of their own, as the statement around may read the same tables.
    own, area = aliased(Responsibility), aliased(AreaVersion)
    grant, granted_area = aliased(AccountGrant), aliased(AreaVersion)
    return or_(
        exists()
        .where(
            own.worker_id == worker.id,
            own.deleted_at.is_(None),
            own.valid.contains(now),
            area.area_id == own.area_id,
            func.upper_inf(area.valid),
            is_within(area.path, roots),
        )
        .correlate(worker),
        exists()
        .where(
            grant.account_id == worker.id,
            grant.revoked_at.is_(None),
            grant.deleted_at.is_(None),
            granted_area.area_id == grant.area_id,
            func.upper_inf(granted_area.valid),
            is_within(granted_area.path, roots),
        )
        .correlate(worker),
    )


@lru_cache
def worker_visibility(worker: Any = Worker, prefix: str = DEFAULT_PREFIX) -> ColumnElement[bool]:
    """Return the SQL condition that the actor has a permission over a worker.

    The statement needs the binds of `visibility_binds`, which say which permission is meant. The actor has it over the workers
    who work in the areas where the actor holds it.
    """
    now = bindparam(f"{prefix}_now", None, DateTime(timezone=True))
    is_actor = worker.id == bindparam(f"{prefix}_actor_id", None, Uuid())
    condition = or_(
        bindparam(f"{prefix}_everywhere", None, Boolean()),
        and_(bindparam(f"{prefix}_includes_self", None, Boolean()), is_actor),
        works_in(worker, area_roots(prefix), now),
    )
    return RowRule(condition, "worker")


def area_visibility(area_id: Any, of: Any) -> ColumnElement[bool]:
    """Return the SQL condition that the actor has a permission in an area.

    The statement needs the binds of `visibility_binds`, which say which permission is meant.

    Args:
        area_id: Column of the id, or a bind.
        of: The table of the column, or None for a bind.
    """
    area = aliased(AreaVersion)
    in_scope = (
        exists()
        .where(area.area_id == area_id, func.upper_inf(area.valid), is_within(area.path, area_roots()))
        .correlate(of)
    )
    return or_(bindparam(f"{DEFAULT_PREFIX}_everywhere", None, Boolean()), in_scope)


def works_within() -> ColumnElement[bool]:
    """Return the SQL condition that a worker works in the area of the bind `:within`.

    Areas inside that area count too. The condition is true if the bind is NULL.
    """
    return or_(WITHIN.is_(None), works_in(Worker, _WITHIN_ROOTS))


def lies_within(path: Any) -> ColumnElement[bool]:
    """Return the SQL condition that an area is that of the bind `:within`, or in it.

    The condition is true if the bind is NULL.
    """
    return or_(WITHIN.is_(None), is_within(path, _WITHIN_ROOTS))


def visibility_binds(
    actor: Actor,
    now: datetime,
    permission: Permission,
    *,
    includes_self: bool = False,
    prefix: str = DEFAULT_PREFIX,
) -> dict[str, Any]:
    """Return the bind values for the conditions of `worker_visibility` and `area_visibility`.

    Args:
        permission: The permission that the actor must hold over a worker or in an area.
        includes_self: True: the actor, as a worker, is always visible to themselves.
    """
    return {
        **scope_binds(actor, now, permission, prefix=prefix),
        f"{prefix}_everywhere": actor.everywhere_with(permission),
        f"{prefix}_includes_self": includes_self,
    }


_IS_WORKER_VISIBLE = select(
    exists().where(Worker.id == bindparam("worker_id"), Worker.deleted_at.is_(None), worker_visibility())
)


def is_worker_visible(
    session: Session,
    actor: Actor,
    worker_id: UUID,
    *,
    now: datetime,
    permission: Permission,
    includes_self: bool,
) -> bool:
    """Return True if the worker works where the actor holds `permission`.

    With `includes_self` the result is True also if the worker is the actor.
    """
    binds = visibility_binds(actor, now, permission, includes_self=includes_self)
    return bool(session.scalar(_IS_WORKER_VISIBLE, binds | {"worker_id": worker_id}))


_AREA_ID = bindparam("area_id", None, Uuid())
_IS_AREA_VISIBLE = select(
    and_(
        exists().where(AreaVersion.area_id == _AREA_ID, func.upper_inf(AreaVersion.valid)),
        area_visibility(_AREA_ID, None),
    )
)


def is_area_visible(
    session: Session, actor: Actor, area_id: UUID, *, now: datetime, permission: Permission
) -> bool:
    """Return True if the area exists now and the actor holds `permission` there."""
    binds = visibility_binds(actor, now, permission) | {"area_id": area_id}
    return bool(session.scalar(_IS_AREA_VISIBLE, binds))
