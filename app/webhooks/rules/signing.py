"""Secrets and signatures of webhooks (Standard Webhooks 1.0: HMAC-SHA256 over id, time and body).

A secret is derived from the key of the server, the id of the subscription and a number that rises with each rotation. So
the database has no secret, and a signature is possible at any time.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from standardwebhooks import Webhook

PURPOSE = "webhooks"
PREFIX = "whsec_"
_signer = lru_cache(maxsize=1_000)(Webhook)


def secret_of(server_key: bytes, subscription_id: UUID, number: int) -> str:
    """Return a secret of a subscription as text. `number`: 1 for the first, 2 after the first rotation."""
    key = hmac.digest(server_key, f"{subscription_id}:{number}".encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(key).decode()


def signature_headers(
    secrets: Sequence[str], *, event_id: UUID, sent_at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers of a message. It has one signature for each secret, separated by spaces."""
    signatures = (_signer(secret).sign(str(event_id), sent_at, body.decode()) for secret in secrets)
    return {
        "webhook-id": str(event_id),
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
