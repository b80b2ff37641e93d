"""SQL expressions for instants and periods (`tstzrange`) in statements of the workforce."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, DateTime, bindparam, case, func, literal_column, null

INSTANT = DateTime(timezone=True)
EMPTY_PERIOD: ColumnElement[Any] = literal_column("cast('empty' as tstzrange)")


def instant(name: str) -> BindParameter[Any]:
    """Return the bind parameter `name` with the type timestamptz."""
    return bindparam(name, type_=INSTANT)


def period(since: str = "since", until: str = "until") -> ColumnElement[Any]:
    """Return an SQL `tstzrange` made of two bind parameters, with its end excluded.

    A bind with the value NULL means that the period has no limit on this side.
    """
    return func.tstzrange(instant(since), instant(until))


def start_of(stored_period: Any) -> ColumnElement[datetime]:
    """Return the SQL column with the start of a period.

    The value is NULL if the period is empty or has no start.
    """
    return func.lower(stored_period, type_=INSTANT)


def end_of(stored_period: Any) -> ColumnElement[datetime]:
    """Return the SQL column with the end of a period.

    The value is NULL if the period is empty or has not ended.
    """
    return func.upper(stored_period, type_=INSTANT)


def ended_at(stored_period: Any, at: ColumnElement[datetime]) -> dict[str, ColumnElement[Any]]:
    """Return the column values of an UPDATE that ends the period of a row at an instant.

    A row whose period would begin at this instant or later is marked as deleted and gets an empty period, so that no exclusion
    constraint finds it. The result has the column of the period and `deleted_at`.
    """
    is_unstarted = start_of(stored_period) >= at
    return {
        stored_period.key: case(
            (is_unstarted, EMPTY_PERIOD), else_=func.tstzrange(start_of(stored_period), at)
        ),
        "deleted_at": case((is_unstarted, at), else_=null()),
    }
