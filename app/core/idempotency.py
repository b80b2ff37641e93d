"""One table of applied operations serves client-made ids, Idempotency-Key and sync."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base
from app.core.errors import Busy, Invalid


class AppliedOp(Base):
    """An operation that took effect, written in the same transaction as its effect."""

    __tablename__ = "applied_op"
    __table_args__ = (Index("ix_applied_op_about", text("operation_about(key, route, result)")),)

    principal: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    route: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    result: Mapped[dict[str, Any] | None]
    applied_at: Mapped[datetime]


def digest(body: dict[str, Any]) -> bytes:
    """Return a hash of the parsed body that does not depend on key order or white space."""
    return hashlib.sha256(canonical(body)).digest()


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys of any value that came as JSON."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # A whole number over 64 bits, half of a surrogate pair: what is wrong with it is for others to say.
        return json.dumps(value, default=str, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Request:
    """One intention of a caller over HTTP: the same key for the same address is the same intention."""

    principal: str
    key: str
    route: str
    digest: bytes


def stored_response(session: Session, request: Request) -> dict[str, Any] | None:
    """Return the stored response of a request. None: the caller executes it, alone until the transaction ends.

    Raises Busy while somebody else does it, and Invalid if the key was used with another body.
    """
    lock = "select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"
    if not session.scalar(text(lock), {"name": f"key {request.principal} {request.key}"}):
        raise Busy("idempotency_in_flight")
    sql = "select digest, result from applied_op where principal = :principal and key = :key"
    binds = {"principal": request.principal, "key": request.key}
    row = session.execute(text(sql), binds).mappings().one_or_none()
    if row is None:
        return None
    if bytes(row["digest"]) != request.digest:
        raise Invalid("idempotency_key_reused")
    response: dict[str, Any] = row["result"]
    return response


def store_response(session: Session, request: Request, response: dict[str, Any], *, now: datetime) -> None:
    """Store a response in the transaction of its effect."""
    sql = """
      insert into applied_op (principal, key, route, digest, result, applied_at)
      values (:principal, :key, :route, :digest, cast(:answer as jsonb), :now)
    """
    binds = asdict(request) | {"answer": orjson.dumps(response).decode(), "now": now}
    session.execute(text(sql), binds)


def erase_operations(session: Session, ids: Sequence[UUID]) -> None:
    """Blank the digests of the operations upon rows with these ids, and the answers that were kept of them.

    What was said can then no longer be guessed from a digest nor read from an answer. The keys stay used: the same request
    again is refused.
    """
    sql = """
      update applied_op set digest = '', result =
        case when position(' /' in key) > 0 then '{}' else result - 'fields' - 'errors' end
      where operation_about(key, route, result) = any(cast(:ids as text[]))
    """
    session.execute(text(sql), {"ids": [str(row_id) for row_id in ids]})


def prune(session: Session, *, before: datetime, limit: int) -> int:
    """Forget up to `limit` operations applied before. Returns how many."""
    sql = """delete from applied_op where ctid = any(array(
               select ctid from applied_op where applied_at < :before limit :limit)) returning 1"""
    return len(session.execute(text(sql), {"before": before, "limit": limit}).all())
