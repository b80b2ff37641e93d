"""JSON made by PostgreSQL: objects, lists and keyset pages.

`core.paging` makes the row of a page into the body of an answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.orm import Session

from app.core.db import unscoped

_LIMIT: ColumnElement[int] = bindparam("limit", None, Integer())
_ONE: ColumnElement[int] = literal_column("1")
_EMPTY_LIST: ColumnElement[Any] = literal_column("'[]'")
_EMPTY_ARRAY: ColumnElement[Any] = literal_column("'{}'")


def json_object(**members: Any) -> ColumnElement[Any]:
    """Return the SQL expression of a JSON object with these columns.

    The member names are text of the statement, not binds.
    """
    names: list[ColumnElement[Any]] = [literal_column(f"'{name}'") for name in members]
    return func.json_build_object(*chain.from_iterable(zip(names, members.values(), strict=True)))


def json_list(item: ColumnElement[Any], *order: Any) -> ColumnElement[Any]:
    """Return the SQL aggregate of `item` over all rows as a JSON list; empty without rows."""
    return func.coalesce(func.json_agg(aggregate_order_by(item, *order)), _EMPTY_LIST)


class Encoding(Enum):
    """Forms in which `object_text` writes a value: the SQL around the value of the member.

    Attributes:
        PLAIN: The value as text is JSON: numbers, booleans, JSON.
        QUOTED: The value as text needs quotes and no escapes: ids, and codes that only this program sets.
        ESCAPED: Everything else: other texts, instants, dates.
    """

    PLAIN = "coalesce(cast({} as text), 'null')"
    QUOTED = """coalesce('"' || {} || '"', 'null')"""
    ESCAPED = "coalesce(cast(to_json({}) as text), 'null')"


# So many members are joined before they are appended to the others: each `||` copies what is before it.
_JOINED_MEMBERS = 8


def object_text(members: Iterable[tuple[str, str, Encoding]]) -> str:
    """Return the SQL of a JSON object as text, equal to that of `row_to_json`, for objects with many members.

    `row_to_json` and `json_build_object` look the type of each member up anew for each row.

    Args:
        members: Name, SQL of the value, and encoding of each member. The SQL may have holes of a `Fragment`.
    """
    pieces, start = [], "{"
    for name, value, encoding in members:
        pieces.append(f"""'{start}"{name}":' || {encoding.value.format(value)}""")
        start = ","
    groups = [" || ".join(pieces[n : n + _JOINED_MEMBERS]) for n in range(0, len(pieces), _JOINED_MEMBERS)]
    joined = " || ".join(f"({group})" for group in groups)
    return f"({joined} || '}}')" if groups else "'{}'"


class JsonPage:
    """A statement that reads one keyset page of rows as JSON. Make it once, at module level."""

    def __init__(
        self,
        rows: Select[Any],
        *keys: str,
        is_descending: bool = False,
        arrays: Mapping[str, str] | None = None,
        unscoped_tables: Mapping[str, str] | None = None,
    ) -> None:
        """Make the statement that reads a page.

        Args:
            rows: Selects `item` (JSON) and the columns named by `keys`, without an order.
            keys: Columns of the order. The last column is unique. All columns have the same direction.
            arrays: Further columns of the result, by name. Each is an array with the values of one column of `rows` on this
                page.
            unscoped_tables: Tables that are read without their visibility rules, each with the reason (`app.core.db.unscoped`).
        """
        columns = rows.selected_columns
        key, after = tuple_(*(columns[k] for k in keys)), tuple_(*(_after(k, columns[k]) for k in keys))
        follows = key < after if is_descending else key > after
        rows = rows.where(or_(_after(keys[0], columns[keys[0]]).is_(None), follows))

        def order(table: Any, *, is_reverse: bool = False) -> list[ColumnElement[Any]]:
            return [table[k].desc() if is_descending != is_reverse else table[k].asc() for k in keys]

        page = rows.order_by(*order(columns)).limit(_LIMIT + _ONE).cte("page")
        shown = select(page).order_by(*order(page.c)).limit(_LIMIT).cte("shown")
        last_key = (
            select(array([cast(shown.c[k], Text) for k in keys]))
            .order_by(*order(shown.c, is_reverse=True))
            .limit(_ONE)
        )
        statement = select(
            select(json_list(shown.c.item, *order(shown.c))).scalar_subquery().label("items"),
            select(func.count()).select_from(page).scalar_subquery().label("n"),
            last_key.scalar_subquery().label("last_key"),
            *(
                select(func.coalesce(func.array_agg(shown.c[column]), _EMPTY_ARRAY))
                .scalar_subquery()
                .label(name)
                for name, column in (arrays or {}).items()
            ),
        )
        self.keys = keys
        self.statement = unscoped(statement, **(unscoped_tables or {}))

    def read(
        self, session: Session, binds: Mapping[str, Any], *, after: Sequence[str] | None, limit: int
    ) -> RowMapping:
        """Execute the statement and return its only row, which contains one page of items.

        The row is the input of `core.paging.page_body_of`.

        Args:
            binds: Values of the other parameters of the statement.
            after: Key of the last item of the previous page; None: read the first page.
            limit: Maximum number of items.

        Returns:
            `items`: the items as a JSON list. `n`: the number of rows found, `limit` + 1 if another page follows. `last_key`:
            the key of the last item as a list of texts. Also one column for each name in `arrays`, see `__init__`.
        """
        key: Sequence[str | None] = after or [None] * len(self.keys)
        values = {f"after_{name}": value for name, value in zip(self.keys, key, strict=True)}
        return session.execute(self.statement, {**binds, **values, "limit": limit}).mappings().one()


def _after(key: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return bindparam(f"after_{key}", None, column.type)
