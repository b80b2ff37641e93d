"""Limits of failed sign-ins: per user name, per address and per known device."""

import math
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import sessions as queries
from app.accounts.service.audit import record
from app.core import clock
from app.core.actor import SYSTEM
from app.core.addresses import counted_address
from app.core.errors import Throttled
from app.settings import Settings

NAME_LIMIT_FACTOR = 5


def require_attempts_left(
    session: Session, *, settings: Settings, username: str, address: str, device_key: str | None = None
) -> None:
    """Refuse a sign-in if too many attempts failed in the time window of the settings.

    Failures of a user name are counted per address, so that nobody can lock out the owner from another address. A higher
    limit per user name applies to all addresses together. A device that has signed in to the account before has its own
    limit instead, so that the owner can sign in during an attack.

    Args:
        device_key: The device of the attempt if the account has used it before, else None.

    Raises:
        Throttled: `sign_in_throttled`, with the seconds until the next attempt.
    """
    now = clock.now()
    limiting_failures = queries.limiting_failures(
        session,
        username=username,
        address=counted_address(address),
        device_key=device_key,
        since=now - settings.sign_in_window,
        name_and_address=settings.sign_in_failures_per_name,
        name=settings.sign_in_failures_per_name * NAME_LIMIT_FACTOR,
        by_address=settings.sign_in_failures_per_address,
    )
    if limiting_failures:
        wait = (max(limiting_failures) + settings.sign_in_window - now).total_seconds()
        raise Throttled("sign_in_throttled", retry_after_s=max(1, math.ceil(wait)))


def note_failure(
    session: Session, *, username: str, address: str, account_id: UUID | None, device_key: str | None = None
) -> None:
    """Store a failed sign-in, which counts for the limits, and an audit event.

    If the user name is known, the audit event names the account. It never has the typed user name, because people sometimes
    type a password into that field.
    """
    attempt = {
        "username": username,
        "address": counted_address(address),
        "device_key": device_key,
        "at": clock.now(),
    }
    queries.insert_attempt(session, attempt)
    record(
        session,
        SYSTEM,
        action="session.sign_in_failed",
        entity="account",
        entity_id=account_id,
        detail={"address": address, "account": "unknown" if account_id is None else "known"},
    )
