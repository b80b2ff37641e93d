"""Operations that were applied: a client's id makes a write safe to send again (core/idempotency)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.db import sql_text


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


def claim_each(
    session: Session, *, principal: str, route: str, digests: Mapping[UUID, bytes], now: datetime
) -> int:
    """Claim operations by their keys; how many were new."""
    sql = """
      insert into applied_op (principal, key, route, digest, applied_at)
      select :principal, o.key, :route, o.digest, :now
      from unnest(cast(:keys as text[]), cast(:digests as bytea[])) o(key, digest)
      on conflict do nothing returning 1
    """
    binds = {"principal": principal, "route": route, "now": now}
    binds |= {"keys": [str(key) for key in digests], "digests": list(digests.values())}
    return len(session.execute(sql_text(sql), binds).all())
