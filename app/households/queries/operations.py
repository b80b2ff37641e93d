"""Operations that were applied: a client's id makes a write safe to send again (core/idempotency)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def claim(
    session: Session, *, principal: str, key: UUID, route: str, digest: bytes, now: datetime
) -> dict[str, Any] | None:
    """Claim an operation, or give what was applied under its key: `route` and `digest`.

    The same operation under way elsewhere is waited for here.
    """
    sql = """
      insert into applied_op (principal, key, route, digest, applied_at)
      values (:principal, :key, :route, :digest, :now) on conflict do nothing returning 1
    """
    binds = {"principal": principal, "key": str(key), "route": route, "digest": digest, "now": now}
    if session.scalar(text(sql), binds):
        return None
    sql = "select route, digest from applied_op where principal = :principal and key = :key"
    return dict(session.execute(text(sql), binds).mappings().one())


def forget(session: Session, keys: Sequence[UUID]) -> None:
    """What was said in operations can no longer be told from their digests; their keys stay used."""
    sql = "update applied_op set digest = '' where key = any(:keys)"
    session.execute(text(sql), {"keys": [str(key) for key in keys]})
