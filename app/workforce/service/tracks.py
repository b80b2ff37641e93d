"""Tracks: the line of a duty, made when the duty has ended, and stored longer than its fixes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.workforce.queries import tracks as queries
from app.workforce.rules.positions import OLDEST

# Fixes that are under way when duty ends arrive within this time.
SETTLED = timedelta(minutes=10)


def duties_to_trace(session: Session, now: datetime, *, limit: int) -> Sequence[UUID]:
    """Return duties whose line is to be made, or made again because fixes came late."""
    return queries.duties_to_trace(
        session, ended_after=now - OLDEST - timedelta(days=1), ended_before=now - SETTLED, limit=limit
    )


def trace_duty(session: Session, *, duty_id: UUID, now: datetime) -> bool:
    """Make the line of a duty that has ended. Return False if there is no such duty."""
    return queries.store_track(session, duty_id, now=now)


def drop_old_tracks(session: Session, now: datetime, *, days: int) -> None:
    """Delete lines of duties that ended more than `days` ago."""
    queries.delete_tracks(session, ended_before=now - timedelta(days=days))
