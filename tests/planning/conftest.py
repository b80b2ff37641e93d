"""The square city of two grids, and a worker with a shift tomorrow."""

from typing import Any

import pytest

from app.core.actor import Role
from tests.areas.places import admin, city, empty_city, person, sql_fixture
from tests.planning.worlds import hire, plan_shift

__all__ = ["admin", "city", "empty_city", "person", "sql_fixture"]


@pytest.fixture
def worker(city, person) -> Any:
    """A worker of the western grid, with a shift tomorrow from eight to five."""
    made = hire(person, Role.WORKER, city.ids["-g1"], grid=city.ids["-g1"])
    plan_shift(made)
    return made


@pytest.fixture
def supervisor(city, person) -> Any:
    return person((Role.SUPERVISOR, city.ids["-s"]))
