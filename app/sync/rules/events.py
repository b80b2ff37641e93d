"""Change hints for event streams: subscription keys, positions in the change log, frames.

A *listener* is an open event stream. A *hint* names buckets that changed, without rows.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import orjson

MEDIA = "text/event-stream"
# A hint for more buckets than these has `all` in place of their names.
MAX_NAMED = 100
# Longer lists of running transactions are left out: the position is then a little earlier.
MAX_IN_PROGRESS = 20


class Bye(StrEnum):
    """Reason for the end of a stream, as sent in the event `bye`."""

    TOKEN_EXPIRED = "token_expired"
    RIGHTS_CHANGED = "rights_changed"
    SESSION_ENDED = "session_ended"
    SERVER_STOPPING = "server_stopping"


EVERYWHERE = "everywhere"
_POSITION = re.compile(
    r"([0-9a-f]{8})-(\d{1,18}):(\d{1,18}):((?:\d{1,18}(?:,\d{1,18})*)?)(?:-([0-9a-f]{8})?)?"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A bucket that changed.

    Attributes:
        path: Ids of the areas from the top to the area of the bucket.
        is_told: Rows of synchronised entities changed, so that a pull returns something.
        touches_rights: The change may affect the rights of accounts with an open stream.
    """

    bucket: str
    path: tuple[str, ...] = ()
    is_told: bool = True
    touches_rights: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The buckets and areas whose changes a listener receives.

    Attributes:
        keys: Subscription keys, see `keys_of`.
        names: Names of the buckets that a pull returns. None: there are too many grids to list.
    """

    keys: frozenset[str]
    names: tuple[str, ...] | None


def under(area_id: str) -> str:
    """Return the subscription key for all changes in an area and in the areas below it."""
    return f"under:{area_id}"


def keys_of(change: Change) -> Iterator[str]:
    """Yield the subscription keys that match a change. A listener with one of them receives it."""
    if not change.is_told:
        return
    yield change.bucket
    if change.path:
        yield EVERYWHERE
        yield from map(under, change.path)


@dataclass(frozen=True, slots=True)
class Position:
    """A position in the change log. Clients receive a position as the id of each event.

    Attributes:
        epoch: First eight hex digits of the sync epoch.
        snapshot: Database snapshot, as text of pg_snapshot.
        life: Mark of the database when the position was issued; it changes with each recovery of the database. None: an
            older version of the server issued the position.
    """

    epoch: str
    snapshot: str
    life: str | None = None

    def __str__(self) -> str:
        xmin, xmax, active = self.snapshot.split(":")
        if active.count(",") >= MAX_IN_PROGRESS:
            xmax, active = xmin, ""
        life = "" if self.life is None else f"-{self.life}"
        return f"{self.epoch}-{xmin}:{xmax}:{active}{life}"

    @classmethod
    def read(cls, text: str | None) -> "Position | None":
        """Parse the position that a client sent. Return None if no server can have issued it."""
        match = _POSITION.fullmatch(text or "")
        if match is None or len(text or "") > 500:
            return None
        epoch, xmin, xmax, active, life = match.groups()
        if life is None and match[0].endswith("-"):
            life = ""  # a position issued before the first change of a life
        bounds = [int(xmin), *map(int, filter(None, active.split(","))), int(xmax)]
        if bounds[0] < 1 or bounds != sorted(bounds) or (active and bounds[-1] == bounds[-2]):
            return None
        return cls(epoch, f"{xmin}:{xmax}:{active}", life)


class Pending:
    """The hints that a listener has not been sent yet, in bounded memory."""

    __slots__ = ("_buckets", "_is_all")

    def __init__(self) -> None:
        self._buckets: set[str] = set()
        self._is_all = False

    def __bool__(self) -> bool:
        return self._is_all or bool(self._buckets)

    def add(self, buckets: Iterable[str]) -> None:
        """Add changed buckets.

        If there are more than MAX_NAMED, they are replaced by the hint that everything may have changed.
        """
        if not self._is_all:
            self._buckets.update(buckets)
            if len(self._buckets) > MAX_NAMED:
                self.add_all()

    def add_all(self) -> None:
        """Replace the pending buckets by the hint that everything may have changed."""
        self._is_all = True
        self._buckets.clear()

    def take(self, scope: Scope) -> tuple[bool, list[str]]:
        """Return the pending hint and clear it.

        Returns two values: True if everything may have changed, and the names of the changed buckets.
        """
        names = list(scope.names or ()) if self._is_all else sorted(self._buckets)
        if len(names) > MAX_NAMED:
            names = []
        hint = self._is_all, names
        self._is_all = False
        self._buckets.clear()
        return hint


def opening(position: Position, retry_ms: int) -> bytes:
    """Return the first SSE frame of a stream: its position, and after what time to reconnect."""
    return b"retry: %d\nid: %b\n\n" % (retry_ms, str(position).encode())


def pull(position: Position, *, is_all: bool, buckets: list[str]) -> bytes:
    """Return the SSE frame of the event `pull`: names of changed buckets, or a hint on all.

    Without names, everything may have changed.
    """
    data = orjson.dumps({"buckets": buckets, "all": is_all})
    return b"id: %b\nevent: pull\ndata: %b\n\n" % (str(position).encode(), data)


def ping(position: Position) -> bytes:
    """Return an SSE comment frame that keeps the connection open and updates the position."""
    return b"id: %b\n: ping\n\n" % str(position).encode()


def bye(reason: str) -> bytes:
    """Return the last SSE frame, with the reason for the end of the stream."""
    return b"event: bye\ndata: %b\n\n" % orjson.dumps({"reason": reason})
