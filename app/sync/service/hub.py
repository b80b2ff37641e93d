"""The open event streams of one process: who listens to what, and what each has yet to be told.

All of it runs on the process's event loop but `admit`, `mark` and `is_closed`, which requests call in their threads.
A listener has a set of buckets in place of a queue: hints that it could not take yet become one.
"""

import asyncio
import logging
import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from app.core import clock
from app.core.errors import Throttled, Unavailable
from app.core.metrics import HINTS, LISTENERS, LISTENERS_ENDED
from app.settings import Settings
from app.sync.rules import events
from app.sync.rules.events import Change, Pending, Position, Scope

log = logging.getLogger("gridward.events")

# A second hint follows the first one no sooner; what comes in between goes out with it.
GAP_SECONDS = 0.3
# Whoever takes nothing for so long is cut: what a listener is sent would otherwise heap up in the kernel.
STUCK_SECONDS = 20.0
SWEEP_SECONDS = 1.0
# Readings that are kept for whoever is just about to listen, and changes of one reading that are.
KEPT_READINGS, KEPT_CHANGES = 100, 1_000
# Clients come back after a while that differs, so that those of a process that stops do not come at once.
RETRY_MS = (2_000, 6_000)
FULL_RETRY_SECONDS = 60

GONE, STUCK = "client_gone", "stuck"

