"""Execution of one statement with psycopg directly, for statements that nearly every request executes.

`read_one` and `read_all` read on a connection of their own; `fetch_one` reads and writes in a transaction, and `fetch_all`
reads in one. SQLAlchemy's own work on such a statement takes longer than sending it and reading the result. psycopg parses a
statement of over 4,096 characters at each call, unless its binds are already numbered.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg.raw_cursor import RawCursor
from psycopg.rows import dict_row, tuple_row
from sqlalchemy import Engine, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

from app.core.db.caller_check import (
    CallerChanged,
    CallerCheck,
    expect_caller,
    named_beside,
    numbered_beside,
    unchecked_caller,
)
from app.core.db.engines import Plan, held_connections, reader
from app.core.db.fragments import Fragment, compiled_with_constants
from app.core.db.observers import observe
from app.core.db.prepared_reads import prepared_reads
from app.core.db.statements import sql_text

_NUMBERED: Any = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_NAMED: Any = PGDialect_psycopg()  # type: ignore[no-untyped-call]


# A column for a statement of a transaction. PostgreSQL then plans each later statement of the transaction once, for no
# particular values, as for `read_one` by default. Planning takes longer than the work of a statement that reads one row by
# its id with a large rule of visibility.
PLAN_ONCE = Fragment("set_config('plan_cache_mode', 'force_generic_plan', true)")


class _Compiled(NamedTuple):
    """A compiled statement as it is sent to PostgreSQL.

    Attributes:
        numbered_sql: The SQL, with `$1` for the first bind.
        names: The names of the binds, in the order of their numbers.
        own_binds: Values of binds that the statement carries itself, by name.
    """

    numbered_sql: str
    names: tuple[str, ...]
    own_binds: dict[str, Any]


_shapes: LRUCache[Any, Any] = LRUCache(500)


@lru_cache(maxsize=500)
def _compile(statement: Any) -> _Compiled:
    """Return the compiled form of a statement, from a cache if possible.

    A statement that was made once is found by its identity, which costs nothing. A statement that was made for this call is
    found by its structure. Statements with constants in their text (`literal_execute`) are not cached by structure:
    SQLAlchemy's cache key does not contain the constants, so the cache could return the statement with another constant.
    """
    key = statement._generate_cache_key()
    numbered = _shapes.get(key.key) if key is not None else None
    if numbered is None:
        numbered = compiled_with_constants(statement, _NUMBERED, cache_key=key)
        if key is not None and not numbered.literal_execute_params:
            _shapes[key.key] = numbered
    own_binds = numbered.construct_params({}, extracted_parameters=key and key.bindparams, _check=False)
    return _Compiled(str(numbered), tuple(numbered.positiontup or ()), own_binds)


@lru_cache(maxsize=500)
def _named_sql(statement: Any) -> str:
    """Return the text of a statement with named binds, as SQLAlchemy would send it.

    Listeners of SQLAlchemy's event `before_cursor_execute` get this text.
    """
    return str(compiled_with_constants(statement, _NAMED))


def read_one(
    statement: Executable | str,
    binds: Mapping[str, Any],
    *,
    plan: Plan = "generic",
    is_binary: bool = False,
) -> dict[str, Any] | None:
    """Execute a statement that only reads, and return its one row, or None.

    Values of type `json` are bytes. If the caller of the request is unchecked, a statement that is planned once checks the
    caller, too (`app.core.db.caller_check`).

    Args:
        statement: A statement, or SQL text. A statement that is made anew for each call should have the same structure each
            time, so that its compiled form is found in the cache.
        plan: How PostgreSQL plans the statement, as for `app.core.db.engines.reader`.
        is_binary: Transfer values in binary format, so that a large `bytea` is not sent as hex digits.

    Raises:
        CallerChanged: The caller is not the one that the request began with.
        DBAPIError: psycopg raised an error. It is converted as SQLAlchemy would convert it.
    """
    if isinstance(statement, str):
        statement = sql_text(statement)
    check = unchecked_caller()
    if check is None:
        observe(statement, is_reading=True)
        only: dict[str, Any] | None = _send(_ready(statement, binds), plan, is_binary=is_binary)
        return only
    if plan != "generic":
        check_caller()
        return read_one(statement, binds, plan=plan, is_binary=is_binary)
    observe(check.statement, is_reading=True)
    observe(statement, is_reading=True)
    row = _send(
        _beside(_ready(check.statement, check.binds), _ready(statement, binds)), plan, is_binary=is_binary
    )
    return _data_of(row, check)


def _data_of(row: dict[str, Any] | None, check: CallerCheck) -> dict[str, Any] | None:
    """Return the row of the data from that of a statement which checked the caller, too, or None if there is no data.

    Raises:
        CallerChanged: The caller is not the one that the request began with.
    """
    expect_caller(None)
    if row is None:
        raise CallerChanged
    check.require_same(row.pop("checked_caller"), is_live=row.pop("caller_is_live"))
    return row if row.pop("has_data") else None


def read_all(statement: Executable, binds: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Execute a statement that only reads and is planned once, and return its rows.

    Values of type `json` are bytes. If the caller of the request is unchecked, a statement of its own checks the caller before.

    Raises:
        CallerChanged: The caller is not the one that the request began with.
        DBAPIError: psycopg raised an error. It is converted as SQLAlchemy would convert it.
    """
    check_caller()
    observe(statement, is_reading=True)
    rows: list[dict[str, Any]] = _send(_ready(statement, binds), "generic", take=RawCursor.fetchall)
    return rows


