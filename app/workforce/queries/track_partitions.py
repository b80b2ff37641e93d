"""SQL of the daily partitions of positions."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session


def make_partitions(session: Session, *, first: date, last: date) -> int:
    """How many were missing."""
    made: int = session.execute(
        text("select make_position_partitions(:first, :last)"), {"first": first, "last": last}
    ).scalar_one()
    return made


def drop_partitions(session: Session, *, before: date) -> int:
    """How many held only days before `before`."""
    dropped: int = session.execute(
        text("select drop_position_partitions(:before)"), {"before": before}
    ).scalar_one()
    return dropped
