"""The hub: all open event streams of one process, with their hints that are not sent yet.

The hub runs on the event loop; request threads call only `admit` and `mark`. A listener is an open stream. It has a set of
changed buckets and not a queue, so two hints for the same bucket become one.
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
from app.sync.rules.events import Bye, Change, Pending, Position, Scope

log = logging.getLogger("gridward.events")

# Least time between two hints of a stream; changes in between are in the second one.
GAP_SECONDS = 0.3
# A stream whose client reads nothing for so long is ended: its frames would fill buffers of the kernel.
STUCK_SECONDS = 20.0
SWEEP_SECONDS = 1.0
# Readings that are stored for streams that are just being opened, and most changes of one such reading.
KEPT_READINGS, MAX_CHANGES = 100, 1_000
# Clients reconnect after different times, so that those of a process that stops do not come at once.
RETRY_MS = (2_000, 6_000)
FULL_RETRY_SECONDS = 60

CLIENT_GONE, STUCK = "client_gone", "stuck"

K = TypeVar("K")
Send = Callable[[bytes], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """The data with which a new event stream starts.

    Attributes:
        permission_epoch: Number that increases with each change of the account's rights.
        changed: Buckets to report at once. None: everything may have changed.
        mark: How many times the hub had read the change log before `changed` was read.
    """

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
    """The registry of the open event streams (listeners) of one process.

    The function `wanted` is called with a position when the first listener comes, and with None when the last one leaves.
    """

    def __init__(self, settings: Settings, *, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._stuck_seconds = stuck_seconds
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
        """Start the periodic check of all streams on the event loop."""
        self._loop = loop
        self._sweep()

    # Called by requests in their threads.

    def admit(self, account_id: UUID) -> "Admission":
        """Reserve one of the streams that the account and the process may open.

        Raises:
            Throttled: The account has its maximum of streams.
            Unavailable: The process has its maximum of streams, or is stopping.
        """
        with self._lock:
            if self._is_closed or self._total >= self._per_process:
                raise Unavailable("streams_full", retry_after_s=FULL_RETRY_SECONDS)
            if self._admitted[account_id] >= self._per_account:
                raise Throttled("streams_per_account", retry_after_s=FULL_RETRY_SECONDS)
            self._admitted[account_id] += 1
            self._total += 1
        return Admission(self, account_id)

    def leave(self, account_id: UUID) -> None:
        """Release a reserved stream of the account."""
        with self._lock:
            self._total -= 1
            self._admitted[account_id] -= 1
            if not self._admitted[account_id]:
                del self._admitted[account_id]

    def mark(self) -> int | None:
        """Return how many times the change log was read; None if no listener is attached.

        A request takes this number before it reads its data. If a listener is attached with this number later, the listener
        also gets the changes that were read in between.
        """
        return self._number if self.position is not None else None

    # Called by the thread of the relay.

    def take_unchecked(self) -> "set[Listener]":
        """Return the listeners whose rights have to be checked, and clear this set."""
        with self._lock:
            unchecked, self._unchecked = self._unchecked, set()
        return unchecked

    def check(self, listeners: "set[Listener]") -> None:
        """Mark listeners, so that the relay checks their rights."""
        with self._lock:
            self._unchecked |= listeners

    # Called on the event loop.

    def apply(self, position: Position, changes: list[Change] | None) -> None:
        """Give each listener hints for those changes that are in its scope.

        If `changes` is None, all listeners get the hint that everything may have changed.
        """
        if self.position is None:
            return  # no listener is left
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
            recorded = changes if changes is not None and len(changes) <= MAX_CHANGES else None
            self._recent.append((self._number, recorded))

    def _check_for(self, change: Change) -> None:
        kind, _, account_id = change.bucket.partition(":")
        if change.touches_rights and kind == "worker":
            self.check(self._by_account.get(UUID(account_id), set()))

    def judge(self, listeners: "set[Listener]", epochs: dict[UUID, int]) -> None:
        """End the streams of sessions that have ended and of accounts whose rights have changed.

        `epochs`: the present permission epoch of each session that has not ended.
        """
        for listener in listeners:
            subscription = listener.subscription
            if subscription.session_id not in epochs:
                listener.end(Bye.SESSION_ENDED)
            elif epochs[subscription.session_id] != subscription.permission_epoch:
                listener.end(Bye.RIGHTS_CHANGED)

    def attach(self, listener: "Listener") -> None:
        """Register a listener, with hints for everything that changed since its position."""
        subscription = listener.subscription
        self._listeners.add(listener)
        self._by_account[subscription.account_id].add(listener)
        for key in subscription.scope.keys:
            self._by_key[key].add(listener)
        LISTENERS.inc()
        if subscription.changed is None:
            listener.hint_all()
        else:
            listener.hint(*subscription.changed)
        if self.position is None:
            self.position = subscription.position
            self._recent.clear()
            self.wanted(subscription.position)
        else:
            self._catch_up(listener, subscription.mark)
        if self._is_closed:
            listener.end(Bye.SERVER_STOPPING)

    def _catch_up(self, listener: "Listener", mark: int | None) -> None:
        """Give a new listener hints for changes that were read before it was attached.

        These are the changes that were read after the listener's `mark`.
        """
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
        """Remove a listener. After the last one is removed, the change log is not read any more."""
        if listener not in self._listeners:
            return
        subscription = listener.subscription
        self._listeners.discard(listener)
        with self._lock:
            self._unchecked.discard(listener)
        _discard(self._by_account, subscription.account_id, listener)
        for key in subscription.scope.keys:
            _discard(self._by_key, key, listener)
        LISTENERS.dec()
        LISTENERS_ENDED.labels(listener.reason or CLIENT_GONE).inc()
        if not self._listeners:
            self.position = None
            self.wanted(None)

    def close(self) -> None:
        """Refuse new streams and end the open ones."""
        with self._lock:
            self._is_closed = True
        for listener in self._listeners:
            listener.end(Bye.SERVER_STOPPING)

    def stop(self) -> None:
        """Stop the periodic check of streams, and the reading of the change log."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.wanted(None)

    def _sweep(self) -> None:
        """Check all streams once a second: send pings, end expired streams, cancel stuck ones."""
        assert self._loop is not None
        now, instant = self._loop.time(), clock.now()
        for listener in list(self._listeners):
            listener.check_timers(now, instant, self._ping_seconds, self._stuck_seconds)
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)


