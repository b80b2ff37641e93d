"""Limits of failed sign-ins: per user name, per address and per known device."""

import math
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import sessions as queries
from app.accounts.service.audit import record
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import Throttled
from app.settings import Settings

NAME_LIMIT_FACTOR = 5
# Prefix length of the networks that providers assign to one customer, who can use each address in it.
IPV6_PREFIX = 64


def counted_address(address: str) -> str:
    """Return the address under which failed sign-ins are counted.

    An IPv4 address is returned unchanged, an IPv6 address as its /64 network.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip_network((ip.packed, IPV6_PREFIX), strict=False))


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
