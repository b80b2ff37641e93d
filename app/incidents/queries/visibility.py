"""The one clause that says which cases an actor may see, and the ones for what she may direct."""

from datetime import datetime
from typing import Any

from app.core.actor import Actor, Permission
from app.workforce import scope

# A case about me is never shown to me, whatever my role.
_NOT_ABOUT_ME = """
  (i.about_kind is null
   or not (i.about_kind = 'worker' and i.about_id = :me)
   and not (i.about_kind = 'unit' and i.about_id = any(cast(:my_units as uuid[]))))
"""


# Who only looks (GIS) does not see what the profile calls confidential, nor what is about a person or unit.
# A hashed sub-select, evaluated once.
_NOT_CONFIDENTIAL = """
  (i.about_kind is null and (i.profile_version_id, i.category) not in (
     select f.id, c #>> '{}' from profile_version f,
            jsonb_path_query(f.data, '$.taxonomy.categories[*] ? (@.confidential == true).code') c))
"""


def reader_binds(actor: Actor) -> dict[str, Any]:
    """Who reads: herself, her units, and whether she works cases and so knows the workers by name."""
    return {
        "me": actor.id,
        "my_units": actor.unit_ids,
        "sees_names": actor.may(Permission.INCIDENT_HANDLE) or actor.may(Permission.INCIDENT_REPORT),
    }


def visible(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Subtree of my areas valid now, or reported by me, or offered, assigned or tasked to me, less about me."""
    clause, binds = _looked_after(actor, now)
    if not actor.may(Permission.INCIDENT_HANDLE):
        clause = f"({clause} and {_NOT_CONFIDENTIAL})"
    return clause, binds


def _looked_after(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    binds = reader_binds(actor)
    if actor.is_everywhere:
        return f"({_NOT_ABOUT_ME})", binds
    clause = f"""(
      (i.scope_path <@ any({scope.paths_sql()})
       or i.reported_by = :me
       or i.id in (select incident_id from offer where worker_id = :me and state in ('offered', 'accepted')
                   union all select incident_id from assignment where account_id = :me)
       or i.id in (select incident_id from assignment
                   where unit_id = any(cast(:my_units as uuid[])) and state in ('queued', 'accepted')))
      and {_NOT_ABOUT_ME})"""
    return clause, binds | scope.scope_binds(actor, now)


def directed(actor: Actor, now: datetime, permission: Permission) -> tuple[str, dict[str, Any]]:
    """Cases that stand where one of the actor's grants holds `permission`."""
    binds = reader_binds(actor)
    if actor.everywhere_with(permission):
        return f"({_NOT_ABOUT_ME})", binds
    clause = f"(i.scope_path <@ any({scope.paths_sql()}) and {_NOT_ABOUT_ME})"
    return clause, binds | scope.scope_binds(actor, now, permission)
