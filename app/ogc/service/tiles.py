"""Use cases of tiles.

A tile is cached under a tag (ETag), which is computed anew for each request.

The tag of a tile is a digest of its inputs: the SQL statements and their binds (the reader's scope and permissions, the code),
the reader's permission epoch, the tile's position, and the version of its content. The version and the content of a tile are
read in the same snapshot, so an older tile is never stored under the tag of a newer one.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock, db
from app.core.actor import Actor
from app.core.codings import encode
from app.core.db import Fragment, as_sql
from app.core.db.raw_read import read_one
from app.ogc.queries import tiles as queries
from app.ogc.queries.sources import reader
from app.ogc.queries.versions import FOLD, version_statement
from app.ogc.rules.tiling import FEATURES_MAX, SUMS_BELOW, Layer, Tile

# Approximate overhead of an entry.
_ENTRY_BYTES = 300


class Cache:
    """A thread-safe LRU cache of tiles by tag, limited in bytes. Each process has one."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, tag: str) -> bytes | None:
        with self._lock:
            body = self._entries.get(tag)
            if body is not None:
                self._entries.move_to_end(tag)
            return body

    def put(self, tag: str, body: bytes) -> None:
        size = len(body) + _ENTRY_BYTES
        if size > self.limit_bytes:
            return
        with self._lock:
            if tag in self._entries:
                return
            self._entries[tag] = body
            self.used_bytes += size
            while self.used_bytes > self.limit_bytes:
                _, evicted = self._entries.popitem(last=False)
                self.used_bytes -= len(evicted) + _ENTRY_BYTES


@dataclass(frozen=True, slots=True)
class _Plan:
    """The statements that make one layer of a tile for one reader.

    `statements` has one element, or two if points can be summed by cell. The second statement runs if the first one finds too
    many features.
    """

    version: Fragment
    version_binds: Mapping[str, Any]
    statements: tuple[Fragment, ...]
    binds: Mapping[str, Any]
    digest: bytes

    def tag(self, version: str) -> str:
        return hashlib.sha256(self.digest + version.encode()).hexdigest()[:32]


def tag_of(actor: Actor, layers: Sequence[Layer], tile: Tile) -> str:
    """Return the current tag of a tile for the actor, without making the tile."""
    now = clock.now()
    tags = []
    for plan in (_plan(layer, actor, tile, now) for layer in _in_tile(layers, tile)):
        row = read_one(plan.version, plan.version_binds)
        assert row is not None  # one row of sub-selects
        tags.append(plan.tag(row["version"]))
    return _combined_tag(tags)


def tile(cache: Cache, actor: Actor, layers: Sequence[Layer], tile: Tile, tag: str) -> tuple[bytes, str]:
    """Return a tile as MVT, and its tag.

    The returned tag differs from `tag` if data changed since `tag` was computed.
    """
    cached = cache.get(tag)
    if cached is not None:
        return cached, tag
    now = clock.now()
    parts, tags = [], []
    with db.snapshot_session(plan="custom") as session:
        for layer in _in_tile(layers, tile):
            plan = _plan(layer, actor, tile, now)
            version = session.execute(plan.version, plan.version_binds).scalar_one()
            tags.append(plan.tag(version))
            part = cache.get(tags[-1])
            if part is None:
                part = _made(session, plan)
                cache.put(tags[-1], part)
            parts.append(part)
    # The concatenation of layers of vector tiles is a vector tile.
    body, body_tag = b"".join(parts), _combined_tag(tags)
    cache.put(body_tag, body)
    return body, body_tag


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


def _in_tile(layers: Sequence[Layer], tile: Tile) -> list[Layer]:
    return [layer for layer in layers if tile.z >= layer.zoom_min]


def _combined_tag(tags: Sequence[str]) -> str:
    return tags[0] if len(tags) == 1 else hashlib.sha256("".join(tags).encode()).hexdigest()[:32]


def _plan(layer: Layer, actor: Actor, tile: Tile, now: datetime) -> _Plan:
    source = reader(layer.collection, actor, now)
    statements: tuple[Fragment, ...] = (
        queries.features_statement(layer, source, layer.visible_properties(actor)),
    )
    if layer.is_points:
        sums = queries.sums_statement(layer, source)
        statements = (sums,) if tile.z < SUMS_BELOW else (*statements, sums)
    version, version_binds = version_statement(layer, actor, source, tile, now)
    binds = source.binds | queries.tile_binds(tile)
    # The current time is not part of the tag; what depends on it is part of the version.
    facts = {k: v for k, v in binds.items() if not k.endswith("now")}
    texts = [as_sql(statement) for statement in statements]
    key_json = orjson.dumps([texts, facts, actor.permission_epoch], default=str, option=orjson.OPT_SORT_KEYS)
    return _Plan(version, version_binds, statements, binds, hashlib.sha256(key_json).digest())


def _made(session: Session, plan: _Plan) -> bytes:
    body, features = b"", 0
    for statement in plan.statements:
        body, features = session.execute(statement, plan.binds).one()
        if features <= FEATURES_MAX:
            break
    return bytes(body)
