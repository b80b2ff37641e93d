"""Use cases of tiles.

A tile is cached under a tag (ETag), which is computed anew for each request.

The tag of a tile is a digest of its inputs: the SQL statements and their binds (the reader's scope and permissions, the code),
the reader's permission epoch, the tile's position, and the version of its content. One statement reads the version and the
content of a layer, so an older tile is never stored under the tag of a newer one.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.codings import encode
from app.core.db import Fragment, as_sql
from app.core.db.engines import Plan
from app.core.db.raw_read import read_one
from app.ogc.queries import tiles as queries
from app.ogc.queries.sources import reader
from app.ogc.queries.versions import FOLD, FOLD_COUNTS, version_binds, version_of, versions_statement
from app.ogc.rules.tiling import FEATURES_MAX, SUMS_BELOW, Layer, Tile

# Approximate overhead of an entry.
_ENTRY_BYTES = 500


class Cache:
    """A thread-safe LRU cache of tiles by tag, limited in bytes. Each process has one.

    Attributes:
        turn_seconds: So long a request waits for another one that makes the same tile; then it makes the tile itself.
    """

    def __init__(self, limit_bytes: int, *, turn_seconds: float = 5.0) -> None:
        self.limit_bytes = limit_bytes
        self.turn_seconds = turn_seconds
        self.used_bytes = 0
        self._entries: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
        self._newest: dict[bytes, str] = {}
        self._turns: dict[bytes, list[Any]] = {}
        self._lock = Lock()

    def get(self, tag: str) -> bytes | None:
        with self._lock:
            entry = self._entries.get(tag)
            if entry is None:
                return None
            self._entries.move_to_end(tag)
            return entry[0]

    def has_any(self, digests: Iterable[bytes]) -> bool:
        """Return True if the cache has some version of what one of the digests stands for, present or old."""
        return any(digest in self._newest for digest in digests)

    def put(self, tag: str, body: bytes, digest: bytes = b"") -> None:
        """Store a tile, a layer or an encoded tile under its tag.

        Args:
            digest: All inputs of the tag but the version; empty: `has_any` does not find the entry.
        """
        size = len(body) + _ENTRY_BYTES
        if size > self.limit_bytes:
            return
        with self._lock:
            if tag in self._entries:
                return
            self._entries[tag] = body, digest
            if digest:
                self._newest[digest] = tag
            self.used_bytes += size
            while self.used_bytes > self.limit_bytes:
                evicted_tag, (evicted, digest) = self._entries.popitem(last=False)
                self.used_bytes -= len(evicted) + _ENTRY_BYTES
                if self._newest.get(digest) == evicted_tag:
                    del self._newest[digest]

    @contextmanager
    def turn(self, digest: bytes) -> Iterator[bool]:
        """Let one thread at a time make the layer with this digest. Yield True if another thread made it meanwhile."""
        with self._lock:
            turn = self._turns.setdefault(digest, [Lock(), 0])
            turn[1] += 1
            is_waiting = turn[1] > 1
        has_turn = turn[0].acquire(timeout=self.turn_seconds)
        try:
            yield is_waiting
        finally:
            if has_turn:
                turn[0].release()
            with self._lock:
                turn[1] -= 1
                if not turn[1]:
                    del self._turns[digest]


@dataclass(frozen=True, slots=True)
class _Plan:
    """The statements that make one layer of a tile for one reader.

    `statements` has one element, or two if points can be summed by cell. The second statement runs if the first one finds too
    many features. Each returns the version of the layer, too, and comes with how PostgreSQL plans it. Only sums of all rows in
    a tile are planned for their values: planning takes about a millisecond, and the other statements have one good plan.
    """

    version: Fragment
    statements: tuple[tuple[Fragment, Plan], ...]
    binds: Mapping[str, Any]
    digest: bytes

    def at(self, now: datetime) -> "_Plan":
        """Return the plan for another instant of reading."""
        return replace(
            self, binds={name: now if value is _INSTANT else value for name, value in self.binds.items()}
        )

    def tag(self, version: str) -> str:
        return hashlib.sha256(self.digest + version.encode()).hexdigest()[:32]


def read_tile(
    cache: Cache, actor: Actor, layers: Sequence[Layer], tile: Tile, known_tags: Collection[str] = ()
) -> tuple[str, bytes | None]:
    """Return the present tag of a tile for the actor, and the tile as MVT; None instead if the tag is in `known_tags`.

    The versions are asked first, unless neither the client nor the cache has any version of the tile or of its layers: then
    no version could save the work, and each layer comes with its own.
    """
    now = clock.now()
    plans = [_plan(layer, actor, tile, now) for layer in layers if tile.z >= layer.zoom_min]
    digests = [plan.digest for plan in plans]
    digest = digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(digests)).digest()
    tags: Sequence[str | None] = [None] * len(plans)
    if known_tags or not plans or cache.has_any((digest, *digests)):
        tags = current_tags = _current_tags(plans)
        tag = _combined_tag(current_tags)
        if tag in known_tags:
            return tag, None
        body = cache.get(tag)
        if body is not None:
            return tag, body
    parts = [_part(cache, plan, tag) for plan, tag in zip(plans, tags, strict=True)]
    # The concatenation of layers of vector tiles is a vector tile.
    tag, body = _combined_tag([tag for tag, _ in parts]), b"".join(part for _, part in parts)
    cache.put(tag, body, digest)
    return tag, body


def encoded(cache: Cache, tag: str, body: bytes, coding: str) -> bytes:
    """Return the tile in a content coding.

    The result is cached, because compression is the slowest part of a request.
    """
    name = f"{tag} {coding}"
    packed = cache.get(name)
    if packed is None:
        packed = encode(body, coding)
        cache.put(name, packed)
    return packed


def fold_changes(session: Session) -> int:
    """Merge the change counters of each cell into one row; return how many rows were deleted."""
    return int(session.execute(text(FOLD)).scalar_one())


def fold_case_counts(session: Session) -> int:
    """Merge new numbers of cases with those of their cells; return how many rows were deleted."""
    return int(session.execute(text(FOLD_COUNTS)).scalar_one())


def _combined_tag(tags: Sequence[str]) -> str:
    return tags[0] if len(tags) == 1 else hashlib.sha256("".join(tags).encode()).hexdigest()[:32]


def _current_tags(plans: Sequence[_Plan]) -> list[str]:
    """Return the present tag of each layer, all read by one statement."""
    if not plans:
        return []
    versions = tuple(dict.fromkeys(plan.version for plan in plans))
    binds: dict[str, Any] = {}
    for plan in plans:
        binds |= plan.binds
    row = read_one(versions_statement(versions), binds)
    assert row is not None  # one row of sub-selects
    by_version = dict(zip(versions, row["versions"], strict=True))
    return [plan.tag(by_version[plan.version]) for plan in plans]


def _part(cache: Cache, plan: _Plan, tag: str | None) -> tuple[str, bytes]:
    """Return the layer of a tile and its tag.

    Args:
        tag: A present tag of the layer; data may have changed since. None: the cache has no version of the layer.
    """
    part = None if tag is None else cache.get(tag)
    if tag is not None and part is not None:
        return tag, part
    with cache.turn(plan.digest) as was_made:
        if was_made:
            # What the other thread made may be older than a write that this request has to show.
            [tag] = _current_tags([plan])
            part = cache.get(tag)
        if tag is None or part is None:
            tag, part = _made(plan)
            cache.put(tag, part, plan.digest)
    return tag, part


def _made(plan: _Plan) -> tuple[str, bytes]:
    row: Any = None
    for statement, how in plan.statements:
        row = read_one(statement, plan.binds, plan=how, is_binary=True)
        if row["features"] <= FEATURES_MAX:
            break
    return plan.tag(row["version"]), bytes(row["body"])


# Stands for the instant of a request in plans that are cached without it.
_INSTANT = datetime.max.replace(tzinfo=UTC)
# Rules of visibility in which an instant is a bind and nothing else.
_CACHED_SCOPES = frozenset({"incidents", "places"})


def _plan(layer: Layer, actor: Actor, tile: Tile, now: datetime) -> _Plan:
    if layer.collection.scope in _CACHED_SCOPES:
        return _plan_of_any_instant(layer, actor, tile).at(now)
    return _new_plan(layer, actor, tile, now)


@lru_cache(maxsize=1_000)
def _plan_of_any_instant(layer: Layer, actor: Actor, tile: Tile) -> _Plan:
    """Return the plan with `_INSTANT` as the instant of reading. An actor whose rights have changed is another one."""
    return _new_plan(layer, actor, tile, _INSTANT)


def _new_plan(layer: Layer, actor: Actor, tile: Tile, now: datetime) -> _Plan:
    source = reader(layer.collection, actor, now)
    version = version_of(layer, source, tile)
    contents: list[tuple[Fragment, Plan]] = []
    if layer.is_points and tile.z <= layer.counts_up_to:
        contents.append((queries.kept_sums_statement(layer, source), "generic"))
    else:
        if not layer.is_points or tile.z >= SUMS_BELOW:
            features = queries.features_statement(layer, source, layer.visible_properties(actor))
            contents.append((features, "generic"))
        if layer.is_points:
            contents.append((queries.sums_statement(layer, source), "custom"))
    statements = tuple((queries.with_version(version, content), how) for content, how in contents)
    # The current time is not part of the tag; what depends on it is part of the version.
    facts = {k: v for k, v in source.binds.items() if not k.endswith("now")}
    key = orjson.dumps(
        [facts, actor.permission_epoch, tile.z, tile.x, tile.y], default=str, option=orjson.OPT_SORT_KEYS
    )
    digest = hashlib.sha256(_digest_of_sql(tuple(statement for statement, _ in statements)) + key).digest()
    binds = source.binds | queries.tile_binds(tile) | version_binds(tile)
    return _Plan(version, statements, binds, digest)


@lru_cache(maxsize=500)
def _digest_of_sql(statements: tuple[Fragment, ...]) -> bytes:
    """Return a digest of the texts of statements, which are long and the same for many requests."""
    return hashlib.sha256("\0".join(map(as_sql, statements)).encode()).digest()
