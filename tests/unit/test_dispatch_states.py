"""The table of states of assignments and offers agrees with the models and with the lists of states."""

import re
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint

from app.dispatch.models import Assignment, Offer
from app.dispatch.rules.states import (
    ACTIVE,
    ASSIGNMENTS,
    HELD,
    NOT_BEGUN,
    OFFERS,
    UNSUCCESSFUL_OFFER,
    WITH_WORKER,
)
from app.dispatch.scope import constant

ROOT = Path(__file__).parents[2]


def checked_states(model):
    """Return the states that the check constraint of a model allows."""
    [check] = [
        c
        for c in model.__table__.constraints
        if isinstance(c, CheckConstraint) and "state in" in str(c.sqltext)
    ]
    return set(str(check.sqltext).partition("(")[2].rstrip(")").replace("'", "").replace(" ", "").split(","))


@pytest.mark.parametrize(("model", "table"), [(Assignment, ASSIGNMENTS), (Offer, OFFERS)])
def test_states_of_table_are_those_of_check_constraint(model, table):
    assert set(table.states) == checked_states(model)


def test_states_that_can_change_are_the_active_ones():
    assert set(ASSIGNMENTS.live) == set(ACTIVE)
    assert OFFERS.live == ("offered",)
    for states in (HELD, NOT_BEGUN, WITH_WORKER):
        assert set(states) < set(ACTIVE)
    assert all(OFFERS.is_final(state) for state in UNSUCCESSFUL_OFFER)


def test_both_transitions_of_expired_offers_have_the_same_sources():
    # One update makes both: queries/offers.py.
    assert OFFERS["expire"].sources == OFFERS["miss"].sources


def test_transition_to_state_is_refused_when_none_or_several_lead_to_it():
    assert ASSIGNMENTS.to("done") is ASSIGNMENTS["finish"]
    for state in ("accepted", "queued"):
        with pytest.raises(ValueError, match=state):
            ASSIGNMENTS.to(state)


def test_update_of_states_takes_its_target_from_the_table():
    update = re.compile(
        r"\bupdate\s+(?:offer|assignment)\b(?:\s+\w+)?\s+set\s+state\s*=\s*(\S)", re.IGNORECASE
    )
    targets = [
        (path.name, target)
        for path in sorted((ROOT / "app").rglob("*.py"))
        for target in update.findall(path.read_text())
    ]
    assert len(targets) >= 6
    assert [target for target in targets if target[1] != "{"] == []


@pytest.mark.parametrize("value", ["it's", "a b", "", "x;"])
def test_constant_of_statement_is_refused_when_it_is_no_plain_word(value):
    with pytest.raises(ValueError, match="no constant"):
        constant(value)
