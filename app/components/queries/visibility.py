"""SQL conditions for the components `c` that an actor sees."""

from datetime import datetime
from typing import Any

from app.core.actor import Actor, Permission
from app.workforce.scope import ScopeBranches, paths_sql, scope_binds

_UNIT_CONDITIONS = tuple(
    f"c.{column} = any(cast(:my_units as uuid[]))"
    for column in ("owning_unit_id", "managing_unit_id", "maintaining_unit_id")
)


def visibility_condition(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the condition, with binds, for components in the actor's areas or of the actor's units."""
    if actor.everywhere_with(Permission.COMPONENT_READ):
        return "true", {}
    clause = f"(c.scope_path <@ any({paths_sql()}) or {' or '.join(_UNIT_CONDITIONS)})"
    return clause, scope_binds(actor, now, Permission.COMPONENT_READ) | {"my_units": actor.unit_ids}


def visibility_branches(actor: Actor) -> ScopeBranches | None:
    """Return `visibility_condition` as branches, for the same binds. None: the actor sees everything."""
    if actor.everywhere_with(Permission.COMPONENT_READ):
        return None
    return ScopeBranches(paths_sql(), _UNIT_CONDITIONS if actor.unit_ids else ())
