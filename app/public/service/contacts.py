"""Use cases of a reporter who wants to be told by e-mail or SMS: ask for it, confirm, stop.

The secrets of the links in messages are derived from the key of the server and the id of the address, so that a job can write
them. Only their digests are stored.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.core import clock
from app.core.errors import Invalid, NotFound, Throttled, invalid_field
from app.core.ids import uuid7
from app.core.mail_addresses import email_of
from app.messages import service as messages
from app.messages.rules.addresses import phone_of
from app.messages.rules.outbox import DAY, EMAIL, NewMessage
from app.public.queries import contacts as queries
from app.public.rules import news
from app.public.service.cases import PublicCase, case_of_reporter
from app.public.service.city import PublicCity, open_city
from app.public.service.links import digest_of, follow, mark_used
from app.settings import Settings

# 96 bits: short enough for an SMS of 70 characters, and nobody finds one by trying.
_SECRET_LENGTH = 16
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class NewsAddress:
    """An address of a report as its reporter sees it. `address` is masked."""

    id: UUID
    channel: str
    address: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class ContactLink:
    """The use of an address, to which the link in a message leads.

    Attributes:
        is_live: False if the address is not used any more, or the link is too old.
    """

    contact_id: UUID
    city: PublicCity
    language: str
    case_no: str
    case: PublicCase
    is_live: bool
    is_confirmed: bool


def link_secret(settings: Settings, purpose: str, contact_id: UUID) -> str:
    """Return the secret of a link in the messages to an address.

    Args:
        purpose: `follow`, `confirm` or `stop`.
    """
    key = accounts.derived_key(settings.signing_key_file, "links in messages")
    mac = hmac.new(key, f"{purpose} {contact_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).decode()[:_SECRET_LENGTH]


def usable_address(channel: str, text: str, settings: Settings) -> str:
    """Return an address in its stored form.

    Raises:
        Invalid: Messages cannot be sent to it (`address_unusable`).
    """
    address = email_of(text) if channel == EMAIL else phone_of(text, settings.sms_countries)
    if address is None:
        raise invalid_field("email" if channel == EMAIL else "phone", "address_unusable")
    return address


def ask_for_messages(
    session: Session,
    city: PublicCity,
    secret: str,
    *,
    channel: str,
    address: str,
    language: str,
    source: bytes | None,
    settings: Settings,
) -> None:
    """Ask the owner of an address whether messages about the case of a link are wanted there. Idempotent.

    Nothing else is sent to the address before its owner has confirmed.

    Args:
        channel: `email` or `sms`.
        source: `source_digest` of the network address.

    Raises:
        NotFound: There is no such link, or the operator sends no messages of this kind.
        Invalid: Messages cannot be sent to the address.
        Throttled: There were too many questions to this address, from this network, or for this report.
    """
    followed = follow(session, city, secret)
    if channel not in messages.channels_on(settings):
        raise NotFound("not_found")
    usable = usable_address(channel, address, settings)
    digest, now = messages.address_digest(usable, settings), clock.now()
    counts = queries.counts(
        session,
        {
            "report_id": followed.report_id,
            "channel": channel,
            "address_digest": digest,
            "source_digest": source,
            "since": now - DAY,
        },
    )
    if counts["is_known"]:
        return
    _require_below_limits(counts)
    contact_id = uuid7()
    queries.insert_contact(
        session,
        {
            "id": contact_id,
            "report_id": followed.report_id,
            "channel": channel,
            "language": language,
            "address": usable,
            "address_digest": digest,
            "source_digest": source,
            "confirm_digest": digest_of(link_secret(settings, "confirm", contact_id)),
            "stop_digest": digest_of(link_secret(settings, "stop", contact_id)),
            "now": now,
        },
    )
    question = NewMessage(
        jurisdiction_id=city.id,
        channel=channel,
        kind=news.CONFIRMATION,
        address=usable,
        language=language,
        cause=f"contact:{contact_id}",
        subject_id=contact_id,
    )
    messages.add_message(session, question, settings=settings)
    mark_used(session, followed)


def _require_below_limits(counts: RowMapping) -> None:
    if counts["of_report"] >= news.ADDRESSES_MAX:
        raise Invalid("contacts_too_many", most=news.ADDRESSES_MAX)
    if counts["of_address"] >= news.QUESTIONS_MAX or counts["of_source"] >= news.QUESTIONS_OF_SOURCE_MAX:
        raise Throttled("confirmations_too_many", retry_after_s=_DAY_S)


def contacts_of(session: Session, city: PublicCity, secret: str) -> list[NewsAddress]:
    """Return the addresses at which the reporter of a link wants to be told, masked."""
    followed = follow(session, city, secret)
    return [
        NewsAddress(row["id"], row["channel"], row["address"], row["confirmed_at"] is not None)
        for row in queries.live_contacts(session, followed.report_id)
    ]


def addresses_of_reporters(session: Session, reporter_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return the addresses at which reporters are told, in full, for the export of what is stored about a person."""
    return [dict(row) for row in queries.contacts_of_reporters(session, reporter_ids)]


