"""Transactions and read-only sessions of this process.

Each function that opens one checks the caller of the request before, if the caller is unchecked (`caller_check`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Executable, Result, orm, text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.actor import Actor
from app.core.db.engines import Plan, engine, reader
from app.core.db.observers import observe
from app.core.db.raw_read import check_caller
from app.core.db.retries import is_statement_timeout
from app.core.errors import Invalid
from app.core.metrics import STATEMENT_TIMEOUTS

_Statement = TypeVar("_Statement", bound=Executable)
_READING = {"is_reading": True}


class Session(orm.Session):
    """A session of SQLAlchemy in which every statement passes through `execute`.

    This includes those of `scalar` and `scalars`.
    """

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Result[Any]:
        """Send a statement with its binds and return its result.

        The statement goes to the connection of this transaction, past the parts of SQLAlchemy that load objects: no session
        of ours holds any, and they take 100 to 150 µs for each statement on mapped columns.
        """
        check_caller()
        observe(statement, is_reading=self.info.get("is_reading", False))
        return self.connection().execute(statement, params, **options)

    def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Send a statement and return the first column of its first row, or None without a row."""
        return self.execute(statement, params, **options).scalar()

    def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Send a statement and return the first column of its rows."""
        return self.execute(statement, params, **options).scalars()


def unscoped(statement: _Statement, **reasons: str) -> _Statement:
    """Return a statement marked as allowed to read tables without their visibility rules.

    Name each table with the reason, as in `unscoped(statement, worker="name of the handler of a visible case")`. A valid reason
    is that the rule selected the rows before, or that no content of a row is returned to the caller. tests/test_row_rules.py
    lists all reasons.
    """
    marked: _Statement = statement.execution_options(unscoped=reasons)
    return marked


def unscoped_reasons(statement: Executable) -> dict[str, str]:
    """Return the reasons that `unscoped` stored with a statement, by table."""
    reasons: dict[str, str] = statement.get_execution_options().get("unscoped", {})
    return reasons


# The transaction of which all others of this thread are parts for now; see `one_transaction`.
_enclosing: ContextVar[Session | None] = ContextVar("whole", default=None)


@contextmanager
def one_transaction(actor: Actor | None = None) -> Iterator[Session]:
    """Open a transaction; transactions that are opened inside the block become its savepoints.

    Reads inside the block see rows that were written in it. Use it to store something together with the effect of code that
    opens its own transactions.
    """
    with transaction(actor) as session:
        outer = _enclosing.set(session)
        try:
            yield session
        finally:
            _enclosing.reset(outer)


@contextmanager
def transaction(actor: Actor | None = None, *, leaves_check: bool = False) -> Iterator[Session]:
    """Open a transaction that commits when the block ends and rolls back on any error.

    Args:
        actor: The actor on whose behalf rows are written. Not used yet; row-level security will need it.
        leaves_check: If the caller of the request is unchecked, leave the check to the first statement.
    """
    if not leaves_check:
        check_caller()
    enclosing = _enclosing.get()
    if enclosing is not None:
        with enclosing.begin_nested():
            yield enclosing
        return
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        instant = clock.simulated()
        if instant is not None:
            # History triggers date what happens by it; in real time their own clock does.
            session.execute(text("select set_config('app.now', :now, true)"), {"now": instant.isoformat()})
        yield session


@contextmanager
def read_session(plan: Plan = "auto") -> Iterator[Session]:
    """Open a session that only reads, with each statement in a transaction of its own.

    PostgreSQL refuses a write. Inside `one_transaction`, the session of that transaction is used instead.

    Args:
        plan: How PostgreSQL plans prepared statements: `generic`, `custom`, or `auto` (PostgreSQL decides).
    """
    check_caller()
    enclosing = _enclosing.get()
    if enclosing is not None:
        yield enclosing
        return
    read_engine = reader(plan)
    with Session(read_engine, expire_on_commit=False, info=_READING) as session:
        yield session  # nothing to commit: each statement was by itself


@contextmanager
def long_read_session(statement_timeout_ms: int) -> Iterator[Session]:
    """Open a read-only transaction with a statement timeout of its own, for jobs.

    Compute after the block, not inside it, so that the transaction ends soon.
    """
    check_caller()
    enclosing = _enclosing.get()
    if enclosing is not None:
        yield enclosing
        return
    read_engine = reader().execution_options(isolation_level="READ COMMITTED")
    with Session(read_engine, expire_on_commit=False, info=_READING) as session, session.begin():
        set_statement_timeout(session, statement_timeout_ms)
        yield session


def set_statement_timeout(session: orm.Session, statement_timeout_ms: int) -> None:
    """Set the statement timeout for the rest of this transaction, in milliseconds; 0: none."""
    limit = {"limit": f"{statement_timeout_ms}ms"}
    session.execute(text("select set_config('statement_timeout', :limit, true)"), limit)


@contextmanager
def snapshot_session(plan: Plan = "auto") -> Iterator[Session]:
    """Open a read-only transaction whose statements all see one snapshot (REPEATABLE READ).

    It is the snapshot of the first statement.
    """
    check_caller()
    repeatable_read = reader(plan).execution_options(isolation_level="REPEATABLE READ")
    with Session(repeatable_read, expire_on_commit=False, info=_READING) as session, session.begin():
        yield session


@contextmanager
def counting_session(plan: Plan = "auto") -> Iterator[Session]:
    """Open a `snapshot_session` for statements that count many rows.

    Raises:
        Invalid: `too_much_to_count`: a statement exceeds the statement timeout (HTTP 422).
    """
    try:
        with snapshot_session(plan) as session:
            yield session
    except DBAPIError as error:
        if not is_statement_timeout(error):
            raise
        STATEMENT_TIMEOUTS.inc()
        raise Invalid("too_much_to_count") from error
