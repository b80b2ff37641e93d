"""Identifiers: UUID version 7, so that rows that are inserted one after another are neighbours in an index."""

import secrets
import time
import uuid

_MAX_MS = (1 << 48) - 1


def uuid7(now_ms: int | None = None) -> uuid.UUID:
    """Make a UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    stamp = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    if not 0 <= stamp <= _MAX_MS:
        raise ValueError(f"{stamp} milliseconds do not fit the 48 bits of a UUIDv7")
    version_and_rand_a = 0x7000 | secrets.randbits(12)
    variant_and_rand_b = (0b10 << 62) | secrets.randbits(62)
    return uuid.UUID(int=stamp << 80 | version_and_rand_a << 64 | variant_and_rand_b)


def moment_ms(identifier: uuid.UUID) -> int:
    """Return the Unix time in milliseconds that a UUIDv7 contains."""
    if identifier.version != 7:
        raise ValueError(f"{identifier} is not a UUIDv7")
    return identifier.int >> 80
