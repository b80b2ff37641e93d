"""Residents by where they are registered and where they live (人户分离)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.workforce.scope import reach

# Of a resident `r`: one of RESIDENCES.
RESIDENCE = """case
  when r.is_registered_here is null or r.lives_here is null then 'unknown'
  when r.is_registered_here and r.lives_here then 'both'
  when r.is_registered_here then 'registered_only'
  when r.lives_here then 'living_only'
  else 'neither' end"""
_IS = {
    "both": "r.is_registered_here and r.lives_here",
    "registered_only": "r.is_registered_here and not r.lives_here",
    "living_only": "not r.is_registered_here and r.lives_here",
    "neither": "not r.is_registered_here and not r.lives_here",
    "unknown": "(r.is_registered_here is null or r.lives_here is null)",
}


def with_residence(residences: list[str]) -> str:
    """A condition on household `h`: a resident of it is one of these."""
    whose = " or ".join(_IS[residence] for residence in residences)
    return f"h.id in (select r.household_id from resident r where r.deleted_at is null and ({whose}))"


def counts(
    session: Session, actor: Actor, *, grid_id: UUID | None, area_id: UUID | None, now: datetime
) -> dict[str, dict[str, int]]:
    """Residents and their households in reach, by residence; a household counts for each residence it has."""
    visible, binds = reach(actor, Permission.RESIDENT_READ, "r.scope_path", now=now)
    conditions = ["r.deleted_at is null", visible]
    if grid_id is not None:
        conditions.append("r.grid_id = :grid_id")
    if area_id is not None:
        conditions.append(
            "r.scope_path <@ (select path from area_version where area_id = :area_id and upper_inf(valid))"
        )
    filters: dict[str, Any] = {"grid_id": grid_id, "area_id": area_id}
    sql = f"""
      select residence, cast(sum(residents) as bigint) residents, count(*) households
      from (select {RESIDENCE} residence, r.household_id, count(*) residents
            from resident r where {" and ".join(conditions)} group by 1, 2) homes
      group by residence
    """
    binds |= {name: value for name, value in filters.items() if value is not None}
    result = session.execute(text(sql), binds)
    return {row.residence: {"residents": row.residents, "households": row.households} for row in result}
