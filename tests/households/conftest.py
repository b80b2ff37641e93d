"""The square city of two grids, and its supervisor."""

import pytest

from app.core.actor import Role
from tests.areas.places import admin, empty_city, hire, person, settle, sql_fixture, square_city

__all__ = ["admin", "empty_city", "hire", "person", "settle", "sql_fixture", "square_city"]


@pytest.fixture
def supervisor(square_city, person):
    """The supervisor of the one community."""
    return person((Role.SUPERVISOR, square_city.ids["-c"]))
