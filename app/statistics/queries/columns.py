"""Helpers that build parts of the SQL statements of this folder: columns, lists and binds."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, column, literal, table

from app.core.db import Fragment
from app.profiles.rules.levels import LEVELS
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
    """Return the fragment `expression name`: an expression of a SELECT list with its label."""
    return Fragment("{expression} {name}", expression=expression, name=column(name))


def columns_of(alias: str, names: Sequence[str]) -> list[ColumnElement[Any]]:
    """Return several columns of a table alias, given by their names."""
    return [column_of(alias, name) for name in names]


@lru_cache(maxsize=500)
def column_of(alias: str, name: str) -> ColumnElement[Any]:
    """Return one column of a table alias, such as `f.category`, given by its name."""
    of_alias: ColumnElement[Any] = table(alias, column(name)).c[name]
    return of_alias


def area_at(path: Any, place: int) -> Fragment:
    """Return the SQL expression for the area at one level of a path (ltree), as an ltree.

    The expression is NULL if the path is shorter. `place`: the level; 0 is the district.
    """
    return Fragment(
        "case when nlevel({path}) > {place} then subpath({path}, {place}, 1) end",
        path=path,
        place=constant(place),
    )


def area_id_of(path: Any) -> Fragment:
    """Return the SQL expression that converts an ltree of one label to an area id, as text."""
    return Fragment("({path})::text::uuid::text", path=path)


def weekday_of(instant: Any) -> Fragment:
    """Return the SQL expression for the local weekday of an instant, 1 (Monday) to 7. Bind: :local_zone."""
    return Fragment("extract(isodow from {instant} at time zone :local_zone)::int", instant=instant)


def hour_of(instant: Any) -> Fragment:
    """Return the SQL expression for the local hour of an instant, 0 to 23. Bind: :local_zone."""
    return Fragment("extract(hour from {instant} at time zone :local_zone)::int", instant=instant)


def filter_names(filters: Filters) -> tuple[str, ...]:
    """Return the names of the filters that are set, in order, to choose their conditions.

    A filter with the value False has the name `not <name>`.
    """
    values = {name: getattr(filters, name) for name in Filters.__dataclass_fields__}
    return tuple(
        f"not {name}" if value is False else name for name, value in values.items() if value is not None
    )


def filter_binds(filters: Filters) -> dict[str, Any]:
    """Return the bind values of the filters. A bind is named `f_` and the name of its filter.

    An area becomes an lquery pattern that matches the paths of all areas inside. A level becomes its number in a path (0:
    district).
    """
    binds = {f"f_{name}": getattr(filters, name) for name in Filters.__dataclass_fields__}
    for name in ("f_area", "f_part"):
        if binds[name] is not None:
            binds[name] = f"*.{binds[name].hex}.*"
    if filters.lacks_level is not None:
        binds["f_lacks_level"] = LEVELS.index(filters.lacks_level)
    return binds
