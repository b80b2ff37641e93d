"""SQL that stores the idempotency keys of applied operations, to find repeated requests.

A client sends such a key with each operation (`core/idempotency`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.idempotency import AppliedOp

_CLAIM = insert(AppliedOp).on_conflict_do_nothing().returning(AppliedOp.key)
_APPLIED = select(AppliedOp.route, AppliedOp.digest).where(
    AppliedOp.principal == bindparam("principal"), AppliedOp.key == bindparam("key")
)
_CLAIM_EACH = text("""
  insert into applied_op (principal, key, route, digest, applied_at)
  select :principal, o.key, :route, o.digest, :now
  from unnest(cast(:keys as text[]), cast(:digests as bytea[])) o(key, digest)
  on conflict do nothing returning 1
""")


def claim(
    session: Session, *, principal: str, key: UUID, route: str, digest: bytes, now: datetime
) -> dict[str, Any] | None:
    """Store the idempotency key of an operation, and return None if the key is new.

    If the key is used already, return `route` and `digest` of the operation that used it first. If another transaction is
    storing the same key, the function waits until that transaction ends.
    """
    columns = {
        "principal": principal,
        "key": str(key),
        "route": route,
        "digest": digest,
        "applied_at": now,
    }
    if session.scalar(_CLAIM, columns) is not None:
        return None
    applied = session.execute(_APPLIED, {"principal": principal, "key": str(key)}).mappings().one()
    return dict(applied)


def claim_each(
    session: Session, *, principal: str, route: str, digests: Mapping[UUID, bytes], now: datetime
) -> int:
    """Store the idempotency keys of several operations. Return the number of keys that are new."""
    binds = {
        "principal": principal,
        "route": route,
        "now": now,
        "keys": [str(key) for key in digests],
        "digests": list(digests.values()),
    }
    return len(session.execute(_CLAIM_EACH, binds).all())
