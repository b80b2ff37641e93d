"""Daily partitions of positions: make those of the coming days, and drop those whose retention has ended."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app.workforce.queries import track_partitions as queries

DAYS_AHEAD = 7
# The age that a fix may have when a device sends it; see rules.positions.OLDEST.
DAYS_BACK = 7


def prepare_partitions(session: Session, now: datetime) -> int:
    """Make the missing partitions from DAYS_BACK to DAYS_AHEAD. Return how many were missing."""
    today = now.astimezone(UTC).date()
    return queries.make_partitions(
        session, first=today - timedelta(days=DAYS_BACK), last=today + timedelta(days=DAYS_AHEAD)
    )


def drop_old_partitions(session: Session, now: datetime, *, days: int) -> int:
    """Drop the partitions of positions older than `days`. Return how many were dropped."""
    return queries.drop_partitions(session, before=now.astimezone(UTC).date() - timedelta(days=days))
