"""Sync tokens: signed, bound to account and device, short enough for a URL.

A token stores how far a device has pulled. It contains bucket ids and transaction ids, but no personal data. A token that
was tampered with is refused.
"""

import hashlib
import struct
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from itsdangerous import BadData, URLSafeSerializer

from app.core.errors import Gone, Malformed


class Resync(StrEnum):
    """Reason of the error `resync_required`: the device must pull again without a token."""

    EPOCH = "epoch"
    TOO_OLD = "too_old"
    UNKNOWN_TOKEN = "unknown_token"


# A higher number refuses tokens of older formats: devices then begin anew.
SCHEMA = 1
# Length limit of a token, so that a URL does not become too long; a token of 100 grids has about 2,500 characters.
LONGEST = 8_000
# A token lists at most so many running transactions; of more, all that began after the oldest count as not seen.
MAX_LISTED_XIDS = 100


@dataclass(frozen=True, slots=True)
class HeldBucket:
    """A bucket that a device stores.

    `grounds`: reasons for access as a bit mask. `is_fresh`: the bucket is sent whole in this pull.
    """

    grounds: int = 0
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """The content of a sync token: the progress of a device in pulling.

    The device has all changes up to snapshot `prev`. Between two pages of a checkpoint the device also has those changes up
    to snapshot `cur` whose key is at most `after`.

    Attributes:
        epoch: Sync epoch of the database.
        rights: Digest of the account's rights.
        held: Buckets that the device stores, by name.
        prev, cur: Database snapshots, as text of pg_snapshot.
        after: Key of the last row of the previous page.
        life: Mark of the database when the last snapshot was issued; it changes with each recovery of the database. None:
            an older version of the server issued the token.
    """

    epoch: UUID
    rights: str
    held: dict[str, HeldBucket]
    prev: str | None = None
    cur: str | None = None
    after: tuple[str, ...] = field(default=())
    # Of the first page of the checkpoint: highest applied number of the device, and whether there were too many grids.
    applied: int | None = None
    has_too_many: bool = False
    # Instants of the two snapshots, in seconds since 1970; None in tokens of older versions.
    prev_at: int | None = None
    cur_at: int | None = None
    life: str | None = None

    def completed(self) -> "Token":
        """Return the token for the device after the last page of a pull."""
        buckets = {name: replace(bucket, is_fresh=False) for name, bucket in self.held.items()}
        return Token(self.epoch, self.rights, buckets, prev=self.cur, prev_at=self.cur_at, life=self.life)


def shortened(snapshot: str) -> str:
    """Return a snapshot whose list of running transactions has a bounded length.

    If the list is too long, an earlier snapshot is returned instead. Some changes are then sent again.
    """
    xmin, _, active = snapshot.split(":")
    return snapshot if active.count(",") < MAX_LISTED_XIDS else f"{xmin}:{xmin}:"


@dataclass(frozen=True, slots=True)
class Seal:
    """The secret that signs tokens, and the account and device to which tokens are bound."""

    secret: bytes
    account_id: UUID
    device_id: UUID


def write(token: Token, seal: Seal) -> str:
    """Return the token as text, signed with the secret of the seal for its account and device."""
    written = _serializer(seal).dumps(_packed(token))
    return written.decode() if isinstance(written, bytes) else written


def read(text: str, seal: Seal) -> Token:
    """Parse a signed token.

    Raises:
        Malformed: The token was not issued to this account on this device.
        Gone: The format of the token is too old.
    """
    if len(text) > LONGEST:
        raise Malformed("sync_token_invalid")
    try:
        values: list[Any] = _serializer(seal).loads(text)
    except BadData:
        raise Malformed("sync_token_invalid") from None
    if values[0] != SCHEMA:
        raise Gone("resync_required", extra={"reason": Resync.UNKNOWN_TOKEN})
    _, epoch, rights, prev, cur, after, applied, has_too_many, *optional, names, flags = values
    prev_at, cur_at, life = (*optional, None, None, None)[:3]
    buckets = {name: HeldBucket(flag >> 1, bool(flag & 1)) for name, flag in zip(names, flags, strict=True)}
    for name in names:
        if name.startswith("grid:"):
            buckets.setdefault(f"area:{name.removeprefix('grid:')}", buckets[name])
    return Token(
        UUID(epoch), rights, buckets, prev, cur, tuple(after), applied, has_too_many, prev_at, cur_at, life
    )


def _packed(token: Token) -> list[Any]:
    """Return the token as a list that can be serialised.

    Each grid is also an area, so it has the two buckets `grid:<id>` and `area:<id>`. To keep tokens short, `area:<id>` is
    left out if both have the same values; `read` adds it again.
    """
    buckets = {
        name: bucket
        for name, bucket in token.held.items()
        if not name.startswith("area:") or token.held.get(f"grid:{name.removeprefix('area:')}") != bucket
    }
    flags = [bucket.grounds << 1 | bucket.is_fresh for bucket in buckets.values()]
    head = [
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
    return [SCHEMA, *head, list(buckets), flags]


def _serializer(seal: Seal) -> URLSafeSerializer:
    return URLSafeSerializer(
        seal.secret,
        salt=f"sync token {seal.account_id} {seal.device_id}",
        serializer=_Compact(),
        signer_kwargs={"digest_method": hashlib.sha256},
    )


class _Compact:
    """Serializer of tokens: JSON, followed by 16 bytes for each bucket id.

    This form compresses better than JSON alone.
    """

    def dumps(self, value: Any, **_: Any) -> bytes:
        """Return the bytes of a packed token."""
        if not value:
            return b""  # the library tests with an empty value whether bytes are returned
        *fixed, names, flags = value
        kinds = [name.partition(":")[0] for name in names]
        id_bytes = b"".join(UUID(name.partition(":")[2]).bytes for name in names if ":" in name)
        head = orjson.dumps([*fixed, kinds, flags])
        return struct.pack(">I", len(head)) + head + id_bytes

    def loads(self, value: bytes, **_: Any) -> list[Any]:
        """Return the packed token from its bytes."""
        (length,) = struct.unpack_from(">I", value)
        *fixed, kinds, flags = orjson.loads(value[4 : 4 + length])
        id_bytes = value[4 + length :]
        names = []
        for kind in kinds:
            if kind == "global":
                names.append(kind)
            else:
                names.append(f"{kind}:{UUID(bytes=id_bytes[:16])}")
                id_bytes = id_bytes[16:]
        return [*fixed, names, flags]
