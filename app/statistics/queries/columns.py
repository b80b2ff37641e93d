"""Helpers that build parts of the SQL statements of this folder: columns, lists and binds."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, column, literal, table

from app.core.db import Fragment
from app.profiles.rules.validation import LEVELS
from app.statistics.rules.figure_query import Filters

# A constant is written into the statement: `group by` takes two equal expressions with binds for different ones.
constant = partial(literal, literal_execute=True)


def joined(separator: str, parts: Iterable[Any]) -> Fragment:
    """Join SQL fragments with a separator, such as ` union all `, into one fragment."""
    pieces = {f"part_{place}": part for place, part in enumerate(parts)}
    return Fragment(separator.join(f"{{{name}}}" for name in pieces), **pieces)


def listed(parts: Iterable[Any]) -> Fragment:
    """Join SQL fragments with commas into one fragment."""
    return joined(", ", parts)


def named(expression: Any, name: str) -> Fragment:
    """Return the fragment `expression name`, a column of a SELECT list with its label."""
    return Fragment("{expression} {name}", expression=expression, name=column(name))


def columns_of(alias: str, names: Sequence[str]) -> list[ColumnElement[Any]]:
    """Return the columns `names` of the table alias `alias`, such as `f.category`."""
    return [column_of(alias, name) for name in names]


@lru_cache(maxsize=500)
def column_of(alias: str, name: str) -> ColumnElement[Any]:
    """Return the column `name` of the table alias `alias`, such as `f.category`."""
    of_alias: ColumnElement[Any] = table(alias, column(name)).c[name]
    return of_alias


def area_at(path: Any, place: int) -> Fragment:
    """Return the SQL expression for the label of one level of an ltree path, as an ltree.

    The label is the area of this level. The expression is NULL if the path is shorter. `place`: the level; 0 is the
    district.
    """
    return Fragment(
        "case when nlevel({path}) > {place} then subpath({path}, {place}, 1) end",
        path=path,
        place=constant(place),
    )


def area_id_of(path: Any) -> Fragment:
    """Return the SQL expression for the id of an area, as text, from an ltree of one label."""
    return Fragment("({path})::text::uuid::text", path=path)


def filter_names(filters: Filters) -> tuple[str, ...]:
    """Return the names of the filters that are set, in a fixed order.

    A filter with the value False is returned as `not <name>`.
    """
    values = {name: getattr(filters, name) for name in Filters.__dataclass_fields__}
    return tuple(
        f"not {name}" if value is False else name for name, value in values.items() if value is not None
    )


def filter_binds(filters: Filters) -> dict[str, Any]:
    """Return the bind values of the filters, each named `f_` and the name of the filter.

    Areas become lquery patterns that match the paths of all areas inside; a level becomes its number in a path (0: district).
    """
    binds = {f"f_{name}": getattr(filters, name) for name in Filters.__dataclass_fields__}
    for name in ("f_area", "f_part"):
        if binds[name] is not None:
            binds[name] = f"*.{binds[name].hex}.*"
    if filters.lacks_level is not None:
        binds["f_lacks_level"] = LEVELS.index(filters.lacks_level)
    return binds
