"""SQL on residence status: whether residents are registered at the address and live there.

The two can differ (人户分离). A status is `both`, `registered_only`, `living_only`, `neither` or `unknown`.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.core.actor import Actor
from app.core.db import Fragment
from app.households.models import Household, Resident
from app.households.queries.visibility import resident_visibility

# One of RESIDENCES.
_RESIDENCE = Fragment("""case
  when resident.is_registered_here is null or resident.lives_here is null then 'unknown'
  when resident.is_registered_here and resident.lives_here then 'both'
  when resident.is_registered_here then 'registered_only'
  when resident.lives_here then 'living_only'
  else 'neither' end""")
# The same as conditions, each of which an index answers.
_HAS_RESIDENCE = {
    "both": Fragment("resident.is_registered_here and resident.lives_here"),
    "registered_only": Fragment("resident.is_registered_here and not resident.lives_here"),
    "living_only": Fragment("not resident.is_registered_here and resident.lives_here"),
    "neither": Fragment("not resident.is_registered_here and not resident.lives_here"),
    "unknown": Fragment("(resident.is_registered_here is null or resident.lives_here is null)"),
}
_FILTERS: dict[str, ColumnElement[bool]] = {
    "grid_id": Resident.grid_id == bindparam("grid_id", None, Uuid()),
    "area_id": Resident.scope_path.bool_op("<@")(
        select(AreaVersion.path)
        .where(AreaVersion.area_id == bindparam("area_id", None, Uuid()), func.upper_inf(AreaVersion.valid))
        .scalar_subquery()
    ),
}


@lru_cache(maxsize=100)
def with_residence(residences: tuple[str, ...]) -> ColumnElement[bool]:
    """Return an SQL condition on households with a member of one of these residence statuses.

    Args:
        residences: Statuses, such as `both` (registered and living at the address) or `living_only`.
    """
    condition = or_(*(_HAS_RESIDENCE[residence] for residence in residences))
    return Household.id.in_(select(Resident.household_id).where(Resident.deleted_at.is_(None), condition))


@lru_cache(maxsize=100)
def _counts(visible: ColumnElement[bool], filters: tuple[str, ...]) -> Fragment:
    return Fragment(
        """
          select residence, cast(sum(residents) as bigint) residents, count(*) households
          from (select {residence} residence, resident.household_id, count(*) residents
                from resident where {conditions} group by 1, 2) home
          group by residence
        """,
        residence=_RESIDENCE,
        conditions=and_(Resident.deleted_at.is_(None), visible, *(_FILTERS[name] for name in filters)),
    )


def counts(
    session: Session, actor: Actor, *, grid_id: UUID | None, area_id: UUID | None, now: datetime
) -> dict[str, dict[str, int]]:
    """Return the numbers of residents and households that the actor sees, by residence status.

    The result maps a status, such as `living_only`, to the numbers `residents` and `households`. A household is counted once
    for each status among its members. Statuses without residents are left out.
    """
    visibility = resident_visibility(actor, now)
    filters: dict[str, Any] = {"grid_id": grid_id, "area_id": area_id}
    values = {name: value for name, value in filters.items() if value is not None}
    result = session.execute(_counts(visibility.condition, tuple(values)), visibility.binds | values)
    return {row.residence: {"residents": row.residents, "households": row.households} for row in result}
