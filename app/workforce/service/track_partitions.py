"""Use cases on the daily partitions of table `position`: make coming ones, drop old ones."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app.workforce.queries import track_partitions as queries

DAYS_AHEAD = 7
# The age that a fix may have when a device sends it; see rules.positions.OLDEST.
DAYS_BACK = 7


def prepare_partitions(session: Session, now: datetime) -> int:
    """Make the missing partitions of the days from DAYS_BACK to DAYS_AHEAD.

    Returns the number of new partitions.
    """
    today = now.astimezone(UTC).date()
    return queries.make_partitions(
        session, first=today - timedelta(days=DAYS_BACK), last=today + timedelta(days=DAYS_AHEAD)
    )


def drop_old_partitions(session: Session, now: datetime, *, days: int) -> int:
    """Drop the partitions of positions older than `days`.

    Returns the number of dropped partitions.
    """
    return queries.drop_partitions(session, before=now.astimezone(UTC).date() - timedelta(days=days))
