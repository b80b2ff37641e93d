"""Builders of UPDATE statements that change the state of assignments and offers.

The allowed changes are in `rules/states.py`. Every statement that changes a state is made by these functions, so that
no change can skip the check of the previous state.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Update, literal_column, update

from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import Transition, sql_list
from app.dispatch.scope import constant, state_in


def change_assignments(transition: Transition) -> Update:
    """Return an UPDATE of assignments for one transition (an allowed change of state).

    Only rows whose state allows the transition are updated. The caller adds conditions and other values.
    """
    return _change(Assignment, transition)


def change_offers(transition: Transition) -> Update:
    """Return an UPDATE of offers for one transition (an allowed change of state).

    Only rows whose state allows the transition are updated. The caller adds conditions and other values.
    """
    return _change(Offer, transition)


def _change(model: Any, transition: Transition) -> Update:
    return (
        update(model).where(state_in(model.state, transition.sources)).values(state=constant(transition.to))
    )


def listed(states: Iterable[str]) -> ColumnElement[Any]:
    """Return states as an SQL list, for `in (...)` in a statement written as text (`Fragment`)."""
    return literal_column(sql_list(states))