def check_caller() -> None:
    """Check the caller of the request by a statement of its own, if the caller is unchecked.

    Raises:
        CallerChanged: The caller is not the one that the request began with.
    """
    check = unchecked_caller()
    if check is None:
        return
    expect_caller(None)
    row = read_one(check.statement, check.binds)
    if row is None:
        raise CallerChanged
    check.require_same(row["caller"], is_live=row["caller_is_live"])


class _Ready(NamedTuple):
    """A statement as it is sent, with the values of its binds.

    Attributes:
        numbered_sql: The SQL, with `$1` for the first bind.
        values: The values of the binds, in the order of their numbers.
        named_sql: Returns the SQL with named binds, as listeners get it.
        binds: Returns the binds by name, as listeners get them.
    """

    numbered_sql: str
    values: list[Any]
    named_sql: Callable[[], str]
    binds: Callable[[], Mapping[str, Any]]


def _ready(statement: Any, binds: Mapping[str, Any]) -> _Ready:
    compiled = _compile(statement)
    values = [binds[name] if name in binds else compiled.own_binds[name] for name in compiled.names]
    values = [_ids(*value) if type(value) is list and _are_ids(value) else value for value in values]
    return _Ready(compiled.numbered_sql, values, partial(_named_sql, statement), lambda: binds)


_OF_IDS = frozenset({UUID})


def _are_ids(values: list[Any]) -> bool:
    return set(map(type, values)) <= _OF_IDS


@lru_cache(maxsize=5_000)
def _ids(*ids: UUID) -> str:
    """Return a list of ids as the text of an array. psycopg makes it with a dozen calls for each list, and for each id."""
    return "{" + ",".join([str(id_) for id_ in ids]) + "}"


def _beside(caller: _Ready, data: _Ready) -> _Ready:
    return _Ready(
        numbered_beside(caller.numbered_sql, data.numbered_sql, len(data.values)),
        data.values + caller.values,
        lambda: named_beside(caller.named_sql(), data.named_sql()),
        lambda: {**data.binds(), **caller.binds()},
    )


def _send(ready: _Ready, plan: Plan, *, is_binary: bool = False, take: Any = RawCursor.fetchone) -> Any:
    if plan == "generic" and take is RawCursor.fetchone:
        return _send_on_held(ready, is_binary=is_binary)
    engine = reader(plan)
    try:
        connection = engine.raw_connection()
    except psycopg.Error as error:
        raise _as_sqlalchemy_error(engine, ready.numbered_sql, error, is_gone=False) from error
    try:
        driver: Any = connection.driver_connection
        _tell_listeners(engine, driver, ready)
        return _fetched(driver, ready, is_binary=is_binary, take=take)
    except psycopg.Error as error:
        is_gone = engine.dialect.is_disconnect(error, connection, None)  # type: ignore[arg-type]
        if is_gone:  # the other connections of the pool are gone, too
            connection.invalidate(error)
            engine.dispose()
        raise _as_sqlalchemy_error(engine, ready.numbered_sql, error, is_gone=is_gone) from error
    finally:
        connection.close()


