"""Engines of SQLAlchemy with our session settings, and their pools. `core.db.engines` has the engines of this process."""

import logging
import select
import time
from typing import Any

import orjson
import psycopg
from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from app.core import logins
from app.core.db.held_connections import HeldConnections
from app.core.db.prepared_reads import doubt_after_rollback, doubt_before_reset
from app.core.metrics import POOL_IN_USE, POOL_LIMIT, POOL_SIZE, POOL_WAIT

MAX_OVERFLOW = 4


class _RawJson(Loader):
    """A type of psycopg that loads values of type json as the bytes that PostgreSQL sent."""

    def load(self, data: Any) -> bytes:
        return bytes(data)


class _MeasuredPool(QueuePool):
    """A connection pool that measures how long requests wait for a connection."""

    def connect(self) -> PoolProxiedConnection:
        began = time.perf_counter()
        try:
            return super().connect()
        finally:
            POOL_WAIT.observe(time.perf_counter() - began)


# SQLAlchemy names a pool's logger after its class, so this one does not inherit the level of `sqlalchemy`.
logging.getLogger(f"{__name__}.{_MeasuredPool.__name__}").setLevel(logging.WARNING)


@event.listens_for(_MeasuredPool, "checkout")
def _refuse_closed(connection: "psycopg.Connection[Any]", _record: Any, _proxy: Any) -> None:
    """Replace a pooled connection that PostgreSQL has closed, before a request uses it.

    When a backend crashes, PostgreSQL closes all connections, also the idle ones of each pool. The function only looks for data
    on the socket, without a round trip. This is enough, because an idle connection receives nothing but changed parameters and
    its end.
    """
    try:
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN)
        while poller.poll(0):
            connection.pgconn.consume_input()  # raises at the end of the stream
    except psycopg.OperationalError as error:
        raise InvalidatePoolError from error


def _close_unfinished(connection: "psycopg.Connection[Any]", record: Any, state: Any) -> None:
    """Close a reading connection that returns to its pool with an open transaction.

    It is a listener for the event `reset`, in place of SQLAlchemy's ROLLBACK at each return. Nearly all reads are one statement
    without a transaction, and whoever opens one ends it. The driver knows the state without asking PostgreSQL.
    """
    if not state.terminate_only and connection.pgconn.transaction_status != TransactionStatus.IDLE:
        record.invalidate()


def read_json_as_bytes(connection: Any, _record: Any) -> None:
    """Let a new connection return values of type json as the bytes that PostgreSQL sent.

    It is a listener for the event `connect` of an engine.
    """
    connection.adapters.register_loader("json", _RawJson)


def publish_pool_metrics(engine: Engine, name: str, size: int, held: int) -> None:
    """Publish size and use of the engine's pool as metrics, labelled `name`. `held`: as for `make_engine`."""
    in_use = POOL_IN_USE.labels(name)
    event.listen(engine, "checkout", lambda *_: in_use.inc())
    event.listen(engine, "checkin", lambda *_: in_use.dec())
    event.listen(engine, "detach", lambda *_: in_use.dec())
    POOL_SIZE.labels(name).set(size)
    POOL_LIMIT.labels(name).set(size + MAX_OVERFLOW - held)


def make_engine(
    url: str,
    *,
    role: str | None = None,
    pool_size: int,
    statement_timeout_ms: int,
    is_reader: bool = False,
    settings: tuple[str, ...] = (),
    held: int = 0,
) -> Engine:
    """Return an engine whose connections have our session settings.

    Args:
        role: Log in as this role in place of the login of `url`; None: as `url` says.
        settings: Further session settings, as `name=value`.
        held: So many connections are held beside the pool (`core.db.held_connections`), which then has fewer itself.
    """
    parsed = make_url(logins.login_url(url, role) if role else url).set(drivername="postgresql+psycopg")
    options = [
        "search_path=public,jobs",
        "timezone=UTC",
        "jit=off",
        f"statement_timeout={statement_timeout_ms}",
        "idle_in_transaction_session_timeout=60000",
    ]
    if is_reader:
        options.append("default_transaction_read_only=on")
    options += settings
    flags = " ".join(f"-c {option}" for option in options)
    own_options = parsed.query.get("options", "")
    parsed = parsed.update_query_dict({"options": f"{own_options} {flags}".strip()})
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=MAX_OVERFLOW - held,
        poolclass=_MeasuredPool,
        pool_timeout=10,
        hide_parameters=True,  # errors are logged, and binds carry names and telephones
        connect_args={"connect_timeout": 10, "application_name": "gridward"},
        json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
        json_deserializer=orjson.loads,
        # Each statement of a reader sees what is committed when it begins, in a transaction or not; without one,
        # two journeys to the server are saved.
        **({"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None} if is_reader else {}),
    )
    if is_reader:
        event.listen(engine, "reset", _close_unfinished)
        engine.held_connections = HeldConnections(engine, held)  # type: ignore[attr-defined]
    event.listen(engine, "reset", doubt_before_reset)
    event.listen(engine, "rollback", doubt_after_rollback)
    event.listen(engine, "rollback_savepoint", doubt_after_rollback)
    return engine
