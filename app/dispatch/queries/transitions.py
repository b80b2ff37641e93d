"""Update statements for the transitions of assignments and offers in `rules/states.py`.

Every statement that changes their state is made from these functions, so that it checks the state before.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Update, literal_column, update

from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import Transition, sql_list
from app.dispatch.scope import constant, state_in


def change_assignments(transition: Transition) -> Update:
    """Return an update of assignments that makes a transition.

    The statement changes only rows in a state where the transition can begin. The caller adds conditions and other
    values.
    """
    return _change(Assignment, transition)


def change_offers(transition: Transition) -> Update:
    """Return an update of offers that makes a transition.

    The statement changes only rows in a state where the transition can begin. The caller adds conditions and other
    values.
    """
    return _change(Offer, transition)


def _change(model: Any, transition: Transition) -> Update:
    return (
        update(model).where(state_in(model.state, transition.sources)).values(state=constant(transition.to))
    )


def listed(states: Iterable[str]) -> ColumnElement[Any]:
    """Return a list of states as an SQL expression, for `in (...)` in the text of a `Fragment`."""
    return literal_column(sql_list(states))