K = TypeVar("K")
Send = Callable[[bytes], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a stream is opened with. `changed`: what to pull at once; None = everything."""

    account_id: UUID
    session_id: UUID
    permission_epoch: int
    scope: Scope
    position: Position
    changed: list[str] | None
    ends_at: datetime
    ends_because: str
    mark: int | None = None


class Hub:
    """`wanted` is called with a position when the first one listens, with None when nobody does any more."""

    def __init__(self, settings: Settings) -> None:
        self._ping_seconds = settings.stream_ping_seconds
        self._per_account = settings.streams_per_account
        self._per_process = settings.streams_per_process
        self._lock = threading.Lock()
        self._admitted: dict[UUID, int] = defaultdict(int)
        self._total = 0
        self._listeners: set[Listener] = set()
        self._by_key: dict[str, set[Listener]] = defaultdict(set)
        self._by_account: dict[UUID, set[Listener]] = defaultdict(set)
        self._recent: deque[tuple[int, list[Change] | None]] = deque(maxlen=KEPT_READINGS)
        self._number = 0
        self._unchecked: set[Listener] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self.position: Position | None = None
        self.wanted: Callable[[Position | None], None] = lambda _: None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sweep()

    # What requests call in their threads.

    def admit(self, account_id: UUID) -> "Admission":
        """A place for one more stream. Raises Throttled or Unavailable."""
        with self._lock:
            if self._is_closed or self._total >= self._per_process:
                raise Unavailable("streams_full", retry_after_s=FULL_RETRY_SECONDS)
            if self._admitted[account_id] >= self._per_account:
                raise Throttled("streams_per_account", retry_after_s=FULL_RETRY_SECONDS)
            self._admitted[account_id] += 1
            self._total += 1
        return Admission(self, account_id)

    def leave(self, account_id: UUID) -> None:
        with self._lock:
            self._total -= 1
            self._admitted[account_id] -= 1
            if not self._admitted[account_id]:
                del self._admitted[account_id]

    def mark(self) -> int | None:
        """Where the readings are now; what is read later is told to whoever attaches with it."""
        return self._number if self.position is not None else None

    # What the relay's thread asks.

    def take_unchecked(self) -> "set[Listener]":
        """Those whose rights may have changed: for `judge`, or for `check` again if nobody could say."""
        with self._lock:
            taken, self._unchecked = self._unchecked, set()
        return taken

    def check(self, listeners: "set[Listener]") -> None:
        """The relay shall ask whether they may still listen."""
        with self._lock:
            self._unchecked |= listeners

    # What happens on the loop.

    def apply(self, position: Position, changes: list[Change] | None) -> None:
        """Tell everybody whom it concerns; None: everybody, to pull everything."""
        if self.position is None:
            return  # nobody listens any more
        self.position = position
        if changes is None:
            for listener in self._listeners:
                listener.hint_all()
            self.check(self._listeners)
        for change in changes or ():
            for key in events.keys_of(change):
                for listener in self._by_key.get(key, ()):
                    listener.hint(change.bucket)
            self._check_for(change)
        if changes or changes is None:
            self._number += 1
            kept = changes if changes is not None and len(changes) <= KEPT_CHANGES else None
            self._recent.append((self._number, kept))

    def _check_for(self, change: Change) -> None:
        kind, _, whose = change.bucket.partition(":")
        if change.touches_rights and kind == "worker":
            self.check(self._by_account.get(UUID(whose), set()))

    def judge(self, asked: "set[Listener]", epochs: dict[UUID, int]) -> None:
        """End the streams of those sessions that live no more or have other rights than they began with."""
        for listener in asked:
            found = listener.subscription
            if found.session_id not in epochs:
                listener.end("session_ended")
            elif epochs[found.session_id] != found.permission_epoch:
                listener.end("rights_changed")

    def attach(self, listener: "Listener") -> None:
        found = listener.subscription
        self._listeners.add(listener)
        self._by_account[found.account_id].add(listener)
        for key in found.scope.keys:
            self._by_key[key].add(listener)
        LISTENERS.inc()
        if found.changed is None:
            listener.hint_all()
        else:
            listener.hint(*found.changed)
        if self.position is None:
            self.position = found.position
            self._recent.clear()
            self.wanted(found.position)
        else:
            self._catch_up(listener, found.mark)
        if self._is_closed:
            listener.end("server_stopping")

    def _catch_up(self, listener: "Listener", mark: int | None) -> None:
        """What was read between the mark and now."""
        if mark == self._number:
            return
        missed = [changes for number, changes in self._recent if mark is not None and number > mark]
        if mark is None or len(missed) != self._number - mark or None in missed:
            listener.hint_all()
            self.check({listener})
            return
        for change in (change for changes in missed for change in changes or ()):
            if not listener.subscription.scope.keys.isdisjoint(events.keys_of(change)):
                listener.hint(change.bucket)
            if change.touches_rights and change.bucket == f"worker:{listener.subscription.account_id}":
                self.check({listener})

    def detach(self, listener: "Listener") -> None:
        if listener not in self._listeners:
            return
        found = listener.subscription
        self._listeners.discard(listener)
        with self._lock:
            self._unchecked.discard(listener)
        _leave(self._by_account, found.account_id, listener)
        for key in found.scope.keys:
            _leave(self._by_key, key, listener)
        LISTENERS.dec()
        LISTENERS_ENDED.labels(listener.reason or GONE).inc()
        if not self._listeners:
            self.position = None
            self.wanted(None)

    def close(self) -> None:
        """No more streams; those that are open end by themselves now."""
        with self._lock:
            self._is_closed = True
        for listener in self._listeners:
            listener.end("server_stopping")

    def stop(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.wanted(None)

    def _sweep(self) -> None:
        """Once a second for all: who needs a ping, whose time is over, who is stuck."""
        assert self._loop is not None
        now, instant = self._loop.time(), clock.now()
        for listener in list(self._listeners):
            listener.look(now, instant, self._ping_seconds)
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)


def _leave(groups: "dict[K, set[Listener]]", key: K, listener: "Listener") -> None:
    groups[key].discard(listener)
    if not groups[key]:
        del groups[key]


class Admission:
    """A place in the hub, given back once: by the stream when it ends, or by whoever did not come to open it."""

    def __init__(self, hub: Hub, account_id: UUID) -> None:
        self._hub = hub
        self._account_id = account_id
        self._is_held = True

    def give_back(self) -> None:
        if self._is_held:
            self._is_held = False
            self._hub.leave(self._account_id)

    def listener(self, subscription: Subscription) -> "Listener":
        return Listener(self._hub, subscription, self)


class Listener:
    """One stream. `run` writes it; everything else only notes what to write and wakes it."""

    def __init__(self, hub: Hub, subscription: Subscription, admission: Admission) -> None:
        self.subscription = subscription
        self.reason: str | None = None
        self._hub = hub
        self._admission = admission
        self._pending = Pending()
        self._wake = asyncio.Event()
        self._needs_ping = False
        self._sent_at = 0.0
        self._sending_since: float | None = None
        self._writer: asyncio.Task[Any] | None = None

    def hint(self, *buckets: str) -> None:
        if buckets:
            self._pending.add(buckets)
            self._wake.set()

    def hint_all(self) -> None:
        self._pending.add_all()
        self._wake.set()

    def end(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
            self._wake.set()

    def look(self, now: float, instant: datetime, ping_seconds: float) -> None:
        if self._sending_since is not None:
            if now - self._sending_since > STUCK_SECONDS and self._writer is not None:
                self.reason = STUCK
                self._writer.cancel()
        elif instant >= self.subscription.ends_at:
            self.end(self.subscription.ends_because)
        elif now - self._sent_at >= ping_seconds - SWEEP_SECONDS / 2:
            self._needs_ping = True
            self._wake.set()

    def cancel(self) -> None:
        """It never began."""
        self._admission.give_back()

    async def run(self, send: Send, gone: Awaitable[Any]) -> None:
        """Write the stream until its end. `gone` is done when the client is."""
        leaving = asyncio.ensure_future(gone)
        leaving.add_done_callback(lambda _: self.end(GONE))
        writing = self._writer = asyncio.ensure_future(self._write(send))
        try:
            self._hub.attach(self)
            await asyncio.wait({writing})
        finally:
            writing.cancel()
            leaving.cancel()
            self._hub.detach(self)
            self._admission.give_back()
        if not writing.cancelled() and (error := writing.exception()) is not None:
            log.info("stream broke off", extra={"fields": {"error": type(error).__name__}})

    async def _write(self, send: Send) -> None:
        retry = RETRY_MS[0] + secrets.randbelow(RETRY_MS[1] - RETRY_MS[0])
        await self._send(send, events.opening(self.subscription.position, retry))
        loop = asyncio.get_running_loop()
        not_before = loop.time()
        while self.reason is None:
            await self._wake.wait()
            if self._pending and self.reason is None and (wait := not_before - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._wake.clear()
            position = self._hub.position or self.subscription.position
            if self._pending and self.reason in (None, "server_stopping"):
                is_all, buckets = self._pending.take(self.subscription.scope)
                await self._send(send, events.pull(position, is_all=is_all, buckets=buckets))
                HINTS.inc()
                not_before = loop.time() + GAP_SECONDS
            elif self._needs_ping:
                await self._send(send, events.ping(position))
        if self.reason != GONE:
            await self._send(send, events.bye(self.reason))

    async def _send(self, send: Send, frame: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._sending_since = self._sent_at = loop.time()
        self._needs_ping = False
        await send(frame)
        self._sending_since = None