def _send_on_held(ready: _Ready, *, is_binary: bool) -> Any:
    """Execute a statement that is planned once, on a held connection if one is free, and return its first row or None."""
    engine, held = reader("generic"), held_connections()
    try:
        link = held.take()
    except psycopg.Error as error:
        raise _as_sqlalchemy_error(engine, ready.numbered_sql, error, is_gone=False) from error
    is_gone = False
    try:
        _tell_listeners(engine, link.driver, ready)
        if link.reads.is_frequent(ready.numbered_sql):
            return link.reads.fetch_one(ready.numbered_sql, ready.values, is_binary=is_binary)
        return _fetched(link.driver, ready, is_binary=is_binary)
    except psycopg.Error as error:
        is_gone = engine.dialect.is_disconnect(error, link.driver, None)  # type: ignore[arg-type]
        if is_gone:  # the other connections are gone, too
            held.discard(link, error)
            engine.dispose()
        raise _as_sqlalchemy_error(engine, ready.numbered_sql, error, is_gone=is_gone) from error
    finally:
        if not is_gone:
            held.give_back(link)


def _tell_listeners(engine: Engine, driver: Any, ready: _Ready) -> None:
    """Call the listeners that count or record statements: they get these, too."""
    for listener in engine.dispatch.before_cursor_execute:
        listener(driver, None, ready.named_sql(), ready.binds(), None, False)


def fetch_one(session: Session, statement: Executable, binds: Mapping[str, Any]) -> dict[str, Any] | None:
    """Execute a statement in the transaction of `session`, and return its one row, or None.

    Unlike `read_one`, the statement may write, and sees what the transaction wrote before. Values of type `json` are
    bytes. If the caller of the request is unchecked, the statement checks the caller, too; one that writes has
    `AFTER_WRITES` (`app.core.db.caller_check`) between its CTEs and its SELECT.

    Raises:
        CallerChanged: The caller is not the one that the request began with.
        DBAPIError: psycopg raised an error. It is converted as SQLAlchemy would convert it.
    """
    check = unchecked_caller()
    if check is not None:
        observe(check.statement, is_reading=True)
    observe(statement, is_reading=session.info.get("is_reading", False))
    ready = _ready(statement, binds)
    if check is None:
        row: dict[str, Any] | None = _fetched_in(session, ready)
        return row
    row = _fetched_in(session, _beside(_ready(check.statement, check.binds), ready))
    return _data_of(row, check)


def fetch_all(session: Session, statement: Executable, binds: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Execute a statement that only reads in the transaction of `session`, and return its rows as tuples.

    For statements with hundreds of rows. Values of type `json` are bytes. If the caller of the request is unchecked, a
    statement of its own checks the caller before.

    Raises:
        CallerChanged: The caller is not the one that the request began with.
        DBAPIError: psycopg raised an error. It is converted as SQLAlchemy would convert it.
    """
    check_caller()
    observe(statement, is_reading=True)
    rows: list[tuple[Any, ...]] = _fetched_in(session, _ready(statement, binds), _all_tuples)
    return rows


def _all_tuples(cursor: RawCursor[Any]) -> list[Any]:
    cursor.row_factory = tuple_row
    return cursor.fetchall()


def _fetched_in(session: Session, ready: _Ready, take: Any = RawCursor.fetchone) -> Any:
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    _tell_listeners(connection.engine, driver, ready)
    try:
        prepared = prepared_reads(connection.connection.info, driver)
        if take is RawCursor.fetchone and prepared.is_frequent(ready.numbered_sql) and prepared.begin():
            return prepared.fetch_one(ready.numbered_sql, ready.values)
        return _fetched(driver, ready, take=take)
    except psycopg.Error as error:
        is_gone = connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
        if is_gone:  # the other connections of the pool are gone, too
            connection.invalidate(error)
            connection.engine.dispose()
        raise _as_sqlalchemy_error(connection.engine, ready.numbered_sql, error, is_gone=is_gone) from error


def _fetched(driver: Any, ready: _Ready, *, is_binary: bool = False, take: Any = RawCursor.fetchone) -> Any:
    """Execute a statement, and return what `take` fetches from the cursor: one row, None without rows, or all rows."""
    with RawCursor(driver, row_factory=dict_row) as cursor:
        cursor.execute(ready.numbered_sql, ready.values, binary=is_binary)
        return take(cursor)


def _as_sqlalchemy_error(
    engine: Engine, statement: str, error: psycopg.Error, *, is_gone: bool
) -> BaseException:
    """Convert an error of psycopg to the one that SQLAlchemy would raise."""
    return DBAPIError.instance(
        statement,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_gone,
        dialect=engine.dialect,
    )
