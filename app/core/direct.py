"""One row, asked of psycopg directly.

For what nearly every request asks: around such a statement SQLAlchemy's own work costs the server more than
sending it and reading its answer, and psycopg reads a statement of over 4,096 characters anew each time, unless its
binds are numbered already.
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

from app.core.db import LONGEST_CACHED, reader, sql_text

_NUMBERED: Any = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_NAMED: Any = PGDialect_psycopg()  # type: ignore[no-untyped-call]


def _numbered(sql: str) -> tuple[str, tuple[str, ...], str]:
    """Return the statement with `$1` for binds, their names in that order, and the statement as SQLAlchemy sends it."""
    return _cached_numbered(sql) if len(sql) <= LONGEST_CACHED else _number(sql)


def _number(sql: str) -> tuple[str, tuple[str, ...], str]:
    statement = sql_text(sql)
    numbered: Any = statement.compile(dialect=_NUMBERED)
    return str(numbered), tuple(numbered.positiontup), str(statement.compile(dialect=_NAMED))


_cached_numbered = lru_cache(maxsize=200)(_number)


def read_one(
    sql: str,
    binds: Mapping[str, Any],
    *,
    is_planned_once: bool = True,
    is_planned_anew: bool = False,
    is_binary: bool = False,
) -> dict[str, Any] | None:
    """The one row that a statement finds, or None. It can write nothing, and sees what is committed.

    `is_planned_once`, `is_planned_anew`: see `core.db.read_session`. Values of `json` are bytes. Errors are
    SQLAlchemy's, as from any other statement. `is_binary`: a large `bytea` comes as it is, and not as text of hex digits.
    """
    engine = reader(is_planned_once=is_planned_once, is_planned_anew=is_planned_anew)
    numbered, names, told = _numbered(sql)
    try:
        connection = engine.raw_connection()
    except psycopg.Error as error:
        raise _as_told(engine, numbered, error, is_gone=False) from error
    try:
        driver: Any = connection.driver_connection
        # Whoever counts or records statements hears of these too.
        for listener in engine.dispatch.before_cursor_execute:
            listener(driver, None, told, binds, None, False)
        with RawCursor(driver, row_factory=dict_row) as cursor:
            cursor.execute(numbered, [binds[name] for name in names], binary=is_binary)
            return cursor.fetchone()
    except psycopg.Error as error:
        is_gone = engine.dialect.is_disconnect(error, connection, None)  # type: ignore[arg-type]
        if is_gone:  # and so are the others of the pool
            connection.invalidate(error)
            engine.dispose()
        raise _as_told(engine, numbered, error, is_gone=is_gone) from error
    finally:
        connection.close()


def _as_told(engine: Engine, statement: str, error: psycopg.Error, *, is_gone: bool) -> BaseException:
    """The error as SQLAlchemy would raise it."""
    return DBAPIError.instance(
        statement,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_gone,
        dialect=engine.dialect,
    )
