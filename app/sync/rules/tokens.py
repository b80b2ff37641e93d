"""What a phone carries from pull to pull: signed, bound to account and device, short enough for a URL.

It holds ids and transaction ids, nothing about people. Whoever reads one learns nothing; whoever changes one is refused.
"""

import hashlib
import struct
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
from itsdangerous import BadData, URLSafeSerializer

from app.core.errors import Gone, Malformed

# Raised when older tokens can no longer be understood: phones then begin anew.
SCHEMA = 1
# Longer than this no URL should be; a token of 100 grids has about 2,500.
LONGEST = 8_000
# So many transactions under way are named one by one; of more, all that began after the oldest count as not seen.
NAMED_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Held:
    """A bucket of the phone's. `way`: on which grounds it is hers; `is_fresh`: sent whole in this checkpoint."""

    way: int = 0
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What was told up to the snapshot `prev`; and, inside a checkpoint, up to `cur` until the place `after`.

    `rights` is a digest of what the account might do. Snapshots are the text of pg_snapshot. `life`: the mark of the
    database's life in which the last of them was given out; None in tokens of earlier days.
    """

    epoch: UUID
    rights: str
    held: dict[str, Held]
    prev: str | None = None
    cur: str | None = None
    after: tuple[str, ...] = field(default=())
    # What the first page of the checkpoint said of the device's own operations, and whether there were too many grids.
    applied: int | None = None
    has_too_many: bool = False
    # When the two snapshots were taken, in seconds since 1970; None in tokens of earlier days.
    prev_at: int | None = None
    cur_at: int | None = None
    life: str | None = None

    def completed(self) -> "Token":
        """The token after the last page of the checkpoint."""
        held = {name: replace(bucket, is_fresh=False) for name, bucket in self.held.items()}
        return Token(self.epoch, self.rights, held, prev=self.cur, prev_at=self.cur_at, life=self.life)


def shortened(snapshot: str) -> str:
    """A snapshot that has seen no more than this one, and is not long. What it leaves out is only told again."""
    lowest, _, running = snapshot.split(":")
    return snapshot if running.count(",") < NAMED_AT_MOST else f"{lowest}:{lowest}:"


@dataclass(frozen=True, slots=True)
class Seal:
    """Whose tokens are meant, and the secret they are signed with."""

    secret: bytes
    account_id: UUID
    device_id: UUID


def write(token: Token, seal: Seal) -> str:
    written = _serializer(seal).dumps(_packed(token))
    return written.decode() if isinstance(written, bytes) else written


def read(text: str, seal: Seal) -> Token:
    """Raises Malformed for what was not given to this account on this device, Gone for a form of earlier days."""
    if len(text) > LONGEST:
        raise Malformed("sync_token_invalid")
    try:
        found: list[Any] = _serializer(seal).loads(text)
    except BadData:
        raise Malformed("sync_token_invalid") from None
    if found[0] != SCHEMA:
        raise Gone("resync_required", extra={"reason": "unknown_token"})
    _, epoch, rights, prev, cur, after, applied, has_too_many, *later, names, ways = found
    prev_at, cur_at, life = (*later, None, None, None)[:3]
    held = {name: Held(way >> 1, bool(way & 1)) for name, way in zip(names, ways, strict=True)}
    for name in names:
        if name.startswith("grid:"):
            held.setdefault(f"area:{name.removeprefix('grid:')}", held[name])
    return Token(
        UUID(epoch), rights, held, prev, cur, tuple(after), applied, has_too_many, prev_at, cur_at, life
    )


def _packed(token: Token) -> list[Any]:
    """The area of a grid is held with the grid, and not written where both are held alike."""
    held = {
        name: bucket
        for name, bucket in token.held.items()
        if not name.startswith("area:") or token.held.get(f"grid:{name.removeprefix('area:')}") != bucket
    }
    ways = [bucket.way << 1 | bucket.is_fresh for bucket in held.values()]
    told = [
        token.epoch.hex,
        token.rights,
        token.prev,
        token.cur,
        token.after,
        token.applied,
        token.has_too_many,
        token.prev_at,
        token.cur_at,
        token.life,
    ]
    return [SCHEMA, *told, list(held), ways]


def _serializer(seal: Seal) -> URLSafeSerializer:
    return URLSafeSerializer(
        seal.secret,
        salt=f"sync token {seal.account_id} {seal.device_id}",
        serializer=_Compact(),
        signer_kwargs={"digest_method": hashlib.sha256},
    )


class _Compact:
    """JSON with the ids of buckets as 16 bytes each behind it, so that they can be compressed."""

    def dumps(self, value: Any, **_: Any) -> bytes:
        if not value:
            return b""  # the library tries an empty value to see whether bytes come
        *fixed, names, ways = value
        kinds = [name.partition(":")[0] for name in names]
        ids = b"".join(UUID(name.partition(":")[2]).bytes for name in names if ":" in name)
        head = orjson.dumps([*fixed, kinds, ways])
        return struct.pack(">I", len(head)) + head + ids

    def loads(self, value: bytes, **_: Any) -> list[Any]:
        (length,) = struct.unpack_from(">I", value)
        *fixed, kinds, ways = orjson.loads(value[4 : 4 + length])
        rest = value[4 + length :]
        names = []
        for kind in kinds:
            if kind == "global":
                names.append(kind)
            else:
                names.append(f"{kind}:{UUID(bytes=rest[:16])}")
                rest = rest[16:]
        return [*fixed, names, ways]
