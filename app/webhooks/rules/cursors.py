"""Cursors of the log of events: which events a reader has, as a snapshot of the database. Pure.

Events are numbered before they are committed, so `seq > last` would skip a transaction that was still running. A cursor has
the snapshot up to which the reader has all events (`prev`). While a window of new events is read page by page it also has
the end of the window (`cur`) and the last number of the page. Within a window the order is that of the numbers, which is
the order of commits for each case, because a case is locked while it gets an event.
"""

import base64
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import orjson

from app.core.paging import encode_cursor

_SNAPSHOT = re.compile(r"(\d{1,18}):(\d{1,18}):((?:\d{1,18}(?:,\d{1,18})*)?)")
_EPOCH, _LIFE = re.compile(r"[0-9a-f]{8}"), re.compile(r"([0-9a-f]{8})?")
# A list of more running transactions is left out: the events since the oldest of them are then read again.
MOST_RUNNING = 50
LONGEST = 4_000
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """The events between two snapshots that are being read.

    Attributes:
        cur: Snapshot at its end.
        after: Number of the last event that was read.
        top: Highest number in the window.
    """

    cur: str
    after: int
    top: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in the log of events.

    Attributes:
        epoch: First eight hex digits of the sync epoch, in which transaction ids can be compared.
        life: Mark of the database when the last snapshot was taken; it changes with each recovery.
        prev: Snapshot up to which the reader has all events.
    """

    epoch: str
    life: str
    prev: str
    window: Window | None = None

    @property
    def last(self) -> str:
        """The later snapshot of the cursor."""
        return self.window.cur if self.window else self.prev

    def completed(self) -> "Cursor":
        """Return the cursor after the last page of its window."""
        return Cursor(self.epoch, self.life, self.last)

    def at(self, after: int) -> "Cursor":
        """Return the cursor after an event of its window."""
        return replace(self, window=self.window and replace(self.window, after=after))

    def __str__(self) -> str:
        window = [self.window.cur, str(self.window.after), str(self.window.top)] if self.window else []
        return encode_cursor([self.epoch, self.life, self.prev, *window])


def shortened(snapshot: str) -> str:
    """Return a snapshot whose list of running transactions has a bounded length."""
    xmin, _, running = snapshot.split(":")
    return snapshot if running.count(",") < MOST_RUNNING else f"{xmin}:{xmin}:"


def parse_cursor(text: str) -> Cursor:
    """Parse a cursor.

    Raises:
        ValueError: No server can have issued it.
    """
    if len(text) > LONGEST:
        raise ValueError("too long")
    parts: Any = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(parts, list) or len(parts) not in (3, 6) or not all(isinstance(p, str) for p in parts):
        raise ValueError("parts")
    epoch, life, prev, *window = parts
    if not (_EPOCH.fullmatch(epoch) and _LIFE.fullmatch(life) and _is_snapshot(prev)):
        raise ValueError("position")
    if not window:
        return Cursor(epoch, life, prev)
    cur, after, top = window[0], int(window[1]), int(window[2])
    if not _is_snapshot(cur) or not 0 <= after <= top <= _LARGEST:
        raise ValueError("window")
    return Cursor(epoch, life, prev, Window(cur, after, top))


def _is_snapshot(text: str) -> bool:
    """Return True if PostgreSQL accepts the text as pg_snapshot."""
    match = _SNAPSHOT.fullmatch(text)
    if match is None:
        return False
    xmin, xmax, running = match.groups()
    listed = [int(part) for part in running.split(",") if part]
    in_order = all(a < b for a, b in pairwise(listed))
    return 1 <= int(xmin) <= int(xmax) and in_order and all(int(xmin) <= n < int(xmax) for n in listed)
