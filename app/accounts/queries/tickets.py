"""SQL of stream tickets, and of the permission epochs of the accounts of valid sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid, any_, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.accounts.models import Account, Device, StreamTicket
from app.accounts.models import Session as SignInSession
from app.accounts.queries.rows import AnyRow

_INSERT = insert(StreamTicket)

# Of two callers with one ticket, the second waits for the row lock of the first and then finds the ticket used.
_used_ticket = (
    update(StreamTicket)
    .where(
        StreamTicket.token_hash == bindparam("of_ticket"),
        StreamTicket.used_at.is_(None),
        StreamTicket.expires_at > bindparam("at"),
        StreamTicket.access_ends_at > bindparam("at"),
    )
    .values(used_at=bindparam("at"))
    .returning(StreamTicket.session_id, StreamTicket.access_ends_at)
    .cte("used_ticket")
)
_USE = select(
    SignInSession.account_id,
    SignInSession.id.label("session_id"),
    SignInSession.device_id,
    _used_ticket.c.access_ends_at,
).join(_used_ticket, SignInSession.id == _used_ticket.c.session_id)

_EPOCHS = (
    select(SignInSession.id, Account.permission_epoch)
    .join(Account, Account.id == SignInSession.account_id)
    .join(Device, Device.id == SignInSession.device_id)
    .where(
        SignInSession.id == any_(bindparam("session_ids", type_=ARRAY(Uuid))),
        Account.disabled_at.is_(None),
        Account.deleted_at.is_(None),
        SignInSession.revoked_at.is_(None),
        SignInSession.expires_at > bindparam("now"),
        Device.revoked_at.is_(None),
        Device.deleted_at.is_(None),
    )
)

_DELETE_EXPIRED = delete(StreamTicket).where(StreamTicket.expires_at < bindparam("before"))


def insert_ticket(session: Session, row: dict[str, Any]) -> None:
    """Store a ticket.

    Args:
        row: Values of the columns of `StreamTicket`.
    """
    session.execute(_INSERT, row)


def use_ticket(session: Session, *, token_hash: bytes, at: datetime) -> AnyRow | None:
    """Mark a ticket as used and return its account, session, device and `access_ends_at`.

    Return None if the ticket is unknown, used or expired.
    """
    return session.execute(_USE, {"of_ticket": token_hash, "at": at}).one_or_none()


def epochs(connection: Connection, session_ids: list[UUID], *, now: datetime) -> dict[UUID, int]:
    """Return the permission epoch of each session's account, by the id of the session.

    Sessions that are no longer valid are left out.
    """
    rows = connection.execute(_EPOCHS, {"session_ids": session_ids, "now": now})
    return {row.id: row.permission_epoch for row in rows}


def prune_tickets(session: Session, *, before: datetime) -> None:
    """Delete the tickets that expired before an instant."""
    session.execute(_DELETE_EXPIRED, {"before": before})
