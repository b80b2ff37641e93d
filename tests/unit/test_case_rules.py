"""Statements on cases are made once for each rule of visibility, set of filters and limit."""

import pytest

from app.core import clock
from app.core.actor import Actor, Grant, Role
from app.core.db import as_sql
from app.core.ids import uuid7
from app.incidents.cases.queries import lists, writes
from app.incidents.cases.queries.fields import item
from app.incidents.cases.queries.list_filters import condition_of, filter_names
from app.incidents.scope import CASE_I, case_visibility


def supervisor():
    return Actor.of(id=uuid7(), grants=(Grant(Role.SUPERVISOR, uuid7(), None),))


def test_actors_of_one_shape_share_rule_and_statement():
    first, second = (case_visibility(supervisor(), clock.now()) for _ in range(2))
    assert first.rule == second.rule
    assert first.binds["me"] != second.binds["me"]
    assert first.condition(CASE_I) is second.condition(CASE_I)
    pages = [lists._page(visibility.rule, ("open",), item, 51) for visibility in (first, second)]
    assert pages[0] is pages[1]


def test_other_shapes_of_actor_have_other_statements():
    own_areas = case_visibility(supervisor(), clock.now()).rule
    everywhere = case_visibility(
        Actor.of(id=uuid7(), grants=(Grant(Role.ADMIN, None, None),)), clock.now()
    ).rule
    assert lists._page(own_areas, (), item, 51) is not lists._page(everywhere, (), item, 51)
    assert lists._page(own_areas, (), item, 51) is not lists._page(own_areas, (), item, 101)


@pytest.mark.parametrize(
    "filters, names",
    [
        ({"status": ["open"]}, ("open",)),
        ({"status": ["filed", "open"]}, ("open",)),
        ({"status": ["filed"]}, ("status", "open")),
        ({"status": ["closed"]}, ("status",)),
        ({"status": ["closed", "open"]}, ("status_or_open",)),
        ({"overdue": False, "mine": True}, ("not_overdue", "mine")),
        ({"worker_id": None, "assignment": None, "q": ""}, ()),
        ({"worker_id": uuid7(), "assignment": ["accepted"]}, ("worker_id",)),
    ],
)
def test_filters_become_conditions_that_indexes_can_use(filters, names):
    assert filter_names(filters)[0] == names
    as_sql(condition_of(names))


def test_case_has_no_other_columns_to_update():
    with pytest.raises(KeyError, match="colour"):
        writes._update_case(("colour",), has_new_point=False)
