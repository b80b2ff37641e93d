"""SQL parts of a page of features that depend on the order of the page.

These are the select list, ORDER BY, and the condition that selects the rows after the previous page.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam

from app.core.db import Fragment
from app.ogc.queries.features import TYPES
from app.ogc.queries.page_shape import PageShape
from app.ogc.queries.sources import constant


class Columns(NamedTuple):
    """The columns that order a page: those of the requested order, then the key.

    Their SQL refers to the source table, or to a CTE with rows that were already selected.
    """

    order: Sequence[Any]
    key: Any


def selected_columns(shape: PageShape) -> Fragment:
    """Return the select list of the query that finds the rows of a page.

    Its columns are `k`, the key; `t`, the `ctid` (not for computed rows); `o0`, `o1` and so on, the values by which the page is
    ordered; and `l0`, `l1` and so on, by which properties are looked up in other tables.
    """
    columns = [Fragment("{key} k", key=shape.key)]
    if not shape.is_derived:
        columns.append(Fragment("{locator} t", locator=shape.locator))
    for number, sort in enumerate(shape.order):
        columns.append(
            Fragment("{value} {name}", value=shape.reader.value(sort.prop), name=constant(f"o{number}"))
        )
    for number, (_, lookup) in enumerate(shape.lookups):
        columns.append(
            Fragment("{value} {name}", value=constant(lookup.local_key), name=constant(f"l{number}"))
        )
    return Fragment.joined(", ", columns)


def source_columns(shape: PageShape) -> Columns:
    """Return the order columns of the page as expressions on the source table."""
    return Columns([shape.reader.value(sort.prop) for sort in shape.order], shape.key)


def found_columns(shape: PageShape) -> Columns:
    """Return the order columns of the page by their aliases in a CTE of selected rows.

    `selected_columns` defines the aliases.
    """
    return Columns([constant(f"o{number}") for number in range(len(shape.order))], constant("k"))


def order_terms(shape: PageShape, columns: Columns) -> Fragment:
    """Return the ORDER BY terms of a page, with NULLS LAST in both directions.

    The natural order of a collection (`PageShape.is_natural`) has no nulls. Its terms have no NULLS LAST, so that the
    index of this order is used.
    """
    nulls = "" if shape.is_natural else " nulls last"
    terms = [
        Fragment(
            "{column} {direction}",
            column=column,
            direction=constant(("desc" if sort.is_descending else "asc") + nulls),
        )
        for column, sort in zip(columns.order, shape.order, strict=True)
    ]
    key = Fragment("{key} desc", key=columns.key) if shape.is_descending else columns.key
    return Fragment.joined(", ", [*terms, key])


def and_after(shape: PageShape, conditions: Fragment) -> Fragment:
    """Return `conditions` and, by AND, the condition that a row comes after the previous page."""
    after = after_condition(shape, source_columns(shape))
    return conditions if after is None else Fragment.joined(" and ", [conditions, after])


def after_condition(shape: PageShape, columns: Columns) -> Fragment | None:
    """Return the condition that a row comes after the last row of the previous page.

    NULL values come last. The result is None for the first page.
    """
    if shape.after_nulls is None:
        return None
    last_values = [
        Fragment(
            "cast({value} as {type})",
            value=bindparam(f"after_{n}", None),
            type=constant(TYPES[sort.prop.kind]),
        )
        for n, sort in enumerate(shape.order)
    ]
    last_id = Fragment("cast(:after_id as uuid)")
    if shape.is_natural:
        return Fragment(
            "({columns}) {comparison} ({values})",
            columns=Fragment.joined(", ", [*columns.order, columns.key]),
            comparison=constant("<" if shape.is_descending else ">"),
            values=Fragment.joined(", ", [*last_values, last_id]),
        )
    equal_so_far: list[Fragment] = []
    alternatives: list[Fragment] = []
    for column, sort, value, is_null in zip(
        columns.order, shape.order, last_values, shape.after_nulls, strict=True
    ):
        if is_null:
            equal_so_far.append(Fragment("{column} is null", column=column))
            continue
        further = Fragment(
            "({column} {comparison} {value} or {column} is null)",
            column=column,
            comparison=constant("<" if sort.is_descending else ">"),
            value=value,
        )
        alternatives.append(Fragment.joined(" and ", [*equal_so_far, further]))
        equal_so_far.append(Fragment("{column} = {value}", column=column, value=value))
    by_key = Fragment("{key} > {last_id}", key=columns.key, last_id=last_id)
    alternatives.append(Fragment.joined(" and ", [*equal_so_far, by_key]))
    if len(alternatives) == 1:
        return alternatives[0]
    grouped = [Fragment("({alternative})", alternative=alternative) for alternative in alternatives]
    return Fragment("({alternatives})", alternatives=Fragment.joined(" or ", grouped))
