"""The line of a duty: made when duty is over, kept when its single fixes have gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.workforce.queries import tracks as queries
from app.workforce.rules.positions import OLDEST

# Fixes under way when duty ends come in a moment later.
SETTLED = timedelta(minutes=10)


def duties_to_trace(session: Session, now: datetime, *, limit: int) -> Sequence[UUID]:
    """Duties whose line is to be made, or made anew."""
    return queries.duties_to_trace(
        session, ended_after=now - OLDEST - timedelta(days=1), ended_before=now - SETTLED, limit=limit
    )


def trace_duty(session: Session, *, duty_id: UUID, now: datetime) -> bool:
    """Make the line of a duty that is over."""
    return queries.store_track(session, duty_id, now=now)


def drop_old_tracks(session: Session, now: datetime, *, days: int) -> None:
    """Forget lines older than the days they are kept."""
    queries.delete_tracks(session, ended_before=now - timedelta(days=days))
