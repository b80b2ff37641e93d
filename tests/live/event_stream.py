"""A client of event streams: raw sockets, so that hundreds of them cost little and nothing is hidden."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.waits import PATIENCE, eventually


@dataclass
class Event:
    kind: str
    data: Any
    id: str | None
    at: float = field(default_factory=time.monotonic)


class EventStream:
    """One open stream. A thread reads it; `events`, `pings` and `last_id` say what came.

    `write_mark` commits a change of each of the buckets `marks`, one of which at least the stream receives. The change log
    is read in the order of commits: a stream that received the mark has received all that was committed before.
    """

    write_mark: Callable[[], None]
    marks: frozenset[str] = frozenset()

    def __init__(
        self, port: int, token: str | None = None, *, since: str | None = None, **query: str
    ) -> None:
        self.events: list[Event] = []
        self.pings = 0
        self.retry: int | None = None
        self.last_id: str | None = None
        self.is_over = threading.Event()
        self.ended_clean = False
        self.ended_at = 0.0
        self.began = time.monotonic()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        path = "/api/v1/events" + (f"?{urlencode(query)}" if query else "")
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Accept: text/event-stream"]
        lines += [f"Authorization: Bearer {token}"] if token else []
        lines += [f"Last-Event-ID: {since}"] if since else []
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while (header := self._file.readline().strip()) != b"":
            name, _, value = header.decode().partition(": ")
            self.headers[name.lower()] = value
        self.body = b""
        if self.status != 200:
            self.body = self._file.read(int(self.headers.get("content-length", "0")))
            self._file.close()
            self._socket.close()
            return
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        kind, data, seen = "message", "", None
        try:
            for text in self._lines():
                name, _, value = text.partition(": ")
                if text == "":
                    if seen is not None:
                        self.last_id = seen
                    if data:
                        self.events.append(Event(kind, json.loads(data), seen))
                    kind, data, seen = "message", "", None
                elif text == ": ping":
                    self.pings += 1
                elif name == "id":
                    seen = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    data += value
                elif name == "retry":
                    self.retry = int(value)
        except (OSError, ValueError):
            pass
        self.ended_at = time.monotonic()
        self._file.close()
        self._socket.close()
        self.is_over.set()

    def _lines(self) -> Any:
        """The lines of a chunked body; sets `ended_clean` at its last chunk."""
        rest = b""
        while True:
            head = self._file.readline()
            if not head:
                return
            size = int(head, 16)
            chunk = self._file.read(size)
            self._file.readline()
            if size == 0:
                self.ended_clean = True
                return
            rest += chunk
            *lines, rest = rest.split(b"\n")
            yield from (text.decode() for text in lines)

    def close(self) -> None:
        """Hang up."""
        if self.status == 200:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self.is_over.wait(5)

    def events_of(self, kind: str = "pull") -> list[Event]:
        return [event for event in self.events if event.kind == kind]

    def buckets(self) -> set[str]:
        """All that was named so far, without the marks."""
        return {bucket for event in self.events_of() for bucket in event.data["buckets"]} - self.marks

    def wait(self, seen: Callable[["EventStream"], Any], seconds: float = 5) -> Any:
        """Return the first true answer of `seen`, within `seconds` on any machine: hints are promised in time."""
        return eventually(lambda: seen(self), seconds=seconds / PATIENCE, every=0.01, so_far=self.events)

    def has_mark(self, since: int = 0) -> bool:
        """Return True if a mark is among the events from number `since` on."""
        pulls = [event for event in self.events[since:] if event.kind == "pull" and not event.data["all"]]
        return any(not self.marks.isdisjoint(event.data["buckets"]) for event in pulls)

    def settled(self) -> "EventStream":
        """After its first word and what is still on its way (a sign-in changes the device), with all that forgotten."""
        settle(self)
        return self


def caught_up(*streams: EventStream) -> None:
    """Wait until the streams, all of one city, have received all that is committed now, or have ended."""
    begun = {id(stream): len(stream.events) for stream in streams}
    streams[0].write_mark()
    for stream in streams:
        stream.wait(lambda each: each.is_over.is_set() or each.has_mark(begun[id(each)]), 10)


def settle(*streams: EventStream) -> None:
    """Wait until the streams, all of one city, have received all that is committed now, and forget it.

    Streams that are settled one after the other receive the mark of the next one.
    """
    for stream in streams:
        stream.wait(lambda each: each.last_id)
    caught_up(*streams)
    for stream in streams:
        stream.events.clear()
