"""Database engines of this process: one that writes, and three that only read. `core.db.pool` makes an engine.

`docs/decisions/0043-keep-four-connection-pools.md` has what the four cost, and what fewer would.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ClassVar, Literal

from sqlalchemy import Engine, event

from app.core import logins
from app.core.db.held_connections import HeldConnections
from app.core.db.pool import MAX_OVERFLOW, make_engine, publish_pool_metrics, read_json_as_bytes

# How PostgreSQL plans a prepared statement (plan_cache_mode). auto: PostgreSQL decides. generic: once, for no particular
# values, for large statements that are sent often and whose planning would cost as much as their work; their limits must
# stand in their text, because of a bound one the planner expects a tenth of all rows. custom: for the values of each
# call, for statements whose best plan depends on their values, such as a box of a street or of a city.
Plan = Literal["auto", "generic", "custom"]
_PLAN_SETTINGS: dict[Plan, tuple[str, ...]] = {
    "auto": (),
    "generic": ("plan_cache_mode=force_generic_plan",),
    # Without more memory for hashes, PostgreSQL sorts on disk where a million cases are counted: twice the time.
    "custom": ("plan_cache_mode=force_custom_plan", "hash_mem_multiplier=8"),
}


class _State:
    engine: Engine | None = None
    readers: ClassVar[dict[Plan, Engine]] = {}


def configure(
    url: str, *, role: str | None = logins.APP, pool_size: int = 4, statement_timeout_ms: int = 5_000
) -> Engine:
    """Make the engines of this process for the database at `url`; return the one that writes.

    The first connection raises LoginRefused if the login of `url` has other rights than it should; `core.logins` has the rules.

    Args:
        role: The role whose rights the login must have, without further rights to change the schema; None: any login.
    """
    dispose()
    limits: dict[str, Any] = {
        "pool_size": pool_size,
        "statement_timeout_ms": statement_timeout_ms,
    }
    _State.engine = make_engine(url, **limits)
    held = {"generic": min(pool_size, MAX_OVERFLOW)}
    _State.readers = {
        plan: make_engine(url, is_reader=True, settings=settings, held=held.get(plan, 0), **limits)
        for plan, settings in _PLAN_SETTINGS.items()
    }
    # Not in make_engine: SQLAlchemy's reflection, which migrations use, reads json itself.
    names = ("writing", "reading", "reading_planned_once", "reading_planned_anew")
    check_login = _login_check(role) if role else None
    for new_engine, name in zip(all_engines(), names, strict=True):
        event.listen(new_engine, "connect", read_json_as_bytes)
        if check_login:
            event.listen(new_engine, "connect", check_login)
        publish_pool_metrics(
            new_engine, name, pool_size, held["generic"] if new_engine is reader("generic") else 0
        )
    event.listen(_State.engine, "commit", lambda _connection: _commit_sent.set(True))
    return _State.engine


def _login_check(role: str) -> Callable[[Any, Any], None]:
    """Return a listener that checks the rights of this process's login at its first connection.

    The rights cannot be checked when a process starts, because the database may be unavailable then.
    """
    is_judged = False

    def judge(connection: Any, _record: Any) -> None:
        nonlocal is_judged
        if is_judged:
            return
        fault = logins.login_fault(connection, role)
        connection.rollback()
        if fault:
            raise logins.LoginRefused(fault)
        is_judged = True

    return judge


# Whether this thread has sent a COMMIT since `reset_commit_flag`.
_commit_sent: ContextVar[bool] = ContextVar("commit_sent", default=False)


def reset_commit_flag() -> None:
    """Record that a unit of work, such as a request, begins and has sent no COMMIT yet.

    `has_sent_commit` reads this flag.
    """
    _commit_sent.set(False)


def has_sent_commit() -> bool:
    """Return True if this unit of work has sent a COMMIT, so that its changes may be stored.

    If a COMMIT fails, it is unknown whether the transaction was stored: the connection may have broken before or after that.
    """
    return _commit_sent.get()


def dispose() -> None:
    """Close all connections of this process and forget its engines."""
    for open_engine in all_engines():
        open_engine.dispose()
    _State.engine, _State.readers = None, {}


def all_engines() -> list[Engine]:
    """Return the configured engines: the one that writes, and the three that only read.

    The three differ in PostgreSQL's planning of prepared statements: PostgreSQL decides, generic plans, or custom plans.
    """
    writing = [] if _State.engine is None else [_State.engine]
    return [*writing, *_State.readers.values()]


def engine() -> Engine:
    """Return the engine that writes.

    Raises:
        RuntimeError: `configure` was not called yet.
    """
    if _State.engine is None:
        raise RuntimeError("core.db.configure() has not been called")
    return _State.engine


def reader(plan: Plan = "auto") -> Engine:
    """Return the engine with read-only connections and a way of planning prepared statements.

    Args:
        plan: `generic`: one plan for all values of the binds. `custom`: a new plan for each execution. `auto`: PostgreSQL
            decides.

    Raises:
        RuntimeError: `configure` was not called yet.
    """
    try:
        return _State.readers[plan]
    except KeyError:
        raise RuntimeError("core.db.configure() has not been called") from None


def held_connections() -> HeldConnections:
    """Return the held connections of the engine for statements that are planned once.

    Raises:
        RuntimeError: `configure` was not called yet.
    """
    held: HeldConnections = reader("generic").held_connections  # type: ignore[attr-defined]
    return held
