"""Idempotency records of bulk actions."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


def claim_operation(
    session: Session,
    *,
    principal: str,
    key: str,
    route: str,
    digest: bytes,
    result: dict[str, Any],
    now: datetime,
) -> bool:
    """Claim one operation of a client; false when it took effect before. One under way elsewhere is waited for."""
    sql = """
      insert into applied_op (principal, key, route, digest, result, applied_at)
      values (:principal, :key, :route, :digest, cast(:result as jsonb), :now) on conflict do nothing returning 1
    """
    binds = {"principal": principal, "key": key, "route": route, "digest": digest, "now": now}
    return (
        session.scalar(text(sql), binds | {"result": orjson.dumps(result, default=str).decode()}) is not None
    )


def operation(session: Session, *, principal: str, key: str) -> RowMapping:
    sql = "select digest, result from applied_op where principal = :principal and key = :key"
    return session.execute(text(sql), {"principal": principal, "key": key}).mappings().one()
