"""Sync tokens: signed, bound to account and device, short enough for a URL.

A token stores how far a device has pulled. It contains bucket ids and transaction ids, but no personal data. A token that
was tampered with is refused.
"""

import hashlib
import struct
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from itsdangerous import BadData, Signer

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
        buckets = {
            name: replace(bucket, is_fresh=False) if bucket.is_fresh else bucket
            for name, bucket in self.held.items()
        }
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
    return _sealed(_packed(token), seal)


def _sealed(values: list[Any], seal: Seal) -> str:
    value = _dumps(values)
    compressed = zlib.compress(value)
    is_shorter = len(compressed) < len(value) - 1
    payload = urlsafe_b64encode(compressed if is_shorter else value).rstrip(b"=")
    return _signer(seal).sign(_COMPRESSED + payload if is_shorter else payload).decode()


def read(text: str, seal: Seal) -> Token:
    """Parse a signed token.

    Raises:
        Malformed: The token was not issued to this account on this device.
        Gone: The format of the token is too old.
    """
    if len(text) > LONGEST:
        raise Malformed("sync_token_invalid")
    try:
        payload = _signer(seal).unsign(text)
    except BadData:
        raise Malformed("sync_token_invalid") from None
    values = _loads(_unpacked(payload))
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


# The first byte of a compressed payload. Tokens have the form of itsdangerous' URLSafeSerializer, without its layers.
_COMPRESSED = b"."


def _unpacked(payload: bytes) -> bytes:
    is_compressed = payload.startswith(_COMPRESSED)
    value = urlsafe_b64decode(payload.removeprefix(_COMPRESSED) + b"=" * (-len(payload) % 4 + is_compressed))
    return zlib.decompress(value) if is_compressed else value


@lru_cache(maxsize=5_000)
def _signer(seal: Seal) -> Signer:
    """Return the signer of a device. Its key is derived once, and not for each signature."""
    salt = f"sync token {seal.account_id} {seal.device_id}"
    derived = Signer(seal.secret, salt=salt, digest_method=hashlib.sha256).derive_key()
    return Signer(derived, key_derivation="none", digest_method=hashlib.sha256)


def _dumps(values: list[Any]) -> bytes:
    """Return the bytes of a packed token: JSON, followed by 16 bytes for each bucket id.

    This form compresses better than JSON alone.
    """
    *fixed, names, flags = values
    kinds = [name.partition(":")[0] for name in names]
    ids = [bytes.fromhex(name.partition(":")[2].replace("-", "")) for name in names if ":" in name]
    head = orjson.dumps([*fixed, kinds, flags])
    return b"".join((struct.pack(">I", len(head)), head, *ids))


def _loads(value: bytes) -> list[Any]:
    """Return the packed token from its bytes."""
    (length,) = struct.unpack_from(">I", value)
    *fixed, kinds, flags = orjson.loads(value[4 : 4 + length])
    ids = value[4 + length :].hex()
    names = []
    for kind in kinds:
        if kind == "global":
            names.append(kind)
        else:
            names.append(f"{kind}:{ids[:8]}-{ids[8:12]}-{ids[12:16]}-{ids[16:20]}-{ids[20:32]}")
            ids = ids[32:]
    return [*fixed, names, flags]
