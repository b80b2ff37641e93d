"""Use cases of tracks: lines of ended duties, which are stored longer than single positions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.workforce.queries import tracks as queries
from app.workforce.rules.positions import OLDEST

# Fixes that are under way when duty ends arrive within this time.
SETTLED = timedelta(minutes=10)


def duties_to_trace(session: Session, now: datetime, *, limit: int) -> Sequence[UUID]:
    """Return ids of duties whose track line must be made, or made again as positions came late."""
    return queries.duties_to_trace(
        session, ended_after=now - OLDEST - timedelta(days=1), ended_before=now - SETTLED, limit=limit
    )


def trace_duty(session: Session, *, duty_id: UUID, now: datetime) -> bool:
    """Make and store the track line of an ended duty.

    Returns False if there is no such duty or it has not ended.
    """
    return queries.store_track(session, duty_id, now=now)


def drop_old_tracks(session: Session, now: datetime, *, days: int) -> None:
    """Delete the track lines of duties that ended more than `days` ago."""
    queries.delete_tracks(session, ended_before=now - timedelta(days=days))
