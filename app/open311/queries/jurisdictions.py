"""SQL of the jurisdictions that Open311 serves: those whose profile in force opens the door for residents."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_FIRST_TWO = text("""
    select j.code from jurisdiction j
    cross join lateral (
      select p.data from profile_version p
      where p.jurisdiction_id = j.id and p.in_force_from <= :now order by p.number desc limit 1) in_force
    where j.deleted_at is null and in_force.data #>> '{public,is_open}' = 'true'
    order by j.id limit 2
""")
_CHANGESET = text("select max(p.in_force_from) from profile_version p where p.in_force_from <= :now")


def first_codes(session: Session, *, now: datetime) -> list[str]:
    """Return the codes of the jurisdictions that are served, at most two."""
    return list(session.scalars(_FIRST_TWO, {"now": now}))


def changeset(session: Session, *, now: datetime) -> datetime:
    """Return when a profile came into force last; without profiles the beginning of 1970."""
    return session.scalar(_CHANGESET, {"now": now}) or datetime(1970, 1, 1, tzinfo=UTC)
