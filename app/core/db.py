"""The database: this process's engines, visible transactions, and the base of all models. `core.engines` makes engines."""

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from psycopg.errors import (
    DeadlockDetected,
    LockNotAvailable,
    QueryCanceled,
    ReadOnlySqlTransaction,
    SerializationFailure,
)
from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    MetaData,
    Text,
    TextClause,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import UserDefinedType

from app.core import clock, logins
from app.core.actor import Actor
from app.core.engines import PLANNED_ANEW, make_engine, read_json_as_bytes, watch
from app.core.errors import Invalid
from app.core.metrics import STATEMENT_TIMEOUTS

SRID = 4326
T = TypeVar("T")
_INDENT = re.compile(r"\s*\n\s*")


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


class Ltree(UserDefinedType[str]):
    """A label path (extension ltree)."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own protocol)
        datetime: DateTime(timezone=True),
        str: Text,
        dict: JSONB,
        dict[str, Any]: JSONB,
        dict[str, str]: JSONB,
        list[Any]: JSONB,
    }


class Versioned:
    """What every mutable table has: a version raised by a trigger, and a tombstone instead of a DELETE."""

    version: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    deleted_at: Mapped[datetime | None]


class Recorded:
    """What every row of history has: when it was recorded, by which transaction."""

    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


class _State:
    engine: Engine | None = None
    reader: Engine | None = None
    planned_once: Engine | None = None
    planned_anew: Engine | None = None


def configure(
    url: str, *, role: str | None = logins.APP, pool_size: int = 4, statement_timeout_ms: int = 5_000
) -> Engine:
    """Connect this process to the database at `url`.

    Args:
        role: The role whose rights the login of `url` must have, and no power over the schema besides; None: any login.

    The first connection raises LoginRefused where the login is another one; `core.logins` says which ones are.
    """
    dispose()
    limits: dict[str, Any] = {
        "pool_size": pool_size,
        "statement_timeout_ms": statement_timeout_ms,
    }
    _State.engine = make_engine(url, **limits)
    _State.reader = make_engine(url, is_reader=True, **limits)
    _State.planned_once = make_engine(
        url, is_reader=True, more=("plan_cache_mode=force_generic_plan",), **limits
    )
    _State.planned_anew = make_engine(url, is_reader=True, more=PLANNED_ANEW, **limits)
    # Not in make_engine: SQLAlchemy's reflection, which migrations use, reads json itself.
    names = ("writing", "reading", "reading_planned_once", "reading_planned_anew")
    refuse = _refuse_once(role) if role else None
    for made, name in zip(engines(), names, strict=True):
        event.listen(made, "connect", read_json_as_bytes)
        if refuse:
            event.listen(made, "connect", refuse)
        watch(made, name, pool_size)
    event.listen(_State.engine, "commit", lambda _connection: _commit_sent.set(True))
    return _State.engine


def _refuse_once(role: str) -> Callable[[Any, Any], None]:
    """Return a listener that judges the login of this process at its first connection, before any other statement.

    A process may start while the database is away, so its start alone cannot judge.
    """
    is_judged = False

    def judge(connection: Any, _record: Any) -> None:
        nonlocal is_judged
        if is_judged:
            return
        fault = logins.fault(connection, role)
        connection.rollback()
        if fault:
            raise logins.LoginRefused(fault)
        is_judged = True

    return judge


# Whether this thread has sent a COMMIT since `forget_commits`.
_commit_sent: ContextVar[bool] = ContextVar("commit_sent", default=False)


def forget_commits() -> None:
    """Begin a piece of work, such as a request, about which `has_sent_commit` will be asked."""
    _commit_sent.set(False)


def has_sent_commit() -> bool:
    """Return True if anything of the present piece of work may have been stored.

    An error of a COMMIT says nothing about its effect: the connection may have broken before or after it.
    """
    return _commit_sent.get()


def dispose() -> None:
    for made in engines():
        made.dispose()
    _State.engine = _State.reader = _State.planned_once = _State.planned_anew = None


def engines() -> list[Engine]:
    """Those that are configured: of writes, of reads, of reads that are planned once, and of those planned anew."""
    made = (_State.engine, _State.reader, _State.planned_once, _State.planned_anew)
    return [e for e in made if e is not None]


def engine() -> Engine:
    if _State.engine is None:
        raise RuntimeError("core.db.configure() has not been called")
    return _State.engine


# The transaction of which all others of this thread are parts for now; see `one_transaction`.
_whole: ContextVar[Session | None] = ContextVar("whole", default=None)


@contextmanager
def one_transaction(actor: Actor | None = None) -> Iterator[Session]:
    """A transaction that takes in those which are opened within: each is a savepoint of it, and reads see what they wrote.

    For whoever has to keep something together with the effect of code that opens its own transactions.
    """
    with transaction(actor) as session:
        outer = _whole.set(session)
        try:
            yield session
        finally:
            _whole.reset(outer)


@contextmanager
def transaction(actor: Actor | None = None) -> Iterator[Session]:
    """A unit of work that commits when the block ends and rolls back on any error.

    `actor` is where session settings for row-level security will hang; every writer names it already.
    """
    whole = _whole.get()
    if whole is not None:
        with whole.begin_nested():
            yield whole
        return
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        instant = clock.simulated()
        if instant is not None:
            # History triggers date what happens by it; in real time their own clock does.
            session.execute(text("select set_config('app.now', :now, true)"), {"now": instant.isoformat()})
        yield session


@contextmanager
def read_session(*, is_planned_once: bool = False, is_planned_anew: bool = False) -> Iterator[Session]:
    """Statements that only read, each by itself: PostgreSQL refuses a write.

    `is_planned_once`: for large statements that are sent often. A prepared one is then planned for no particular
    values, where planning it anew would cost as much as the work. Its limits must stand in its text: of a bound one
    the planner expects a tenth of all rows.

    `is_planned_anew`: for statements whose best plan hangs on their values, however often they come: a box of a street
    or of a city, a filter that leaves over one row or all of them.
    """
    whole = _whole.get()
    if whole is not None:
        yield whole
        return
    chosen = reader(is_planned_once=is_planned_once, is_planned_anew=is_planned_anew)
    with Session(chosen, expire_on_commit=False) as session:
        yield session  # nothing to commit: each statement was by itself


@contextmanager
def patient_session(statement_timeout_ms: int) -> Iterator[Session]:
    """Statements that only read and may take so long each, for a job for which nobody waits. They are one short transaction:
    what is worked out from their rows is worked out after it."""
    whole = _whole.get()
    if whole is not None:
        yield whole
        return
    patient = reader().execution_options(isolation_level="READ COMMITTED")
    with Session(patient, expire_on_commit=False) as session, session.begin():
        take_up_to(session, statement_timeout_ms)
        yield session


def take_up_to(session: Session, statement_timeout_ms: int) -> None:
    """Each statement of this transaction may take so long from now on (0: as long as it likes)."""
    limit = {"limit": f"{statement_timeout_ms}ms"}
    session.execute(text("select set_config('statement_timeout', :limit, true)"), limit)


@contextmanager
def snapshot_session(*, is_planned_anew: bool = False) -> Iterator[Session]:
    """Statements that only read and all see what was committed when the first one began (REPEATABLE READ)."""
    one_snapshot = reader(is_planned_anew=is_planned_anew).execution_options(
        isolation_level="REPEATABLE READ"
    )
    with Session(one_snapshot, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def counting_session(*, is_planned_anew: bool = False) -> Iterator[Session]:
    """`snapshot_session` for what counts many rows: what takes longer than a statement may is refused (422)."""
    try:
        with snapshot_session(is_planned_anew=is_planned_anew) as session:
            yield session
    except DBAPIError as error:
        if not was_cancelled(error):
            raise
        STATEMENT_TIMEOUTS.inc()
        raise Invalid("too_much_to_count") from error


def reader(*, is_planned_once: bool = False, is_planned_anew: bool = False) -> Engine:
    """The connections that can only read, with that way of planning."""
    found = _State.planned_once if is_planned_once else _State.reader
    if is_planned_anew:
        found = _State.planned_anew
    if found is None:
        raise RuntimeError("core.db.configure() has not been called")
    return found


def with_retries(act: Callable[[], T], attempts: int = 6) -> T:
    """Run a whole transaction again where it collided with another one (`has_collided`), after a pause drawn by lot.

    The pauses grow to a third of a second: whoever holds the lock ends within milliseconds, unless the machine is busy.
    """
    for attempt in range(1, attempts + 1):
        try:
            return act()
        except OperationalError as error:
            if attempt == attempts or not has_collided(error):
                raise
        time.sleep(random.uniform(0.005, 0.01 * 2**attempt))
    raise AssertionError("unreachable")


def has_collided(error: BaseException) -> bool:
    """Whether another transaction was in the way: a deadlock that PostgreSQL broke, a serialization conflict, or a lock that
    must not be waited for (app.core.locks)."""
    collisions = DeadlockDetected | SerializationFailure | LockNotAvailable
    return isinstance(error, OperationalError) and isinstance(error.orig, collisions)


def will_pass(error: BaseException) -> bool:
    """Whether the same work may succeed a little later: the database is away, full, read only, or broke a deadlock."""
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError) or isinstance(error.orig, ReadOnlySqlTransaction)
    return isinstance(error, PoolTimeout)


def was_cancelled(error: BaseException) -> bool:
    """Whether a statement took longer than it may."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, QueryCanceled)


# Longer statements are not cached: a caller's filter can make a million different ones of this length.
LONGEST_CACHED = 100_000


def sql_text(sql: str) -> TextClause:
    """Return `text(sql)` without indentation, from a cache: its search for binds costs more than many a statement.

    Indents are left out because psycopg caches what it has parsed of a statement up to 4,096 characters.
    """
    return _cached_text(sql) if len(sql) <= LONGEST_CACHED else _text(sql)


def _text(sql: str) -> TextClause:
    return text(_INDENT.sub("\n", sql))


_cached_text = lru_cache(maxsize=1_000)(_text)


def json_list(value: bytes | None) -> bytes:
    """`json_agg` gives NULL for no rows; a list is wanted."""
    return value or b"[]"
