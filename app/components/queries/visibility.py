"""Which components an actor may see, as SQL conditions on a component `c`."""

from datetime import datetime
from typing import Any

from app.core.actor import Actor, Permission
from app.workforce.scope import Ways, paths_sql, scope_binds

_OF_MY_UNITS = tuple(
    f"c.{column} = any(cast(:my_units as uuid[]))"
    for column in ("owning_unit_id", "managing_unit_id", "maintaining_unit_id")
)


def visible(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """The one clause of who sees which components: in my areas, or of a unit that I work for."""
    if actor.everywhere_with(Permission.COMPONENT_READ):
        return "true", {}
    clause = f"(c.scope_path <@ any({paths_sql()}) or {' or '.join(_OF_MY_UNITS)})"
    return clause, scope_binds(actor, now, Permission.COMPONENT_READ) | {"my_units": actor.unit_ids}


def ways_to_see(actor: Actor) -> Ways | None:
    """What `visible` says, with its binds, as ways; None: everything."""
    if actor.everywhere_with(Permission.COMPONENT_READ):
        return None
    return Ways(paths_sql(), _OF_MY_UNITS if actor.unit_ids else ())
