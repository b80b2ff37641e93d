"""The type of database rows that the queries of this package return."""

from typing import Any

from sqlalchemy import Row

# A row of any number of columns; mypy does not check the names and types of its attributes.
AnyRow = Row[*tuple[Any, ...]]
