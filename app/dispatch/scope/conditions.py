"""SQL conditions on assignments and offers that other packages use in their statements.

States are written as constants into the text of a statement, because PostgreSQL uses a partial index only then.
`literal_column` writes them once, when the statement is compiled; `literal(..., literal_execute=True)` would write them
again at each execution, which costs 34 microseconds for a list of six.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal_column

from app.dispatch.models import Assignment, Offer, OfferDelivery
from app.dispatch.rules.states import ACTIVE, HELD, OFFERS


def constant(value: str | int) -> ColumnElement[Any]:
    """Return a constant as an SQL expression that is written into the text of the statement.

    Only for constants of the program, never for values from outside (SQL injection).

    Raises:
        ValueError: The value contains other characters than letters, digits, `_`, `.` and `-`.
    """
    if isinstance(value, int):
        return literal_column(str(value))
    if not value.replace("_", "").replace(".", "").replace("-", "").isalnum():
        raise ValueError(f"no constant of a statement: {value!r}")
    return literal_column(f"'{value}'")


def state_in(column: Any, states: Iterable[str]) -> ColumnElement[bool]:
    """Return the SQL condition that the value of a column is one of these states."""
    condition: ColumnElement[bool] = column.in_([constant(state) for state in states])
    return condition


def is_active(assignment: Any = Assignment) -> ColumnElement[bool]:
    """Return the SQL condition that an assignment has not ended."""
    return state_in(assignment.state, ACTIVE)


def is_held(assignment: Any = Assignment) -> ColumnElement[bool]:
    """Return the SQL condition that a worker has accepted the assignment and not finished it.

    It does not matter whether the worker accepted it in person or as a member of a unit.
    """
    return state_in(assignment.state, HELD)


def is_live_offer(offer: Any = Offer) -> ColumnElement[bool]:
    """Return the SQL condition that an offer can still be answered.

    The offer was not answered or withdrawn, and has not expired.
    """
    return state_in(offer.state, OFFERS.live)


def shown_offer_state(offer: Any = Offer) -> ColumnElement[str]:
    """Return the SQL column with the state of an offer as the API shows it.

    The value is `delivered` for an unanswered offer that has reached the device, else the stored state.
    """
    is_delivered = exists().where(OfferDelivery.offer_id == offer.id).correlate(offer)
    return case((and_(is_live_offer(offer), is_delivered), constant("delivered")), else_=offer.state)


def state_since(assignment: Any = Assignment) -> ColumnElement[datetime]:
    """Return the SQL column with the instant at which an assignment got its present state."""
    return case(
        (assignment.state == constant("queued"), assignment.created_at),
        (assignment.state == constant("accepted"), assignment.accepted_at),
        (assignment.state == constant("en_route"), assignment.en_route_at),
        (assignment.state == constant("on_scene"), assignment.on_scene_at),
        else_=func.coalesce(assignment.ended_at, assignment.created_at),
    )
