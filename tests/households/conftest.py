"""The square city of two grids, and its supervisor."""

import pytest

from app.core.actor import Role
from tests.areas.places import admin, city, empty_city, hire, person, settle, sql_fixture

__all__ = ["admin", "city", "empty_city", "hire", "person", "settle", "sql_fixture"]


@pytest.fixture
def supervisor(city, person):
    """The supervisor of the one community."""
    return person((Role.SUPERVISOR, city.ids["-c"]))
