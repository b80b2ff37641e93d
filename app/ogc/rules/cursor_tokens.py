"""Signed tokens of `next` links: the keys of the last row of a page.

A token is valid only for the same query of the same reader.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.core.errors import invalid_field

_PAGE_PARAMETERS = ("cursor", "limit", "offset", "f")


def query_digest(collection_id: str, args: Iterable[tuple[str, str]], reader_id: UUID) -> bytes:
    """Return the digest of a query; its paging parameters do not count."""
    parameters = sorted((name, value) for name, value in args if name not in _PAGE_PARAMETERS)
    return hashlib.sha256(orjson.dumps([collection_id, str(reader_id), parameters])).digest()[:16]


def sign(key: bytes, digest: bytes, last: Sequence[Any]) -> str:
    """Return a signed token with the keys of the last row of a page."""
    payload = orjson.dumps(list(last))
    return base64.urlsafe_b64encode(_mac(key, digest, payload) + payload).rstrip(b"=").decode()


def read(key: bytes, digest: bytes, token: str, length: int) -> list[Any]:
    """Return the keys of the last row from a token.

    Raises:
        Invalid: The token was not signed for this query.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        mac, payload = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, _mac(key, digest, payload)):
            raise ValueError("not ours")
        last: list[Any] = orjson.loads(payload)
        if len(last) != length:
            raise ValueError("of another order")
    except (ValueError, TypeError):
        raise invalid_field("cursor", "cursor_invalid") from None
    return last


def _mac(key: bytes, digest: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, digest + payload, "sha256")[:16]
