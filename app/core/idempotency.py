"""One table of applied operations serves client-made ids, Idempotency-Key and sync."""

import hashlib
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import LargeBinary, Text, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base


class AppliedOp(Base):
    """An operation that took effect, written in the same transaction as its effect."""

    __tablename__ = "applied_op"

    principal: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    route: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    result: Mapped[dict[str, Any] | None]
    applied_at: Mapped[datetime]


def digest(body: dict[str, Any]) -> bytes:
    """A hash of the parsed body that does not depend on key order or white space."""
    return hashlib.sha256(orjson.dumps(body, default=str, option=orjson.OPT_SORT_KEYS)).digest()


def prune(session: Session, *, before: datetime, limit: int) -> int:
    """Forget up to `limit` operations applied before. Returns how many."""
    sql = """delete from applied_op where ctid = any(array(
               select ctid from applied_op where applied_at < :before limit :limit)) returning 1"""
    return len(session.execute(text(sql), {"before": before, "limit": limit}).all())
