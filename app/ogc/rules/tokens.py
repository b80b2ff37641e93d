"""The token of a link `next`: where the page before ended, signed, and good for the same question by the same reader only."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.core.errors import invalid_field

_PARTS_OF_A_PAGE = ("cursor", "limit", "offset", "f")


def question(collection_id: str, args: Iterable[tuple[str, str]], reader_id: UUID) -> bytes:
    """What is asked, whatever the page: its digest."""
    asked = sorted((name, value) for name, value in args if name not in _PARTS_OF_A_PAGE)
    return hashlib.sha256(orjson.dumps([collection_id, str(reader_id), asked])).digest()[:16]


def sign(key: bytes, about: bytes, last: Sequence[Any]) -> str:
    """`last`: the keys of the last row of the page, as text."""
    said = orjson.dumps(list(last))
    return base64.urlsafe_b64encode(_mac(key, about, said) + said).rstrip(b"=").decode()


def read(key: bytes, about: bytes, token: str, length: int) -> list[Any]:
    """The keys that were signed for this question; anything else is an error of `cursor`."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        mac, said = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, _mac(key, about, said)):
            raise ValueError("not ours")
        last: list[Any] = orjson.loads(said)
        if len(last) != length:
            raise ValueError("of another order")
    except (ValueError, TypeError):
        raise invalid_field("cursor", "cursor_invalid") from None
    return last


def _mac(key: bytes, about: bytes, said: bytes) -> bytes:
    return hmac.new(key, about + said, hashlib.sha256).digest()[:16]
