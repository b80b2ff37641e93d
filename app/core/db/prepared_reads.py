"""Execution of prepared statements on one connection, by libpq's own functions in place of psycopg's cursors.

psycopg sends a statement by a generator that waits in Python, so that a task or a signal can interrupt it. Nothing interrupts
our statements but PostgreSQL's statement timeout. libpq waits by itself, in one call, while other threads run. Values are
converted by psycopg, as for a cursor. Most of these statements only read; those of `raw_read.fetch_one` may write.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

# As psycopg: a statement is prepared when it was sent so often, and so many are kept for a connection.
THRESHOLD, KEPT_MAX = 5, 100
# Statements that were sent less often, of which the number is remembered.
_COUNTED_MAX = 1_000


class _Prepared:
    """A statement that PostgreSQL has prepared. `columns`: names of its columns, known after the first execution."""

    __slots__ = ("columns", "name")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.columns: tuple[str, ...] | None = None


class PreparedReads:
    """The prepared statements of one connection."""

    def __init__(self, connection: "psycopg.Connection[Any]", *, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._connection = connection
        self._pgconn: Any = connection.pgconn
        self._transformer: Any = Transformer(connection)
        self._uses: dict[str, int] = {}
        self._prepared: dict[tuple[str, tuple[int, ...]], _Prepared] = {}
        self._made = 0
        self._is_doubtful = False

    def doubt(self) -> None:
        """Look before the next use which statements are still prepared.

        psycopg deallocates all statements of a connection, ours too, after a rollback, also one to a savepoint.
        """
        self._is_doubtful = True

    def is_frequent(self, sql: str) -> bool:
        """Count a use of a statement. Return True if it is to be prepared, or was."""
        uses = self._uses.get(sql, 0)
        if uses >= THRESHOLD:
            return True
        if uses == 0 and len(self._uses) >= _COUNTED_MAX:
            self._uses.clear()
        self._uses[sql] = uses + 1
        return False

    def begin(self) -> bool:
        """Begin the transaction of a connection that is not in autocommit mode, as psycopg does before a statement.

        Return False if psycopg has to do it, because the transaction is another than the usual one.

        Raises:
            psycopg.Error: The connection is lost.
        """
        connection = self._connection
        if self._pgconn.transaction_status != TransactionStatus.IDLE or connection.autocommit:
            return True
        if (connection.isolation_level, connection.read_only, connection.deferrable) != (None, None, None):
            return False
        result = self._pgconn.exec_(b"BEGIN")
        if result.status != ExecStatus.COMMAND_OK:
            raise self._error(result)
        return True

    def fetch_one(self, sql: str, values: Sequence[Any], *, is_binary: bool = False) -> dict[str, Any] | None:
        """Execute a statement with numbered binds (`$1`) and return its first row, or None.

        Args:
            is_binary: PostgreSQL sends the values in its binary format.

        Raises:
            psycopg.Error: PostgreSQL refused the statement, or the connection is lost.
        """
        if self._is_doubtful:
            self._keep_prepared()
        transformer, pgconn = self._transformer, self._pgconn
        parameters = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types = tuple(transformer.types or ())
        prepared = self._prepared.get((sql, types)) or self._prepare(sql, types)
        result = pgconn.exec_prepared(prepared.name, parameters, transformer.formats, int(is_binary))
        if result.status != ExecStatus.TUPLES_OK:
            # It may be that tables have changed since it was prepared: then it is prepared anew.
            self._prepared.pop((sql, types), None)
            error = self._error(result)
            self._is_doubtful |= isinstance(error, psycopg.errors.InvalidSqlStatementName)
            raise error
        if result.ntuples == 0:
            return None
        transformer.set_pgresult(result)
        try:
            row = transformer.load_row(0, tuple)
        finally:
            transformer.set_pgresult(None)
        columns = prepared.columns
        if columns is None:
            columns = prepared.columns = tuple(
                result.fname(column).decode() for column in range(result.nfields)
            )
        return dict(zip(columns, row, strict=True))

    def _keep_prepared(self) -> None:
        """Forget the statements that are no longer prepared."""
        result = self._pgconn.exec_(b"select name from pg_prepared_statements")
        if result.status != ExecStatus.TUPLES_OK:
            raise self._error(result)
        names = {result.get_value(row, 0) for row in range(result.ntuples)}
        self._prepared = {key: prepared for key, prepared in self._prepared.items() if prepared.name in names}
        self._is_doubtful = False

    def _prepare(self, sql: str, types: tuple[int, ...]) -> _Prepared:
        if len(self._prepared) >= self._kept_max:
            oldest = self._prepared.pop(next(iter(self._prepared)))
            self._pgconn.exec_(b"deallocate " + oldest.name)
        self._made += 1
        prepared = _Prepared(b"_read_%d" % self._made)
        result = self._pgconn.prepare(prepared.name, sql.encode(), types)
        if result.status != ExecStatus.COMMAND_OK:
            raise self._error(result)
        self._prepared[sql, types] = prepared
        return prepared

    def _error(self, result: Any) -> psycopg.Error:
        error = psycopg.errors.error_from_result(result)
        if self._pgconn.status == ConnStatus.BAD and not isinstance(error, psycopg.OperationalError):
            return psycopg.OperationalError(str(error))
        return error


def doubt_after_rollback(connection: Any, *_: Any) -> None:
    """Doubt the prepared statements of a connection.

    It is a listener of SQLAlchemy for the events `rollback` and `rollback_savepoint`.
    """
    if connection.invalidated:
        return  # lost, with its statements
    reads: PreparedReads | None = connection.connection.info.get(PreparedReads)
    if reads is not None:
        reads.doubt()


def doubt_before_reset(connection: Any, record: Any, state: Any) -> None:
    """Doubt the prepared statements of a connection that returns to its pool with an open transaction.

    It is a listener of SQLAlchemy for the event `reset`, after which the pool sends a ROLLBACK.
    """
    reads: PreparedReads | None = record.info.get(PreparedReads)
    if reads is not None and connection.pgconn.transaction_status != TransactionStatus.IDLE:
        reads.doubt()


def prepared_reads(info: dict[Any, Any], connection: Any) -> PreparedReads:
    """Return the prepared statements of a connection of a pool, whose `info` stores them as long as it is open."""
    reads: PreparedReads | None = info.get(PreparedReads)
    if reads is None:
        reads = info[PreparedReads] = PreparedReads(connection)
    return reads
