"""Which day it is where a household lives."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core import clock
from app.profiles import service as profiles
from app.profiles.service import ProfileInForce


def profile_of(session: Session, jurisdiction_id: UUID) -> ProfileInForce:
    return profiles.profile_at(session, jurisdiction_id, clock.now())


def day_of(profile: ProfileInForce, at: datetime) -> date:
    """The day there at an instant."""
    return at.astimezone(ZoneInfo(profile.profile.timezone)).date()


def today_in(session: Session, jurisdiction_id: UUID | None = None) -> date:
    """The day it is in a jurisdiction, or in the default one."""
    jurisdiction_id = jurisdiction_id or profiles.jurisdiction_named(session, None)
    return day_of(profile_of(session, jurisdiction_id), clock.now())
