"""SQL of what holds at a point."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.areas.scope import deepest


def profile_id_at_place(session: Session, *, lon: float, lat: float, at: datetime) -> UUID | None:
    """Of the jurisdiction at the point, or of the default one for a point in no area."""
    point = "(select ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) p) point"
    sql = f"""
      select f.id from profile_version f
      where f.in_force_from <= :at and f.jurisdiction_id = coalesce(
        ({deepest("v.jurisdiction_id", "p", beside=point)}),
        (select j.id from jurisdiction j where j.deleted_at is null order by j.id limit 1))
      order by f.number desc limit 1
    """
    profile_id: UUID | None = session.scalar(text(sql), {"lon": lon, "lat": lat, "at": at})
    return profile_id
