"""Read one row with psycopg directly, for statements that nearly every request sends.

SQLAlchemy's own work around such a statement costs the server more than sending it and reading its answer. psycopg parses
a statement of over 4,096 characters at each call, unless its binds are numbered already.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.raw_cursor import RawCursor
from psycopg.rows import dict_row
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from app.core.db.engines import Plan, reader
from app.core.db.statements import MAX_CACHED_LENGTH, sql_text

_NUMBERED: Any = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_NAMED: Any = PGDialect_psycopg()  # type: ignore[no-untyped-call]


def _numbered_statement(sql: str) -> tuple[str, tuple[str, ...], str]:
    """Return the statement with `$1` for binds, their names in that order, and the statement as SQLAlchemy sends it."""
    return _cached_numbered(sql) if len(sql) <= MAX_CACHED_LENGTH else _compile_numbered(sql)


def _compile_numbered(sql: str) -> tuple[str, tuple[str, ...], str]:
    statement = sql_text(sql)
    numbered: Any = statement.compile(dialect=_NUMBERED)
    return str(numbered), tuple(numbered.positiontup), str(statement.compile(dialect=_NAMED))


_cached_numbered = lru_cache(maxsize=200)(_compile_numbered)


def read_one(
    sql: str,
    binds: Mapping[str, Any],
    *,
    plan: Plan = "generic",
    is_binary: bool = False,
) -> dict[str, Any] | None:
    """Return the one row of a statement that only reads, or None. Values of type `json` are bytes.

    Args:
        is_binary: Transfer values in binary format, so that a large `bytea` is not sent as hex digits.

    Raises:
        DBAPIError: As SQLAlchemy raises it for the same error of psycopg.
    """
    engine = reader(plan)
    numbered_sql, names, named_sql = _numbered_statement(sql)
    try:
        connection = engine.raw_connection()
    except psycopg.Error as error:
        raise _as_sqlalchemy_error(engine, numbered_sql, error, is_gone=False) from error
    try:
        driver: Any = connection.driver_connection
        # Whoever counts or records statements hears of these too.
        for listener in engine.dispatch.before_cursor_execute:
            listener(driver, None, named_sql, binds, None, False)
        with RawCursor(driver, row_factory=dict_row) as cursor:
            cursor.execute(numbered_sql, [binds[name] for name in names], binary=is_binary)
            return cursor.fetchone()
    except psycopg.Error as error:
        is_gone = engine.dialect.is_disconnect(error, connection, None)  # type: ignore[arg-type]
        if is_gone:  # and so are the others of the pool
            connection.invalidate(error)
            engine.dispose()
        raise _as_sqlalchemy_error(engine, numbered_sql, error, is_gone=is_gone) from error
    finally:
        connection.close()


def _as_sqlalchemy_error(
    engine: Engine, statement: str, error: psycopg.Error, *, is_gone: bool
) -> BaseException:
    """Return the error as SQLAlchemy would raise it."""
    return DBAPIError.instance(
        statement,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_gone,
        dialect=engine.dialect,
    )
