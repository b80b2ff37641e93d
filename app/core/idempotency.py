"""One table of applied operations serves client-made ids, Idempotency-Key and sync."""

import hashlib
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

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
