"""Limits on failed sign-ins: per name and address, per name, per address, and per known device."""

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
# A household or a phone has a whole network of this size, and may use any address of it.
IPV6_PREFIX = 64


def counted_address(address: str) -> str:
    """Return what failures of an address are counted by: an IPv4 address itself, the /64 of an IPv6 address."""
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
    """Refuse while too many attempts failed.

    The limit for a name counts per address, so that nobody locks out somebody else from elsewhere; a higher one for
    the name from all addresses bounds what many addresses can try together. A device that signed in to the account
    before has a limit of its own in place of these: its owner gets in whatever others try.

    Args:
        device_key: The device that the attempt comes from, if the account knows it.
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
    """Record a failed sign-in, for throttling and in the audit trail.

    The trail never has the name that was tried, known or not: people type passwords into that field. Of a known name
    it has the account.
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
