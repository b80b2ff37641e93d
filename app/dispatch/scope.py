"""Conditions on assignments and offers that other packages build into their own statements.

States are constants in the text of a statement, because partial indexes are planned by them. `literal_column` writes them once,
when the statement is compiled; `literal(..., literal_execute=True)` would write them again at each execution, which costs
34 microseconds for a list of six.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, literal_column

from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import ACTIVE, HELD, OFFERS


def constant(value: str | int) -> ColumnElement[Any]:
    """Return a constant of the program as it stands in the text of a statement. Never for values from outside.

    Raises:
        ValueError: The value contains other characters than letters, digits, `_`, `.` and `-`.
    """
    if isinstance(value, int):
        return literal_column(str(value))
    if not value.replace("_", "").replace(".", "").replace("-", "").isalnum():
        raise ValueError(f"no constant of a statement: {value!r}")
    return literal_column(f"'{value}'")


def state_in(column: Any, states: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these states."""
    condition: ColumnElement[bool] = column.in_([constant(state) for state in states])
    return condition


def is_active(assignment: Any = Assignment) -> ColumnElement[bool]:
    """Return the condition that an assignment has not ended."""
    return state_in(assignment.state, ACTIVE)


def is_held(assignment: Any = Assignment) -> ColumnElement[bool]:
    """Return the condition that a worker or a member of a unit has accepted the assignment."""
    return state_in(assignment.state, HELD)


def is_live_offer(offer: Any = Offer) -> ColumnElement[bool]:
    """Return the condition that an offer has not been answered, withdrawn or ended by its time."""
    return state_in(offer.state, OFFERS.live)
