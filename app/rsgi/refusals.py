"""Refusals of callers who have used up a quota, repeated without running Flask, and held back for a moment.

The application decides (`app.http.quotas`). Its refusal is remembered until the quota begins again, for the same
credential and the same kind of path. A caller who goes on as before then costs a look into a dictionary. Each refusal is
sent after a pause, so that a client that sends the next request at once sends fewer of them.

A caller who was refused a moment ago gets one thread of the process at a time for what the quota still allows. With all
threads, a few of its requests at once would delay everybody else.

A caller who comes again before `Retry-After` has passed waits longer: each such request adds a tenth of a second, to ten
seconds at most. One that goes on without a pause is therefore not served until it pauses, and costs others nothing. One
that sends fewer than ten requests a second to a process is served in between, whether it obeys `Retry-After` or not.
"""

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.core.metrics import PROBLEMS

Answer = tuple[int, list[tuple[str, str]], bytes]
PAUSE_SECONDS = 0.5
# Refusals that wait at the same time. Others are sent at once: each one that waits holds a connection.
WAITING_MAX = 200
KNOWN_MAX = 10_000
# So long after its last refusal a caller gets one thread at a time, and so many of its requests wait for it.
SERIAL_SECONDS, QUEUE_MAX = 30.0, 16
# A request before `Retry-After` has passed makes the caller wait so much longer, and at most so long from then on.
TOO_SOON_SECONDS, TOO_SOON_MAX_SECONDS = 0.1, 10.0
_CODE = b'"code":"rate_limited"'
# Refusals by address are not remembered: the same credential may come from another address.
_BY_ADDRESS = '"public"'
_ID = re.compile(r"/(?:[0-9a-fA-F-]{32,36}|\d+)(?=/|$)")
_TIME_LEFT = re.compile(r";t=\d+")
_REFUSED = PROBLEMS.labels("429", "rate_limited")


@dataclass(slots=True)
class _Refusal:
    """A refusal that is repeated until an instant. `counted` has its headers for the seconds that are left now."""

    until: float
    answer: Answer
    left_s: int = 0
    counted: list[tuple[str, str]] = field(default_factory=list)

    def headers(self, left_s: int) -> list[tuple[str, str]]:
        """Return the headers with the seconds that are left. They are made once a second."""
        if left_s != self.left_s:
            self.left_s, self.counted = left_s, _counted_down(self.answer[1], left_s)
        return self.counted


@dataclass(slots=True)
class _Turn:
    """Requests of a caller who was refused: they run one after the other until an instant."""

    until: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Refusals:
    """The refusals of one process."""

    def __init__(
        self,
        *,
        unlimited: tuple[str, ...] = (),
        pause_seconds: float = PAUSE_SECONDS,
        waiting_max: int = WAITING_MAX,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        """Make the refusals of a process.

        Args:
            unlimited: Parts of paths whose requests never wait for others of the same caller.
            pause_seconds: How long a refusal is held back.
            waiting_max: How many refusals are held back at the same time.
            queue_max: How many requests of a refused caller wait for their turn.
        """
        self._unlimited = unlimited
        self._turns: dict[tuple[Any, ...], _Turn] = {}
        self._known: dict[tuple[Any, ...], _Refusal] = {}
        self._waiting = 0
        self._pause_seconds = pause_seconds
        self._waiting_max = waiting_max
        self._queue_max = queue_max

    @property
    def has_none(self) -> bool:
        """Return True if no caller was refused lately, so that no request has to wait for others."""
        return not self._known and not self._turns

    def repeated(self, scope: Any) -> Answer | None:
        """Return the answer to a request that comes too soon: the same caller was refused the same kind of path.

        The caller then waits longer than before.
        """
        if not self._known:
            return None
        key = _key(scope)
        if key is None or (refusal := self._known.get(key)) is None:
            return None
        now = time.monotonic()
        if refusal.until <= now:
            del self._known[key]
            return None
        refusal.until = max(refusal.until, min(refusal.until + TOO_SOON_SECONDS, now + TOO_SOON_MAX_SECONDS))
        _REFUSED.inc()
        status, _, content = refusal.answer
        headers = refusal.headers(math.ceil(refusal.until - now))
        return status, headers, b"" if scope.method == "HEAD" else content

    def note(self, scope: Any, answer: Answer) -> bool:
        """Remember the answer of the application if it refuses a caller who used up a quota. Return whether it does."""
        status, headers, content = answer
        if status != 429 or _CODE not in content:
            return False
        by_name = dict(headers)
        key = _key(scope)
        if key is not None and not by_name.get("ratelimit", _BY_ADDRESS).startswith(_BY_ADDRESS):
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[key] = _Refusal(time.monotonic() + int(by_name["retry-after"]), answer)
            self._serialise(key[:2])
        return True

    def _serialise(self, caller: tuple[Any, ...]) -> None:
        now = time.monotonic()
        if len(self._turns) >= KNOWN_MAX:
            self._turns = {c: t for c, t in self._turns.items() if t.until > now}
        turn = self._turns.setdefault(caller, _Turn(now))
        turn.until = now + SERIAL_SECONDS

    @asynccontextmanager
    async def turn(self, scope: Any) -> AsyncIterator[bool]:
        """Wait until no other request of a caller who was refused runs. Yield False if too many wait already."""
        turn = self._turns.get(_caller(scope)) if self._turns else None
        if (
            turn is None
            or turn.until < time.monotonic()
            or any(part in scope.path for part in self._unlimited)
        ):
            yield True
            return
        if turn.waiting >= self._queue_max:
            yield False
            return
        turn.waiting += 1
        try:
            async with turn.lock:
                yield True
        finally:
            turn.waiting -= 1

    async def pause(self) -> None:
        """Hold a refusal back, unless many are held back already."""
        if self._waiting >= self._waiting_max:
            return
        self._waiting += 1
        try:
            await asyncio.sleep(self._pause_seconds)
        finally:
            self._waiting -= 1


def _caller(scope: Any) -> tuple[str | None, str | None]:
    return scope.headers.get("authorization"), scope.headers.get("x-api-key")


def _key(scope: Any) -> tuple[Any, ...] | None:
    """Return the key of a request: its credential and the kind of its path. None: it has no credential."""
    authorization, api_key = _caller(scope)
    if authorization is None and api_key is None:
        return None
    get = scope.headers.get
    # A refusal depends on language and origin, beside caller and path.
    return (
        authorization,
        api_key,
        get("accept-language"),
        get("origin"),
        scope.method,
        _ID.sub("/*", scope.path),
    )


def _counted_down(headers: list[tuple[str, str]], left_s: int) -> list[tuple[str, str]]:
    changed = {"retry-after": str(left_s)}
    return [
        (name, changed.get(name, value) if name != "ratelimit" else _TIME_LEFT.sub(f";t={left_s}", value))
        for name, value in headers
    ]
