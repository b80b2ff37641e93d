"""JSON made by PostgreSQL: objects, lists, and the statement of one keyset page, whose row is for `core.paging`."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array

_LIMIT: ColumnElement[int] = bindparam("limit", type_=Integer())
_ONE: ColumnElement[int] = literal_column("1")
_EMPTY_LIST: ColumnElement[Any] = literal_column("'[]'")


def json_object(**members: Any) -> ColumnElement[Any]:
    """Return the JSON object of these columns; the names stand in the text of the statement."""
    names: list[ColumnElement[Any]] = [literal_column(f"'{name}'") for name in members]
    return func.json_build_object(*chain.from_iterable(zip(names, members.values(), strict=True)))


def json_list(item: ColumnElement[Any], *order: Any) -> ColumnElement[Any]:
    """Return the aggregate of `item` over all rows as a JSON list, which is empty where there are none."""
    return func.coalesce(func.json_agg(aggregate_order_by(item, *order)), _EMPTY_LIST)


def page_statement(
    rows: Select[Any], *keys: str, is_descending: bool = False, arrays: Mapping[str, str] | None = None
) -> Select[Any]:
    """Return the statement that reads one page of `rows`; its one row is for `core.paging.page_body_of`.

    The row has `items` (a JSON list), `n` (the number of rows read: one more than the bind :limit if a page follows) and
    `last_key` (the keys of the last item, as text).

    Args:
        rows: Selects `item` and the columns named by `keys`, from the key of the cursor on, without an order.
        keys: Columns of the order, the last one unique. All have one direction.
        arrays: Further columns of the result, each an array of the named column over the items of the page.
    """

    def order(columns: Any, *, is_reverse: bool = False) -> list[ColumnElement[Any]]:
        return [columns[key].desc() if is_descending != is_reverse else columns[key].asc() for key in keys]

    page = rows.order_by(*order(rows.selected_columns)).limit(_LIMIT + _ONE).cte("page")
    shown = select(page).order_by(*order(page.c)).limit(_LIMIT).cte("shown")
    last_key = (
        select(array([cast(shown.c[key], Text) for key in keys]))
        .order_by(*order(shown.c, is_reverse=True))
        .limit(_ONE)
    )
    return select(
        select(json_list(shown.c.item, *order(shown.c))).scalar_subquery().label("items"),
        select(func.count()).select_from(page).scalar_subquery().label("n"),
        last_key.scalar_subquery().label("last_key"),
        *(
            select(func.array_agg(shown.c[column])).scalar_subquery().label(name)
            for name, column in (arrays or {}).items()
        ),
    )
