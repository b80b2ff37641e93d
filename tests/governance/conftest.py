"""The square city of two grids."""

from tests.areas.places import admin, empty_city, hire, person, settle, sql_fixture, square_city

__all__ = ["admin", "empty_city", "hire", "person", "settle", "sql_fixture", "square_city"]
