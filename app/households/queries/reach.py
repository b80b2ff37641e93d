"""Which rows an actor reaches, as a condition on their `scope_path`; several of them may stand in one statement."""

from datetime import datetime
from typing import Any

from app.core.actor import Actor, Permission
from app.workforce.scope import paths_sql, scope_binds


def reach(actor: Actor, permission: Permission, column: str, *, now: datetime) -> tuple[str, dict[str, Any]]:
    """SQL that is true where the actor holds `permission` over what stands at `column`, and its binds."""
    if actor.everywhere_with(permission):
        return "true", {}
    if not actor.may(permission):
        return "false", {}
    # Named after the permission: in one statement an address may be read in other places than a household.
    prefix = f"{permission.value.replace(':', '_')}_scope_"
    binds = {
        prefix + key.removeprefix("scope_"): value
        for key, value in scope_binds(actor, now, permission).items()
    }
    return f"{column} <@ any({paths_sql().replace(':scope_', f':{prefix}')})", binds
