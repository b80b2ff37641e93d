"""JSON that PostgreSQL makes: keyset pages, their order, their end, and what they return without rows; objects as text."""

import orjson
import pytest
from sqlalchemy import Integer, column, select, values

from app.core import db
from app.core.db import Fragment
from app.core.json_sql import Encoding, JsonPage, json_object, object_text

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


_MEMBERS = [
    ("id", "cast('0190a000-0000-7000-8000-00000000000a' as uuid)", Encoding.QUOTED),
    ("code", "cast('filed' as text)", Encoding.QUOTED),
    ("no_code", "cast(null as text)", Encoding.QUOTED),
    ("number", "cast(-12 as bigint)", Encoding.PLAIN),
    ("measure", "cast(0.1 as float8)", Encoding.PLAIN),
    ("no_number", "cast(null as int)", Encoding.PLAIN),
    ("yes", "true", Encoding.PLAIN),
    ("no", "false", Encoding.PLAIN),
    ("unknown", "cast(null as boolean)", Encoding.PLAIN),
    ("object", """json_build_object('a', 1, 'b', '"')""", Encoding.PLAIN),
    ("binary_object", """cast('{"zh": "东街", "en": null}' as jsonb)""", Encoding.PLAIN),
    ("no_object", "cast(null as jsonb)", Encoding.PLAIN),
    ("words", r"""cast(E'"东街" \\ a/b\n\t\x01\x7f {X} :y' as text)""", Encoding.ESCAPED),
    ("no_words", "cast('' as text)", Encoding.ESCAPED),
    ("null_words", "cast(null as text)", Encoding.ESCAPED),
    ("instant", "timestamptz '2026-11-30 13:14:15.120000+08'", Encoding.ESCAPED),
    ("second", "timestamptz '2026-11-30 13:14:15Z'", Encoding.ESCAPED),
    ("never", "timestamptz 'infinity'", Encoding.ESCAPED),
    ("no_instant", "cast(null as timestamptz)", Encoding.ESCAPED),
    ("day", "date '2026-11-30'", Encoding.ESCAPED),
]


@pytest.mark.parametrize("number", [0, 1, len(_MEMBERS), 48, 49, 50, 98, 99, 120])
def test_object_text_equals_row_to_json_for_any_number_of_members(app, number):
    members = [
        (f"{name}_{n}", sql.replace(":y", r"\:y"), encoding)
        for n in range(7)
        for name, sql, encoding in _MEMBERS
    ][:number]
    columns = ", ".join(f'{sql} "{name}"' for name, sql, _ in members)
    statement = Fragment(
        "select {made} made, (select cast(row_to_json(r) as text) from (select {columns}) r) expected",
        made=Fragment(object_text(members)),
        columns=Fragment(columns),
    )
    with db.read_session() as session:
        row = session.execute(statement).one()
    assert row.made == row.expected
    assert len(orjson.loads(row.made)) == number
