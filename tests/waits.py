"""Waits for events: each asks for a condition until it holds, with a deadline. Tests wait here and nowhere else.

A pause of a given length is right only where time itself is tested, or where the length is drawn to meet a race at another
moment each time. Such a `sleep` has its reason in its line, `# pause: ...` (tests/test_assertions.py).
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

# Bounds of waits are those of a machine at full speed; a slow one may take so many times as long.
PATIENCE = 5


def eventually(
    seen: Callable[[], Any], *, seconds: float = 10, every: float = 0.02, so_far: object = ""
) -> Any:
    """Return the first true answer. Raises AssertionError, which shows `so_far`, after PATIENCE times `seconds`."""
    deadline = time.monotonic() + PATIENCE * seconds
    while not (value := seen()):
        assert time.monotonic() < deadline, f"not within {PATIENCE} times {seconds} s {so_far}"
        time.sleep(every)
    return value


async def eventually_in_loop(seen: Callable[[], Any], *, seconds: float = 5) -> Any:
    """Return the first true answer, while the other tasks of the event loop go on."""
    deadline = time.monotonic() + PATIENCE * seconds
    while not (value := seen()):
        assert time.monotonic() < deadline, f"not within {PATIENCE} times {seconds} s"
        await asyncio.sleep(0.005)
    return value


def until_no_error(act: Callable[[], Any], *errors: type[Exception], seconds: float = 10) -> Any:
    """Return what `act` returns, once it raises none of `errors`."""

    def attempt() -> tuple[Any] | None:
        try:
            return (act(),)
        except errors:
            return None

    return eventually(attempt, seconds=seconds)[0]


def await_waiter(session: Any) -> None:
    """Block until another backend waits for a lock that this transaction holds."""
    blocked = text(
        "select count(*) from pg_locks l where not l.granted and pg_backend_pid() = any(pg_blocking_pids(l.pid))"
    )
    eventually(lambda: session.scalar(blocked), seconds=20)
