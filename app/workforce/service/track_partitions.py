"""Positions live in one partition a day, made ahead and dropped when their time is over."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app.workforce.queries import track_partitions as queries

DAYS_AHEAD = 7
# Phones may send what is this old; see rules.positions.OLDEST.
DAYS_BACK = 7


def prepare_partitions(session: Session, now: datetime) -> int:
    """Make the partitions that positions of these days need; how many were missing."""
    today = now.astimezone(UTC).date()
    return queries.make_partitions(
        session, first=today - timedelta(days=DAYS_BACK), last=today + timedelta(days=DAYS_AHEAD)
    )


def drop_old_partitions(session: Session, now: datetime, *, days: int) -> int:
    """Forget positions older than the days they are kept; how many partitions went."""
    return queries.drop_partitions(session, before=now.astimezone(UTC).date() - timedelta(days=days))
