"""SQL that finds the component that a report is about."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping
from sqlalchemy.orm import Session

from app.components.queries.visibility import component_visibility
from app.core.actor import Actor
from app.core.db import Fragment

_DISTANCE_M = Fragment(
    "ST_Distance(cast(component.location as geography), cast(reported.point as geography))"
)
_OWNER_UNIT_ID = Fragment("""coalesce(
  (select u.id from unit u where u.id = component.owning_unit_id and u.deleted_at is null),
  (select u.id from unit u where u.id = component.managing_unit_id and u.deleted_at is null))""")
# Of equally distant ones the lowest number is taken; distances that differ by less than a millimetre count as equal.
_NEAREST = Fragment(
    """
      with reported as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) point)
      select component.id, component.code, {owner_unit_id} owner_unit_id
      from component, reported
      where component.location && ST_Expand(reported.point, :across, :up)
        and component.jurisdiction_id = :jurisdiction_id and component.category = :category
        and component.state = 'in_use' and {distance_m} <= :within_m
      order by round(cast({distance_m} as numeric), 3), component.code limit 1
    """,
    owner_unit_id=_OWNER_UNIT_ID,
    distance_m=_DISTANCE_M,
)


def nearest_component(
    session: Session,
    *,
    jurisdiction_id: UUID,
    category: str,
    lon: float,
    lat: float,
    reach_degrees: tuple[float, float],
    within_m: float,
) -> RowMapping | None:
    """Return the component of `category` in use that is nearest to a point, or None.

    Damaged, missing and retired components are ignored. Columns: `id`, `code`, `owner_unit_id` (the owning unit, else the
    managing unit).

    Args:
        lon: Longitude in degrees (WGS 84).
        lat: Latitude in degrees (WGS 84).
        reach_degrees: Half width and half height of the search box in degrees. The box must contain the circle of `within_m`.
        within_m: Search radius in metres on the spheroid.
    """
    binds = {
        "lon": lon,
        "lat": lat,
        "across": reach_degrees[0],
        "up": reach_degrees[1],
        "jurisdiction_id": jurisdiction_id,
        "category": category,
        "within_m": within_m,
    }
    return session.execute(_NEAREST, binds).mappings().one_or_none()


@lru_cache
def _referenced(visible: ColumnElement[bool]) -> Fragment:
    return Fragment(
        """
          with reported as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) point)
          select component.id, component.category, {owner_unit_id} owner_unit_id
          from component, reported
          where component.id = :component_id and component.jurisdiction_id = :jurisdiction_id
            and component.deleted_at is null and ({visible} or {distance_m} <= :within_m)
        """,
        owner_unit_id=_OWNER_UNIT_ID,
        visible=visible,
        distance_m=_DISTANCE_M,
    )


def referenced_component(
    session: Session,
    actor: Actor,
    *,
    component_id: UUID,
    jurisdiction_id: UUID,
    lon: float,
    lat: float,
    within_m: float,
    now: datetime,
) -> RowMapping | None:
    """Return the component that a report refers to by id, or None.

    None: there is no such component, or the actor does not see it and the report is not near it.

    Columns: `id`, `category`, `owner_unit_id`.

    Args:
        lon: Longitude of the report in degrees (WGS 84).
        lat: Latitude of the report in degrees (WGS 84).
        within_m: Distance in metres up to which the component counts as near.
    """
    visibility = component_visibility(actor, now)
    binds = visibility.binds | {
        "component_id": component_id,
        "jurisdiction_id": jurisdiction_id,
        "lon": lon,
        "lat": lat,
        "within_m": within_m,
    }
    return session.execute(_referenced(visibility.condition), binds).mappings().one_or_none()
