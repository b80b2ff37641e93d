"""Use cases of the SMS and e-mails of notices: make them in batches, make their words, store that they were sent.

The secret of the link is derived from the key of the server and the subject of the message, as in messages to reporters.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock, jobs
from app.core.errors import NotFound
from app.core.ids import uuid7
from app.core.links import link
from app.core.mail_addresses import email_of
from app.messages import service as messages
from app.messages.rules.addresses import phone_of, phone_pattern
from app.messages.rules.outbox import EMAIL, SMS, Content, NewMessage, Waiting
from app.notices.queries import messages as queries
from app.notices.queries import states
from app.notices.rules.messages import content_of
from app.notices.rules.notices import MessageRoutes
from app.public import service as public
from app.settings import Settings

KIND = "notice"
BATCH = 500
_ANSWERED = frozenset({"understood", "needs_help", "declined", "opted_out"})


def message_routes(settings: Settings) -> MessageRoutes:
    """Return the addresses to which the operator sends messages."""
    usable = messages.channels_on(settings)
    return MessageRoutes(
        phone_pattern=phone_pattern(settings.sms_countries) if SMS in usable else None,
        has_mail=EMAIL in usable,
    )


def make_messages(session: Session, *, settings: Settings, most: int = BATCH) -> int:
    """Make the messages of at most `most` deliveries by SMS or e-mail. Return the number of deliveries.

    A household whose address or consent is gone gets none, and stays `not_reached`.
    """
    rows = queries.unmade(session, routes=_every_route(settings), limit=most)
    if not rows:
        return 0
    names = ("notice_id", "household_id", "channel")
    subjects = [(uuid7(), row) for row in rows]
    queries.mark_made(session, [{"id": id} | {name: row[name] for name in names} for id, row in subjects])
    made = [message for id, row in subjects if (message := _message(id, row, settings)) is not None]
    if made:
        messages.add_messages(session, made, settings=settings)
    return len(rows)


def wake_if_unmade(session: Session) -> None:
    """Add the job that makes messages, if an earlier one left some behind."""
    if queries.is_unmade(session):
        session.execute(jobs.ENQUEUE, jobs.enqueue_binds("notices.make_messages", queue=jobs.MESSAGES))


def _every_route(settings: Settings) -> MessageRoutes:
    """Return the routes of published notices. A message waits for a channel that is off for a while."""
    return MessageRoutes(phone_pattern=phone_pattern(settings.sms_countries), has_mail=True)


def _address(row: RowMapping, settings: Settings) -> str | None:
    if not row["address"]:
        return None
    return (
        email_of(row["address"])
        if row["channel"] == EMAIL
        else phone_of(row["address"], settings.sms_countries)
    )


def _message(subject_id: UUID, row: RowMapping, settings: Settings) -> NewMessage | None:
    address = _address(row, settings)
    if address is None:
        return None
    return NewMessage(
        jurisdiction_id=row["jurisdiction_id"],
        channel=row["channel"],
        kind=KIND,
        address=address,
        language="zh" if "zh" in row["texts"] else "en",
        cause=f"notice:{row['notice_id']}:{row['household_id']}:{row['channel']}",
        subject_id=subject_id,
        is_news=True,
    )


def forget_numbers(session: Session, phone_digests: Sequence[bytes]) -> None:
    """Erase numbers from deliveries, so that SMS from them are no replies any more."""
    queries.forget_phones(session, phone_digests)


class NoticeComposer:
    """Makes the words of the SMS or e-mail of a notice: its title and the link of the household."""

    def compose(self, session: Session, message: Waiting, *, settings: Settings) -> Content | str:
        if message.subject_id is None:
            return "ended"
        row = queries.subject(session, message.subject_id, routes=_every_route(settings))
        reason = _reason_against(row, message, settings)
        if row is None or reason is not None:
            return reason or "ended"
        try:
            city = public.open_city(session, row["city_code"])
        except NotFound:
            return "door_closed"
        secret = public.link_secret(settings, KIND, message.subject_id)
        queries.set_digest(session, message.subject_id, public.digest_of(secret))
        return content_of(
            message.channel,
            message.language,
            title=row["texts"][message.language]["title"],
            address=f"{settings.public_url}{link(f'/public/h/{secret}')}",
            city=city.name.get(message.language, ""),
        )

    def note_sent(self, session: Session, message: Waiting, content: Content) -> None:
        if message.subject_id is None:
            return
        row = queries.subject(session, message.subject_id, routes=MessageRoutes(None, has_mail=False))
        if row is None:
            return
        if message.channel == SMS:
            queries.set_phone(session, message.subject_id, message.address_digest)
        step: dict[str, Any] = {"notice_id": row["notice_id"], "household_id": row["household_id"]}
        step |= {"state": "sent", "channel": message.channel, "actor_id": None, "receipt_id": None}
        states.add_event(session, step | {"occurred_at": clock.now()})


def _reason_against(row: RowMapping | None, message: Waiting, settings: Settings) -> str | None:
    """Return the reason why a message is of no use any more, or None."""
    if row is None or row["state"] != "published" or row["valid_until"] <= clock.now():
        return "notice_over"
    if row["is_opted_out"] or row["revoked_at"] is not None or not row["is_present"]:
        return "opted_out"
    if row["household_state"] in _ANSWERED:
        return "answered"
    return None if _address(row, settings) == message.address else "no_consent"
