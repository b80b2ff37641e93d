"""The clock of the server. SQL of domains gets the current instant from here as a bind, so that a simulator can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_simulated: ContextVar[datetime | None] = ContextVar("simulated_now", default=None)


def now() -> datetime:
    """Return the current instant in UTC, or the simulated instant inside `at()`."""
    return _simulated.get() or datetime.now(UTC)


def simulated() -> datetime | None:
    """Return the simulated instant, or None if time is not simulated here."""
    return _simulated.get()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let `now()` return `instant` in this context (simulator, demo city, tests)."""
    token = _simulated.set(instant)
    try:
        yield
    finally:
        _simulated.reset(token)
