"""SQL about jurisdictions that other domains build into their own statements."""

from typing import Any

from app.core.actor import Actor, Permission


def in_own_jurisdictions(actor: Actor, column: str) -> tuple[str, dict[str, Any]]:
    """SQL that is true for rows whose jurisdiction, at `column`, the actor reaches, and its binds.

    The binds are ids of jurisdictions, not of the actor, so that what is cached by them serves a whole city.
    """
    if actor.everywhere_with(Permission.AREA_READ):
        return "true", {}
    if len(actor.jurisdiction_ids) == 1:
        # With one value, and not an array of one, the index gives the rows in the order of codes.
        return f"{column} = cast(:own_jurisdiction as uuid)", {"own_jurisdiction": actor.jurisdiction_ids[0]}
    return f"{column} = any(cast(:own_jurisdictions as uuid[]))", {
        "own_jurisdictions": list(actor.jurisdiction_ids)
    }


def are_neighbours(first: str, second: str) -> str:
    """Return SQL that is true if two jurisdictions list each other in their profiles in force; needs :now."""
    condition = """exists (
        select 1 from jurisdiction listed where listed.id = {listed} and (
          select p.data #> '{{dispatch,neighbours}}' from profile_version p
          where p.jurisdiction_id = {by} and p.in_force_from <= cast(:now as timestamptz)
          order by p.number desc limit 1) @> to_jsonb(listed.code))"""
    return f"({condition.format(by=first, listed=second)} and {condition.format(by=second, listed=first)})"
