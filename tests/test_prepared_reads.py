"""Frequent reads are executed by libpq's own functions: rows, errors, and the number of kept statements."""

import sys
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from app.core import db
from app.core.db import raw_read
from app.core.db.prepared_reads import THRESHOLD, PreparedReads
from app.core.db.statements import sql_text

VALUES = {
    "a": UUID(int=7),
    "b": datetime(2026, 3, 4, 5, 6, 7, 8_000, tzinfo=UTC),
    "c": True,
    "d": 12,
    "e": 1.5,
    "f": "é{}$1%",
    "g": None,
    "h": [UUID(int=1), UUID(int=2)],
    "i": [],
}
EVERYTHING = """
  select cast(:a as uuid) a, cast(:b as timestamptz) b, cast(:c as boolean) c, cast(:d as bigint) d,
    cast(:e as float8) e, cast(:f as text) f, cast(:g as text) g, cast(:h as uuid[]) h, cast(:i as uuid[]) i,
    json_build_object('x', 1) j, jsonb_build_object('x', 1) k, cast(1.50 as numeric) l, date '2026-03-04' m
"""


@pytest.fixture
def connection(settings):
    """A connection without transaction, outside of the pool."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def reads(connection) -> PreparedReads:
    return PreparedReads(connection)


def test_row_is_the_same_when_statement_is_sent_often(app):
    rows = [raw_read.read_one(EVERYTHING, VALUES) for _ in range(THRESHOLD + 3)]
    assert all(row == rows[0] for row in rows)
    assert rows[0]["j"] == b'{"x" : 1}'
    assert [list(map(type, row.values())) for row in rows] == [list(map(type, rows[0].values()))] * len(rows)


def test_result_is_none_without_row_however_often_it_is_sent(app):
    assert [raw_read.read_one("select 1 as one where false", {}) for _ in range(THRESHOLD + 3)] == [None] * (
        THRESHOLD + 3
    )


def test_statement_is_prepared_once_for_types_of_its_values(reads, connection):
    for value in (1, 2, "a", "b", 3):
        assert reads.fetch_one("select $1::text as v", [value]) == {"v": str(value)}
    names = connection.execute(
        "select count(*) from pg_prepared_statements where name like '\\_read%'"
    ).fetchone()
    assert names == (2,)


def test_number_of_prepared_statements_is_limited(connection):
    reads = PreparedReads(connection, kept_max=3)
    for number in range(8):
        assert reads.fetch_one(f"select {number} as n", []) == {"n": number}
    number = connection.execute(
        "select count(*) from pg_prepared_statements where name like '\\_read%'"
    ).fetchone()
    assert number == (3,)


def test_statement_is_prepared_anew_when_its_table_has_changed(reads, connection):
    connection.execute("create temp table changing (a int)")
    connection.execute("insert into changing values (1)")
    assert reads.fetch_one("select * from changing", []) == {"a": 1}
    connection.execute("alter table changing add b text default 'x'")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        reads.fetch_one("select * from changing", [])
    assert reads.fetch_one("select * from changing", []) == {"a": 1, "b": "x"}


def test_connection_is_usable_after_an_error(reads):
    with pytest.raises(psycopg.errors.DivisionByZero):
        reads.fetch_one("select 1 / $1::int as n", [0])
    assert reads.fetch_one("select 1 / $1::int as n", [1]) == {"n": 1}


def test_statement_timeout_ends_a_frequent_statement(reads, connection):
    connection.execute("set statement_timeout = '50ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        reads.fetch_one("select pg_sleep(5) as n", [])


def test_pool_recovers_when_backend_of_a_frequent_statement_ends(app):
    statement = "select pg_backend_pid() as pid, pg_sleep(cast(:seconds as float8)) as slept"
    pids = {raw_read.read_one(statement, {"seconds": 0})["pid"] for _ in range(THRESHOLD + 1)}
    kill = "select pg_terminate_backend(pg_backend_pid()) as ended"
    for _ in range(THRESHOLD + 1):
        with pytest.raises(DBAPIError) as raised:
            raw_read.read_one(kill, {})
        assert raised.value.connection_invalidated
    row = raw_read.read_one(statement, {"seconds": 0})
    assert row is not None
    assert row["pid"] not in pids


_NOTE = sql_text(
    "with noted as (insert into note (n) values (:n) returning n) select n from noted where :n < 1000"
)


@pytest.fixture
def notes(app, connection):
    """A table to write to, and a function that returns what others see of it."""
    connection.execute("create table note (n int primary key)")
    connection.execute("grant select, insert on note to gridward_app")
    yield lambda: [row[0] for row in connection.execute("select n from note order by n").fetchall()]
    connection.execute("drop table note")


def test_frequent_write_is_part_of_its_transaction(notes):
    for n in range(THRESHOLD + 3):
        with db.transaction() as session:
            assert raw_read.fetch_one(session, _NOTE, {"n": n}) == {"n": n}
    assert notes() == list(range(THRESHOLD + 3))
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        raw_read.fetch_one(session, _NOTE, {"n": 100})
        raise ZeroDivisionError
    assert 100 not in notes()


def test_frequent_write_is_undone_with_its_savepoint(notes):
    for n in range(THRESHOLD + 3):
        with db.transaction() as session:
            raw_read.fetch_one(session, _NOTE, {"n": n})
            with pytest.raises(DBAPIError), session.begin_nested():
                raw_read.fetch_one(session, _NOTE, {"n": 50 + n})
                raw_read.fetch_one(session, _NOTE, {"n": n})
    assert notes() == list(range(THRESHOLD + 3))


def test_frequent_statement_keeps_the_snapshot_of_its_transaction(notes, connection):
    count = sql_text("select count(*) n from note")
    for number in range(THRESHOLD + 3):
        with db.snapshot_session() as session:
            before = raw_read.fetch_one(session, count, {})
            connection.execute("insert into note values (%s)", [1_000 + number])
            assert raw_read.fetch_one(session, count, {}) == before == {"n": number}


@pytest.mark.parametrize("ends_by", ["rollback", "savepoint", "return to the pool"])
def test_frequent_write_is_prepared_anew_after(ends_by, notes):
    count, numbers = sql_text("select count(*) n from note"), iter(range(900))
    for _ in range(2 * THRESHOLD):
        with db.transaction() as session:
            raw_read.fetch_one(session, _NOTE, {"n": next(numbers)})
            session.execute(count)  # psycopg has prepared statements, too
    for _ in range(3):
        if ends_by == "return to the pool":
            with db.engine().connect() as connection:
                connection.execute(count)
        else:
            with suppress(ZeroDivisionError), db.transaction() as session:
                if ends_by == "savepoint":
                    with suppress(ZeroDivisionError), session.begin_nested():
                        raw_read.fetch_one(session, _NOTE, {"n": next(numbers)})
                        raise ZeroDivisionError
                else:
                    raise ZeroDivisionError(session.execute(count))
        with db.transaction() as session:
            assert raw_read.fetch_one(session, _NOTE, {"n": next(numbers)}) is not None


def test_frequent_write_uses_no_cursor(notes):
    calls: Counter[str] = Counter()

    def note(frame, event, _):
        if event == "call":
            calls[frame.f_code.co_filename.rpartition("/")[2]] += 1

    for n in range(2 * THRESHOLD):
        with db.transaction() as session:
            sys.setprofile(note if n == 2 * THRESHOLD - 1 else None)
            try:
                raw_read.fetch_one(session, _NOTE, {"n": n})
            finally:
                sys.setprofile(None)
    assert calls["prepared_reads.py"] > 0
    assert calls["cursor.py"] + calls["_cursor_base.py"] + calls["connection.py"] == 0, calls
