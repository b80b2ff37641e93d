"""SQL expressions that make JSON objects of columns."""

from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, func, literal


def json_object(**columns: Any) -> ColumnElement[Any]:
    """Return the SQL expression `json_build_object` of these columns, in this order.

    The names of the members are literals in the SQL, not binds.
    """
    names = (literal(name, literal_execute=True) for name in columns)
    return func.json_build_object(*chain.from_iterable(zip(names, columns.values(), strict=True)))
