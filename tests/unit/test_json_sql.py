"""Keyset pages that PostgreSQL makes as JSON: their order, their end, and what they return without rows."""

import orjson
import pytest
from sqlalchemy import Integer, column, select, values

from app.core import db
from app.core.json_sql import JsonPage, json_object

# Up to three rows share each value of `third`, so that the second key decides among them.
_NUMBERS = values(column("third", Integer), column("id", Integer), name="numbers").data(
    [(number // 3, number) for number in range(1, 8)]
)
_ROWS = select(_NUMBERS.c.third, _NUMBERS.c.id, json_object(n=_NUMBERS.c.id).label("item"))


def read_all(page: JsonPage, limit: int) -> list[list[int]]:
    pages, after = [], None
    with db.read_session() as session:
        while True:
            row = page.read(session, {}, after=after, limit=limit)
            pages.append([item["n"] for item in orjson.loads(row["items"])])
            if row["n"] <= limit:
                return pages
            after = row["last_key"]


@pytest.mark.parametrize(
    ("is_descending", "expected"),
    [(False, [[1, 2, 3], [4, 5, 6], [7]]), (True, [[7, 6, 5], [4, 3, 2], [1]])],
)
def test_pages_have_each_row_once_in_order(app, is_descending, expected):
    assert read_all(JsonPage(_ROWS, "third", "id", is_descending=is_descending), limit=3) == expected


def test_last_page_that_is_full_has_no_next_page(app):
    assert read_all(JsonPage(_ROWS, "id"), limit=7) == [[1, 2, 3, 4, 5, 6, 7]]


def test_page_without_rows_has_empty_lists(app):
    page = JsonPage(_ROWS.where(_NUMBERS.c.id > 7), "id", arrays={"ids": "id"})
    with db.read_session() as session:
        row = page.read(session, {}, after=None, limit=3)
    assert (row["items"], row["n"], row["last_key"], row["ids"]) == (b"[]", 0, None, [])


def test_arrays_have_the_rows_of_the_page_only(app):
    with db.read_session() as session:
        row = JsonPage(_ROWS, "id", arrays={"ids": "id"}).read(session, {}, after=["2"], limit=3)
    assert sorted(row["ids"]) == [3, 4, 5]