def stop_contact(session: Session, city: PublicCity, secret: str, contact_id: UUID) -> None:
    """End the messages to an address of the report of a link.

    Raises:
        NotFound: There is no such link, or the address is not of its report.
    """
    followed = follow(session, city, secret)
    if contact_id not in {row["id"] for row in queries.live_contacts(session, followed.report_id)}:
        raise NotFound("not_found")
    queries.end(session, contact_id, because="stopped", now=clock.now())


def confirming_link(session: Session, secret: str) -> ContactLink:
    """Return what a confirming link leads to.

    Raises:
        NotFound: There is no such link.
    """
    row = queries.contact_by_confirm(session, digest_of(secret))
    link = _link_of(session, row)
    is_in_time = row is not None and row["created_at"] > clock.now() - news.CONFIRM_WITHIN
    if link.is_live and not link.is_confirmed and not is_in_time:
        raise NotFound("not_found")
    return link


def confirm(session: Session, secret: str, *, settings: Settings) -> ContactLink:
    """Store that the owner of an address wants messages. Idempotent.

    Raises:
        NotFound: There is no such link, or it is too old.
    """
    link = confirming_link(session, secret)
    if link.is_live and not link.is_confirmed:
        queries.confirm(session, link.contact_id, state=link.case.state.code, now=clock.now())
    return link


def stopping_link(session: Session, secret: str) -> ContactLink:
    """Return what a stopping link leads to.

    Raises:
        NotFound: There is no such link.
    """
    return _link_of(session, queries.contact_by_stop(session, digest_of(secret)))


def stop(session: Session, secret: str) -> ContactLink:
    """End the messages to the address of a stopping link. Idempotent.

    Raises:
        NotFound: There is no such link.
    """
    link = stopping_link(session, secret)
    queries.end(session, link.contact_id, because="stopped", now=clock.now())
    return link


def _link_of(session: Session, row: RowMapping | None) -> ContactLink:
    if row is None:
        raise NotFound("not_found")
    city = open_city(session, row["city_code"])
    case, _ = case_of_reporter(session, city, row["incident_id"])
    return ContactLink(
        row["id"],
        city,
        row["language"],
        row["case_no"],
        case,
        is_live=row["ended_at"] is None,
        is_confirmed=row["confirmed_at"] is not None,
    )


def place_of_link(session: Session, secret: str) -> tuple[str, str]:
    """Return the code of the city and the language of a secret link.

    Raises:
        NotFound: There is no such link, or it was revoked.
    """
    row = queries.place_of_link(session, digest_of(secret))
    if row is None:
        raise NotFound("not_found")
    return row["city_code"], row["language"]


def forget_old(session: Session, *, now: datetime) -> None:
    """End addresses that nobody confirmed and those of cases that ended long ago, and delete old rows."""
    queries.end_old(
        session,
        unconfirmed=now - news.CONFIRM_WITHIN,
        over=now - news.KEPT_AFTER_END,
        ended=now - news.ENDED_KEPT,
        now=now,
    )
