"""Live hints: keys of subscriptions, positions in the change log, SSE frames."""

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
    """Reason for the end of a stream, as the event `bye` has it."""

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
    """A bucket that changed. `path`: ids of the areas from the top down to its area.

    `is_told`: a pull would return rows. `touches_rights`: the rights of listeners may have changed.
    """

    bucket: str
    path: tuple[str, ...] = ()
    is_told: bool = True
    touches_rights: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The changes that a listener receives, by keys.

    `names`: the same as names of buckets of a pull; None: too many to name.
    """

    keys: frozenset[str]
    names: tuple[str, ...] | None


def under(area_id: str) -> str:
    """Return the key of listeners responsible for an area and all areas below it."""
    return f"under:{area_id}"


def keys_of(change: Change) -> Iterator[str]:
    """Yield the subscription keys of all listeners that have to hear of a change."""
    if not change.is_told:
        return
    yield change.bucket
    if change.path:
        yield EVERYWHERE
        yield from map(under, change.path)


@dataclass(frozen=True, slots=True)
class Position:
    """A snapshot of the change log in a sync epoch.

    `snapshot`: text of pg_snapshot. `epoch`: the first eight hex digits.

    `life`: the mark of the database's life in which the position was issued; None in positions of older versions.
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
        """Return the position that a client sent, or None if no server can have issued it."""
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
    """Hints not yet sent to a listener, in bounded memory."""

    __slots__ = ("_buckets", "_is_all")

    def __init__(self) -> None:
        self._buckets: set[str] = set()
        self._is_all = False

    def __bool__(self) -> bool:
        return self._is_all or bool(self._buckets)

    def add(self, buckets: Iterable[str]) -> None:
        """Add changed buckets; more than MAX_NAMED become everything."""
        if not self._is_all:
            self._buckets.update(buckets)
            if len(self._buckets) > MAX_NAMED:
                self.add_all()

    def add_all(self) -> None:
        """Replace the names by a hint to pull everything."""
        self._is_all = True
        self._buckets.clear()

    def take(self, scope: Scope) -> tuple[bool, list[str]]:
        """Return (is everything, bucket names) and clear the pending hints."""
        names = list(scope.names or ()) if self._is_all else sorted(self._buckets)
        if len(names) > MAX_NAMED:
            names = []
        hint = self._is_all, names
        self._is_all = False
        self._buckets.clear()
        return hint


def opening(position: Position, retry_ms: int) -> bytes:
    """Return the first frame: the time until a client reconnects, and the position."""
    return b"retry: %d\nid: %b\n\n" % (retry_ms, str(position).encode())


def pull(position: Position, *, is_all: bool, buckets: list[str]) -> bytes:
    """Return a hint to pull: everything, or the named buckets."""
    data = orjson.dumps({"buckets": buckets, "all": is_all})
    return b"id: %b\nevent: pull\ndata: %b\n\n" % (str(position).encode(), data)


def ping(position: Position) -> bytes:
    """Return a comment frame that keeps the connection open and advances the position."""
    return b"id: %b\n: ping\n\n" % str(position).encode()


def bye(reason: str) -> bytes:
    """Return the last frame, with the reason for the end."""
    return b"event: bye\ndata: %b\n\n" % orjson.dumps({"reason": reason})
