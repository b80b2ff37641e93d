"""SQL of stream tickets, and of the permission epochs of live sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text
from sqlalchemy.orm import Session

_INSERT = text("""
    insert into stream_ticket (token_hash, session_id, issued_at, expires_at, access_ends_at)
    values (:token_hash, :session_id, :at, :expires_at, :access_ends_at)
""")

# The row lock of the update lets one of two callers have it.
_USE = text("""
    with used as (
      update stream_ticket set used_at = :at
      where token_hash = :token_hash and used_at is null and expires_at > :at and access_ends_at > :at
      returning session_id, access_ends_at)
    select s.account_id, s.id as session_id, s.device_id, u.access_ends_at
    from used u join session s on s.id = u.session_id
""")

_EPOCHS = text("""
    select s.id, a.permission_epoch from session s
    join account a on a.id = s.account_id join device d on d.id = s.device_id
    where s.id = any(:session_ids) and a.disabled_at is null and a.deleted_at is null and s.revoked_at is null
      and s.expires_at > :now and d.revoked_at is null and d.deleted_at is null
""")

_PRUNE = text("delete from stream_ticket where expires_at < :before")


def insert_ticket(
    session: Session,
    *,
    token_hash: bytes,
    session_id: UUID,
    at: datetime,
    expires_at: datetime,
    access_ends_at: datetime,
) -> None:
    binds = {
        "token_hash": token_hash,
        "session_id": session_id,
        "at": at,
        "expires_at": expires_at,
        "access_ends_at": access_ends_at,
    }
    session.execute(_INSERT, binds)


def use_ticket(session: Session, *, token_hash: bytes, at: datetime) -> Row[Any] | None:
    return session.execute(_USE, {"token_hash": token_hash, "at": at}).one_or_none()


def epochs(connection: Connection, session_ids: list[UUID], *, now: datetime) -> dict[UUID, int]:
    """Return the permission epoch of the account of each session that is live."""
    rows = connection.execute(_EPOCHS, {"session_ids": session_ids, "now": now})
    return {row.id: row.permission_epoch for row in rows}


def prune_tickets(session: Session, *, before: datetime) -> None:
    session.execute(_PRUNE, {"before": before})
