"""Transitions of `rules/states.py` as SQL: every update of the state of an assignment or offer is made of these parts."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Update, literal_column, update

from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import Transition, sql_list
from app.dispatch.scope import constant, state_in


def change_assignments(transition: Transition) -> Update:
    """Return the update of assignments by a transition. The caller adds the condition on the rows, and other values."""
    return _change(Assignment, transition)


def change_offers(transition: Transition) -> Update:
    """Return the update of offers by a transition. The caller adds the condition on the rows, and other values."""
    return _change(Offer, transition)


def _change(model: Any, transition: Transition) -> Update:
    return (
        update(model).where(state_in(model.state, transition.sources)).values(state=constant(transition.to))
    )


def listed(states: Iterable[str]) -> ColumnElement[Any]:
    """Return a list of states for `in` in the text of a fragment."""
    return literal_column(sql_list(states))
