"""One-time tickets that open an event stream without Authorization header.

The module also checks whether the sessions of open streams are still valid.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.accounts.queries import tickets as queries
from app.accounts.rules import tokens
from app.accounts.service.keys import keys_of
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Unauthenticated
from app.settings import Settings

TICKET_SECONDS = 30


def access_ends(settings: Settings, header: str | None) -> datetime:
    """Return the instant at which the access token in an Authorization header expires."""
    keys = keys_of(settings.signing_key_file)
    return tokens.access_ends(keys, tokens.bearer(header), issuer=settings.issuer)


def issue_ticket(session: Session, actor: Actor, *, access_ends_at: datetime) -> str:
    """Create a ticket with which the actor's session can open one event stream, once.

    Only the hash of the ticket is stored.
    """
    if actor.session_id is None:
        raise Unauthenticated("unauthenticated")
    now = clock.now()
    ticket = tokens.new_refresh()
    row = {
        "token_hash": tokens.digest(ticket),
        "session_id": actor.session_id,
        "issued_at": now,
        "expires_at": now + timedelta(seconds=TICKET_SECONDS),
        "access_ends_at": access_ends_at,
    }
    queries.insert_ticket(session, row)
    return ticket


def redeem_ticket(session: Session, ticket: str) -> tuple[tokens.Claims, datetime]:
    """Mark a ticket as used. Return (claims of its session, instant at which its stream ends).

    Raises:
        Unauthenticated: `ticket_invalid`: the ticket is unknown, used or expired.
    """
    ticket_row = queries.use_ticket(session, token_hash=tokens.digest(ticket), at=clock.now())
    if ticket_row is None:
        raise Unauthenticated("ticket_invalid")
    return tokens.Claims(
        ticket_row.account_id, ticket_row.session_id, ticket_row.device_id
    ), ticket_row.access_ends_at


def session_epochs(connection: Connection, session_ids: list[UUID]) -> dict[UUID, int]:
    """Return the permission epoch of each session's account, by the id of the session.

    Sessions that are no longer valid are left out.
    """
    return queries.epochs(connection, session_ids, now=clock.now())