def _discard(groups: "dict[K, set[Listener]]", key: K, listener: "Listener") -> None:
    groups[key].discard(listener)
    if not groups[key]:
        del groups[key]


class Admission:
    """A reserved stream. It is released when the stream ends, or if the stream is never opened."""

    def __init__(self, hub: Hub, account_id: UUID) -> None:
        self._hub = hub
        self._account_id = account_id
        self._is_held = True

    def give_back(self) -> None:
        """Release the reserved stream. Idempotent."""
        if self._is_held:
            self._is_held = False
            self._hub.leave(self._account_id)

    def listener(self, subscription: Subscription) -> "Listener":
        """Return a listener for the reserved stream."""
        return Listener(self._hub, subscription, self)


class Listener:
    """One open event stream.

    Only `run` writes to the stream. All other methods record what has to be written, and wake `run`.
    """

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
        """Record that buckets have changed, so that `run` sends a hint."""
        if buckets:
            self._pending.add(buckets)
            self._wake.set()

    def hint_all(self) -> None:
        """Record that everything may have changed, so that `run` sends this hint."""
        self._pending.add_all()
        self._wake.set()

    def end(self, reason: str) -> None:
        """End the stream after the pending hints are sent.

        If `end` is called again, its reason is ignored: only the first reason is sent.
        """
        if self.reason is None:
            self.reason = reason
            self._wake.set()

    def check_timers(self, now: float, instant: datetime, ping_seconds: float, stuck_seconds: float) -> None:
        """Cancel the stream if it is stuck, end it if it has expired, or send a ping if one is due.

        Args:
            now: Time of the event loop in seconds.
            instant: Present time, which decides about expiry.
            ping_seconds: Time without frames after which a ping is due.
            stuck_seconds: Time after which a frame that the client does not take ends the stream.
        """
        if self._sending_since is not None:
            if now - self._sending_since > stuck_seconds and self._writer is not None:
                self.reason = STUCK
                self._writer.cancel()
        elif instant >= self.subscription.ends_at:
            self.end(self.subscription.ends_because)
        elif now - self._sent_at >= ping_seconds - SWEEP_SECONDS / 2:
            self._needs_ping = True
            self._wake.set()

    def cancel(self) -> None:
        """Release the reserved stream if the stream was never opened."""
        self._admission.give_back()

    async def run(self, send: Send, disconnected: Awaitable[Any]) -> None:
        """Write frames to the stream until the stream ends.

        `send`: function that writes a frame. `disconnected`: completes when the client disconnects.
        """
        disconnect = asyncio.ensure_future(disconnected)
        disconnect.add_done_callback(lambda _: self.end(CLIENT_GONE))
        writer = self._writer = asyncio.ensure_future(self._write(send))
        try:
            self._hub.attach(self)
            await asyncio.wait({writer})
        finally:
            writer.cancel()
            disconnect.cancel()
            self._hub.detach(self)
            self._admission.give_back()
        if not writer.cancelled() and (error := writer.exception()) is not None:
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
            if self._pending and self.reason in (None, Bye.SERVER_STOPPING):
                is_all, buckets = self._pending.take(self.subscription.scope)
                await self._send(send, events.pull(position, is_all=is_all, buckets=buckets))
                HINTS.inc()
                not_before = loop.time() + GAP_SECONDS
            elif self._needs_ping:
                await self._send(send, events.ping(position))
        if self.reason != CLIENT_GONE:
            await self._send(send, events.bye(self.reason))

    async def _send(self, send: Send, frame: bytes) -> None:
        loop = asyncio.get_running_loop()
        self._sending_since = self._sent_at = loop.time()
        self._needs_ping = False
        await send(frame)
        self._sending_since = None
