"""SQL expressions that build a JSON object from columns."""

from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, func, literal


def json_object(**columns: Any) -> ColumnElement[Any]:
    """Return the SQL expression that builds a JSON object from columns (`json_build_object`).

    The members have the order of the arguments. Their names are literals in the SQL, not binds.
    """
    names = (literal(name, literal_execute=True) for name in columns)
    return func.json_build_object(*chain.from_iterable(zip(names, columns.values(), strict=True)))
