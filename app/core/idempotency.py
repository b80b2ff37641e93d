"""Idempotency: one table of applied operations, so that a repeat has no second effect.

The table is used for requests with an Idempotency-Key, for operations that phones push, and for rows whose id the client made.
An operation is stored in the transaction of its effect.

The answer to a repeated operation depends on its kind: `@blp.keyed` (`app.http.idempotency`) stores the response and sends it
again, and refuses a repeat while the first request runs. A report stores the id of its case, waits for the first request, and
sends the case as it is now (`app.incidents.reporting.service.reports`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Index, LargeBinary, Text, bindparam, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base, Fragment
from app.core.errors import Busy, DomainError, Invalid


class AppliedOp(Base):
    """An applied operation, stored in the same transaction as its effect."""

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
    """Return a JSON value as JSON text with sorted keys."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # A whole number over 64 bits, half of a surrogate pair: what is wrong with it is for others to say.
        return json.dumps(value, default=str, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Request:
    """An operation that a caller requests.

    The same key of the same principal (the caller, as text) identifies the same operation. `digest` is the digest of the body.
    If a repeat has another digest, the key was used for another operation.
    """

    principal: str
    key: str
    route: str
    digest: bytes


# Claims an operation. A transaction that applies the same operation is waited for. Returns no row if it was applied before.
CLAIM = Fragment("""
  insert into applied_op (principal, key, route, digest, result, applied_at)
  values (:principal, :key, :route, :digest, cast(:result as jsonb), :now) on conflict do nothing returning 1
""")
_OF_REQUEST = (
    AppliedOp.principal == bindparam("of_principal", None, Text()),
    AppliedOp.key == bindparam("of_key", None, Text()),
)
_APPLIED = select(AppliedOp.digest, AppliedOp.result).where(*_OF_REQUEST)
_ADD_TO_RESULT = (
    update(AppliedOp)
    .where(*_OF_REQUEST)
    .values(result=AppliedOp.result.op("||")(bindparam("members", None, AppliedOp.result.type)))
    .execution_options(synchronize_session=False)
)


def claim_binds(request: Request, result: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the binds of `CLAIM`, which stores an operation unless it was applied before.

    Args:
        result: The result that a repeat of the operation gets.
    """
    return asdict(request) | {"result": orjson.dumps(result, default=str).decode(), "now": now}


def applied_result(session: Session, request: Request, *, reused: DomainError) -> dict[str, Any] | None:
    """Return the stored result of an operation, or None if it was not applied yet.

    Args:
        reused: The error that is raised if the key was used with another body.

    Raises:
        DomainError: The error `reused`.
    """
    row = session.execute(_APPLIED, {"of_principal": request.principal, "of_key": request.key}).one_or_none()
    if row is None:
        return None
    if bytes(row.digest) != request.digest:
        raise reused
    result: dict[str, Any] = row.result
    return result


def add_to_result(session: Session, request: Request, members: dict[str, Any]) -> None:
    """Add members to the stored result of an operation, in the transaction that applies it."""
    binds = {"of_principal": request.principal, "of_key": request.key, "members": members}
    session.execute(_ADD_TO_RESULT, binds)


def stored_response(session: Session, request: Request) -> dict[str, Any] | None:
    """Return the stored response of a request, or None if the caller has to execute it.

    If the result is None, no other transaction can execute the request until this transaction ends.

    Raises:
        Busy: Another transaction executes it now.
        Invalid: The key was used with another body.
    """
    lock = "select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"
    if not session.scalar(text(lock), {"name": f"key {request.principal} {request.key}"}):
        raise Busy("idempotency_in_flight")
    return applied_result(session, request, reused=Invalid("idempotency_key_reused"))


def store_response(session: Session, request: Request, response: dict[str, Any], *, now: datetime) -> None:
    """Store a response in the transaction of its effect."""
    session.execute(CLAIM, claim_binds(request, response, now=now))


def erase_operations(session: Session, ids: Sequence[UUID]) -> None:
    """Erase the digests and stored responses of operations on the rows with these ids.

    The content of a request can then not be guessed from a digest or read from a response. The keys stay stored: the same
    request is refused if it is sent again.
    """
    sql = """
      update applied_op set digest = '', result =
        case when position(' /' in key) > 0 then '{}' else result - 'fields' - 'errors' end
      where operation_about(key, route, result) = any(cast(:ids as text[]))
    """
    session.execute(text(sql), {"ids": [str(row_id) for row_id in ids]})


def prune(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` operations that were applied before `before`; return their number."""
    sql = """delete from applied_op where ctid = any(array(
               select ctid from applied_op where applied_at < :before limit :limit)) returning 1"""
    return len(session.execute(text(sql), {"before": before, "limit": limit}).all())
