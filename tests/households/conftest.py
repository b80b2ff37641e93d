"""The square city of two grids."""

from tests.areas.places import admin, city, empty_city, hire, person, settle, sql_fixture

__all__ = ["admin", "city", "empty_city", "hire", "person", "settle", "sql_fixture"]
