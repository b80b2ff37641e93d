"""Instants and periods in statements of the workforce: binds and bounds of `tstzrange`."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, DateTime, bindparam, case, func, literal_column, null

INSTANT = DateTime(timezone=True)
EMPTY_PERIOD: ColumnElement[Any] = literal_column("cast('empty' as tstzrange)")


def instant(name: str) -> BindParameter[Any]:
    """Return the bind `name` as an instant."""
    return bindparam(name, type_=INSTANT)


def period(since: str = "since", until: str = "until") -> ColumnElement[Any]:
    """Return the period from the bind `since` to the bind `until`, its end excluded. NULL: without limit."""
    return func.tstzrange(instant(since), instant(until))


def start_of(stored_period: Any) -> ColumnElement[datetime]:
    """Return the first instant of a period; NULL if it is empty or has no start."""
    return func.lower(stored_period, type_=INSTANT)


def end_of(stored_period: Any) -> ColumnElement[datetime]:
    """Return the instant at which a period ends; NULL if it is empty or lasts."""
    return func.upper(stored_period, type_=INSTANT)


def ended_at(stored_period: Any, at: ColumnElement[datetime]) -> dict[str, ColumnElement[Any]]:
    """Return the values that end a row with a period at `at`: of the period, and of `deleted_at`.

    A row that has not come into force by then is deleted with an empty period, so that no exclusion constraint finds it.
    """
    is_unstarted = start_of(stored_period) >= at
    return {
        stored_period.key: case(
            (is_unstarted, EMPTY_PERIOD), else_=func.tstzrange(start_of(stored_period), at)
        ),
        "deleted_at": case((is_unstarted, at), else_=null()),
    }
