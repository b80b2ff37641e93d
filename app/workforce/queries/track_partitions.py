"""Statements on the partitions of table `position`: one for each day."""

from datetime import date

from sqlalchemy import Date, bindparam, func, select
from sqlalchemy.orm import Session

_MAKE_PARTITIONS = select(
    func.make_position_partitions(bindparam("first", type_=Date()), bindparam("last", type_=Date()))
)
_DROP_PARTITIONS = select(func.drop_position_partitions(bindparam("before", type_=Date())))


def make_partitions(session: Session, *, first: date, last: date) -> int:
    """Make the partitions of the days from `first` to `last` that do not exist yet.

    Returns the number of new partitions.
    """
    return int(session.execute(_MAKE_PARTITIONS, {"first": first, "last": last}).scalar_one())


def drop_partitions(session: Session, *, before: date) -> int:
    """Drop the partitions of the days before `before`. Returns the number of dropped partitions."""
    return int(session.execute(_DROP_PARTITIONS, {"before": before}).scalar_one())
