"""The square city of two grids, and a worker with a shift tomorrow."""

from typing import Any

import pytest

from app.core.actor import Role
from tests.areas.places import admin, empty_city, person, sql_fixture, square_city
from tests.planning.worlds import hire, plan_shift

__all__ = ["admin", "empty_city", "person", "sql_fixture", "square_city"]


@pytest.fixture
def worker(square_city, person) -> Any:
    """A worker of the western grid, with a shift tomorrow from eight to five."""
    made = hire(person, Role.WORKER, square_city.ids["-g1"], grid=square_city.ids["-g1"])
    plan_shift(made)
    return made


@pytest.fixture
def supervisor(square_city, person) -> Any:
    return person((Role.SUPERVISOR, square_city.ids["-s"]))
