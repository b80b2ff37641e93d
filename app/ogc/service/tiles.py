"""Tiles: each made once for what its reader sees, and asked about at every request whether it still holds.

Its tag is a digest of all that it was made of: the SQL and its binds (so the reader's scope, what she may know, and the
code itself), her permission epoch, the place, and the version of what lies there. A tile is made in the snapshot in which
its version was read, so an older one is never kept under the tag of a newer one.
"""

import gzip
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
from app.core.db.raw_read import read_one
from app.ogc.queries import tiles as queries
from app.ogc.queries.sources import reader
from app.ogc.queries.versions import FOLD, version_sql
from app.ogc.rules.tiling import FEATURES_MAX, SUMS_BELOW, Layer, Tile

# What an entry takes besides its bytes, roughly.
_ENTRY_BYTES = 300


class Cache:
    """The bytes last asked for, up to a limit; of one process, and safe for its threads."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, tag: str) -> bytes | None:
        with self._lock:
            found = self._kept.get(tag)
            if found is not None:
                self._kept.move_to_end(tag)
            return found

    def put(self, tag: str, body: bytes) -> None:
        size = len(body) + _ENTRY_BYTES
        if size > self.limit_bytes:
            return
        with self._lock:
            if tag in self._kept:
                return
            self._kept[tag] = body
            self.used_bytes += size
            while self.used_bytes > self.limit_bytes:
                _, gone = self._kept.popitem(last=False)
                self.used_bytes -= len(gone) + _ENTRY_BYTES


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one layer of a tile is made for one reader."""

    version: str
    version_binds: Mapping[str, Any]
    ways: tuple[str, ...]  # the second where the first has too many features
    binds: Mapping[str, Any]
    about: bytes

    def tag(self, version: str) -> str:
        return hashlib.sha256(self.about + version.encode()).hexdigest()[:32]


def tag_of(actor: Actor, layers: Sequence[Layer], tile: Tile) -> str:
    """The tag that the tile has now; nothing is made for it."""
    now = clock.now()
    tags = []
    for plan in (_plan(layer, actor, tile, now) for layer in _in_tile(layers, tile)):
        row = read_one(plan.version, plan.version_binds)
        assert row is not None  # one row of sub-selects
        tags.append(plan.tag(row["version"]))
    return _together(tags)


def tile(cache: Cache, actor: Actor, layers: Sequence[Layer], tile: Tile, tag: str) -> tuple[bytes, str]:
    """The tile as MVT and its tag, which is another than `tag` if something was written since that was read."""
    found = cache.get(tag)
    if found is not None:
        return found, tag
    now = clock.now()
    parts, tags = [], []
    with db.snapshot_session(plan="custom") as session:
        for layer in _in_tile(layers, tile):
            plan = _plan(layer, actor, tile, now)
            version = session.execute(db.sql_text(plan.version), plan.version_binds).scalar_one()
            tags.append(plan.tag(version))
            part = cache.get(tags[-1])
            if part is None:
                part = _made(session, plan)
                cache.put(tags[-1], part)
            parts.append(part)
    # Layers of a vector tile one after the other are a vector tile.
    body, made = b"".join(parts), _together(tags)
    cache.put(made, body)
    return body, made


def compressed(cache: Cache, tag: str, body: bytes) -> bytes:
    """The body with gzip; kept, since it takes longer than all the rest of a request."""
    name = f"{tag} gzip"
    found = cache.get(name)
    if found is None:
        found = gzip.compress(body, compresslevel=5, mtime=0)
        cache.put(name, found)
    return found


def fold_changes(session: Session) -> int:
    """Fold the rows of each cell into one; how many went."""
    return int(session.execute(text(FOLD)).scalar_one())


def _in_tile(layers: Sequence[Layer], tile: Tile) -> list[Layer]:
    return [layer for layer in layers if tile.z >= layer.zoom_min]


def _together(tags: Sequence[str]) -> str:
    return tags[0] if len(tags) == 1 else hashlib.sha256("".join(tags).encode()).hexdigest()[:32]


def _plan(layer: Layer, actor: Actor, tile: Tile, now: datetime) -> _Plan:
    source = reader(layer.collection, actor, now)
    ways: tuple[str, ...] = (queries.features_sql(layer, source, layer.shown(actor)),)
    if layer.is_points:
        sums = queries.sums_sql(layer, source)
        ways = (sums,) if tile.z < SUMS_BELOW else (*ways, sums)
    version, version_binds = version_sql(layer, actor, source, tile, now)
    binds = source.binds | queries.tile_binds(tile)
    # The time is in neither: what hangs on it is in the version.
    facts = {k: v for k, v in binds.items() if not k.endswith("now")}
    about = orjson.dumps([ways, facts, actor.permission_epoch], default=str, option=orjson.OPT_SORT_KEYS)
    return _Plan(version, version_binds, ways, binds, hashlib.sha256(about).digest())


def _made(session: Session, plan: _Plan) -> bytes:
    body, features = b"", 0
    for sql in plan.ways:
        body, features = session.execute(db.sql_text(sql), plan.binds).one()
        if features <= FEATURES_MAX:
            break
    return bytes(body)
