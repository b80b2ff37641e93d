"""SQL of the profile version in force at a point."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.areas.scope import deepest_area_sql


def profile_id_at_place(session: Session, *, lon: float, lat: float, at: datetime) -> UUID | None:
    """Return the profile version in force at the point. A point in no area gets the default jurisdiction's."""
    point = "(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p) point"
    sql = f"""
      select f.id from profile_version f
      where f.in_force_from <= :at and f.jurisdiction_id = coalesce(
        ({deepest_area_sql("v.jurisdiction_id", "p", from_items=point)}),
        (select j.id from jurisdiction j where j.deleted_at is null order by j.id limit 1))
      order by f.number desc limit 1
    """
    profile_id: UUID | None = session.scalar(text(sql), {"lon": lon, "lat": lat, "at": at})
    return profile_id
