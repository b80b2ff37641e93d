"""SQL that finds the component which a report is about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.components.queries.visibility import visibility_condition
from app.core.actor import Actor

# A tie goes to the lowest number; distances that differ by less than a millimetre are one.
_DISTANCE = "ST_Distance(cast(c.location as geography), cast(point.p as geography))"
_OWNER = """coalesce(
  (select u.id from unit u where u.id = c.owning_unit_id and u.deleted_at is null),
  (select u.id from unit u where u.id = c.managing_unit_id and u.deleted_at is null))"""
_POINT = "point as (select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p)"


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
    """Return the nearest component of `category` in use: `id`, `code` and `owner_unit_id`, or None."""
    sql = f"""
      with {_POINT}
      select c.id, c.code, {_OWNER} owner_unit_id
      from component c, point
      where c.location && ST_Expand(point.p, :across, :up) and c.jurisdiction_id = :jurisdiction_id
        and c.category = :category and c.state = 'in_use' and {_DISTANCE} <= :within_m
      order by round(cast({_DISTANCE} as numeric), 3), c.code limit 1
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
    return session.execute(text(sql), binds).mappings().one_or_none()


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
    """Return a component that the actor sees or that is within `within_m` of the point, or None."""
    clause, binds = visibility_condition(actor, now)
    sql = f"""
      with {_POINT}
      select c.id, c.category, {_OWNER} owner_unit_id
      from component c, point
      where c.id = :id and c.jurisdiction_id = :jurisdiction_id and c.deleted_at is null
        and ({clause} or {_DISTANCE} <= :within_m)
    """
    binds |= {
        "id": component_id,
        "jurisdiction_id": jurisdiction_id,
        "lon": lon,
        "lat": lat,
        "within_m": within_m,
    }
    return session.execute(text(sql), binds).mappings().one_or_none()
