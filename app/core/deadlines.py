"""Deadlines of outgoing requests: one thread of the process shuts down the connections whose time is up.

`outgoing.py` and the sender of mail use them. Nothing is connected here.
"""

import contextlib
import math
import os
import socket
import threading
import time


class _Watchdog:
    """The thread of this process that ends requests whose time is up. A thread for each request would cost more than it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.running: set[Deadline] = set()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def add(self, deadline: "Deadline") -> None:
        with self.changed:
            self.running.add(deadline)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif deadline.at < self._wakes_at:
                self.changed.notify()

    def _run(self) -> None:
        with self.changed:
            while True:
                now = time.monotonic()
                for deadline in [d for d in self.running if d.at <= now]:
                    self.running.discard(deadline)
                    deadline.expire()
                self._wakes_at = min((d.at for d in self.running), default=math.inf)
                self.changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now)


_watchdog = _Watchdog()


def _renew_watchdog() -> None:
    global _watchdog
    _watchdog = _Watchdog()


# A child process has no threads of its parent, and may have a copy of a lock that one of them held.
os.register_at_fork(after_in_child=_renew_watchdog)


class Deadline:
    """The end of a request's time. When it passes, the sockets of the request are shut down.

    A timeout of a socket is for one read, so a server that sends one byte at a time would hold the thread for ever.
    """

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.has_passed = False
        self._handles: list[socket.socket] = []
        self._own: list[socket.socket] = []
        self._watchdog = _watchdog
        self._watchdog.add(self)

    def left_s(self) -> float:
        """Return the seconds that are left, at least a millisecond."""
        return max(0.001, self.at - time.monotonic())

    def watch(self, connection: socket.socket) -> None:
        """Shut a connection down when the time is up, also after TLS has taken the socket over."""
        self._own.append(handle := handle_of(connection))
        self.watch_handle(handle)

    def watch_handle(self, handle: socket.socket) -> None:
        """Shut the connection of a handle down when the time is up. The caller closes the handle."""
        with self._watchdog.changed:
            self._handles.append(handle)
            if self.has_passed:
                self.expire()

    def forget(self, handle: socket.socket) -> None:
        """Leave a connection alone from now on."""
        with self._watchdog.changed:
            if handle in self._handles:
                self._handles.remove(handle)

    def expire(self) -> None:
        """Shut all down. The caller has the lock of the watchdog, so nothing is shut down after `end`."""
        self.has_passed = True
        for handle in self._handles:
            with contextlib.suppress(OSError):  # closed already
                handle.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        with self._watchdog.changed:
            self._watchdog.running.discard(self)
            self._handles = []
        for handle in self._own:
            handle.close()
        self._own = []


def handle_of(connection: socket.socket) -> socket.socket:
    """Return a duplicate: TLS takes the original over, and shutting down either one shuts down the connection."""
    return socket.socket(fileno=os.dup(connection.fileno()))
