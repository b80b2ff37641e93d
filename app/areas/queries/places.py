"""SQL that finds the profile version in force at a point."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.areas.models import AreaVersion
from app.areas.scope import deepest_area
from app.core.db import Fragment

_PROFILE_AT_PLACE = Fragment(
    """
    select f.id from profile_version f
    where f.in_force_from <= :at and f.jurisdiction_id = coalesce(
      {jurisdiction_at_point},
      (select j.id from jurisdiction j where j.deleted_at is null order by j.id limit 1))
    order by f.number desc limit 1
    """,
    jurisdiction_at_point=deepest_area(
        AreaVersion.jurisdiction_id, point=Fragment("ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)")
    ),
)


def profile_id_at_place(session: Session, *, lon: float, lat: float, at: datetime) -> UUID | None:
    """Return the id of the profile version in force at a point (WGS 84), or None.

    If no area covers the point, the profile of the default jurisdiction applies.
    """
    profile_id: UUID | None = session.scalar(_PROFILE_AT_PLACE, {"lon": lon, "lat": lat, "at": at})
    return profile_id
