"""Pieces of statements about figures: lists of columns, constants, areas of a path, and the binds of filters."""

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
    """Return parts with a separator between them, such as ` union all `."""
    pieces = {f"part_{place}": part for place, part in enumerate(parts)}
    return Fragment(separator.join(f"{{{name}}}" for name in pieces), **pieces)


def listed(parts: Iterable[Any]) -> Fragment:
    """Return parts with commas between them."""
    return joined(", ", parts)


def named(expression: Any, name: str) -> Fragment:
    """Return an expression as a column of this name."""
    return Fragment("{expression} {name}", expression=expression, name=column(name))


def columns_of(alias: str, names: Sequence[str]) -> list[ColumnElement[Any]]:
    """Return columns of the rows `alias` of a statement."""
    return [column_of(alias, name) for name in names]


@lru_cache(maxsize=500)
def column_of(alias: str, name: str) -> ColumnElement[Any]:
    """Return the column `name` of the rows `alias` of a statement."""
    of_alias: ColumnElement[Any] = table(alias, column(name)).c[name]
    return of_alias


def area_at(path: Any, place: int) -> Fragment:
    """Return one label of an area path as a path; NULL if the path is shorter.

    `place`: the level of the label; 0: the district.
    """
    return Fragment(
        "case when nlevel({path}) > {place} then subpath({path}, {place}, 1) end",
        path=path,
        place=constant(place),
    )


def area_id_of(path: Any) -> Fragment:
    """Return the id, as text, of the area that is the only label of a path."""
    return Fragment("({path})::text::uuid::text", path=path)


def filter_names(filters: Filters) -> tuple[str, ...]:
    """Return the names of the filters that are set, in order. A filter that is False is named `not ...`."""
    values = {name: getattr(filters, name) for name in Filters.__dataclass_fields__}
    return tuple(
        f"not {name}" if value is False else name for name, value in values.items() if value is not None
    )


def filter_binds(filters: Filters) -> dict[str, Any]:
    """Return the binds of filters, `f_` and their name: areas as patterns of a path, a level as its place in a path."""
    binds = {f"f_{name}": getattr(filters, name) for name in Filters.__dataclass_fields__}
    for name in ("f_area", "f_part"):
        if binds[name] is not None:
            binds[name] = f"*.{binds[name].hex}.*"
    if filters.lacks_level is not None:
        binds["f_lacks_level"] = LEVELS.index(filters.lacks_level)
    return binds
