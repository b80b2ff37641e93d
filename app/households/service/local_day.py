"""The present day in a jurisdiction, in the time zone of its profile (settings)."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core import clock
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce


def profile_of(session: Session, jurisdiction_id: UUID) -> ProfileInForce:
    """Return the profile (settings) that is in force in a jurisdiction now."""
    return profiles.profile_at(session, jurisdiction_id, clock.now())


def day_of(profile: ProfileInForce, at: datetime) -> date:
    """Return the local day of an instant in the time zone of the profile (settings)."""
    return at.astimezone(ZoneInfo(profile.profile.timezone)).date()


def today_in(session: Session, jurisdiction_id: UUID | None = None) -> date:
    """Return the present local day in a jurisdiction. None: in the default jurisdiction."""
    jurisdiction_id = jurisdiction_id or profiles.jurisdiction_named(session, None)
    return day_of(profile_of(session, jurisdiction_id), clock.now())
