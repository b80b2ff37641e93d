"""Secret links: a reporter without an account follows the case of the report with one."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, Throttled
from app.core.ids import uuid7
from app.public.queries import links as queries
from app.public.rules.door import LINKS_MAX, door_actor
from app.public.service.city import PublicCity

# 192 random bits: nobody finds a link by trying.
_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Followed:
    """The report and the case of a secret link.

    Attributes:
        own_incident_id: The case of the report.
        incident_id: The case into which that case was merged; else the same.
        actor: The actor through whom the reporter acts on the case.
        facts: The row of the link.
    """

    report_id: UUID
    own_incident_id: UUID
    incident_id: UUID
    actor: Actor
    facts: RowMapping


def digest_of(secret: str) -> bytes:
    """Return the digest of the secret of a link. The secret has 192 random bits, so it needs no salt."""
    return hashlib.sha256(secret.encode()).digest()


def new_secret() -> str:
    """Return the secret of a new link."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def make_link(session: Session, report_id: UUID) -> str:
    """Store a new link to the case of a report, and return its secret, which is not stored.

    Raises:
        Throttled: The report has ten links.
    """
    if queries.live_links(session, report_id) >= LINKS_MAX:
        raise Throttled("too_many_links", retry_after_s=86_400)
    secret = new_secret()
    values: dict[str, Any] = {
        "id": uuid7(),
        "report_id": report_id,
        "secret_digest": digest_of(secret),
        "created_at": clock.now(),
    }
    queries.insert_link(session, values)
    return secret


def follow(session: Session, city: PublicCity, secret: str) -> Followed:
    """Return the report and the case of a link.

    Raises:
        NotFound: There is no such link in this city, or it was revoked.
    """
    row = queries.followed(session, digest_of(secret))
    if row is None or row["jurisdiction_id"] != city.id:
        raise NotFound("not_found")
    actor = door_actor(city.id, row["caller_id"])
    return Followed(row["report_id"], row["own_incident_id"], row["incident_id"], actor, row)


def mark_used(session: Session, followed: Followed) -> None:
    """Store that a link was used today."""
    today = clock.now().date()
    if followed.facts["last_used_on"] != today:
        queries.mark_used(session, followed.facts["link_id"], today)


def revoke(session: Session, city: PublicCity, secret: str) -> None:
    """Revoke a link: nobody can use it any more.

    Raises:
        NotFound: There is no such link in this city.
    """
    follow(session, city, secret)
    queries.revoke(session, digest_of(secret), now=clock.now())
