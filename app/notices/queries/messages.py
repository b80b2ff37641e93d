"""SQL of the SMS and e-mails of notices: deliveries without one, their addresses, and what the words are made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.notices.queries.addressees import consenting
from app.notices.rules.notices import MessageRoutes

_REASONS = {
    "household": "addressees of a published notice, for the job that tells them",
    "notice": "published notices, for the job that delivers them",
    "resident": "addresses of residents who consented to notices by SMS or e-mail",
}
# Of the resident who consented last; a household gets one message by each channel.
_ADDRESS = Fragment(
    """case d.channel when 'sms' then (select r.phone {by_sms} order by c.given_at desc, r.id limit 1)
         else (select r.email {by_email} order by c.given_at desc, r.id limit 1) end""",
    by_sms=consenting("sms"),
    by_email=consenting("email"),
)
# As the partial index of deliveries without a message has it.
_IS_UNMADE = Fragment("d.channel in ('sms','email') and d.message_subject_id is null")
_UNMADE = unscoped(
    Fragment(
        """
        select d.notice_id, d.household_id, d.channel, notice.jurisdiction_id, notice.texts, {address} address
        from notice_delivery d
        join notice on notice.id = d.notice_id join household on household.id = d.household_id
        where {is_unmade} and notice.state <> 'publishing'
        order by d.notice_id, d.household_id limit :limit for update of d skip locked
        """,
        address=_ADDRESS,
        is_unmade=_IS_UNMADE,
    ),
    **_REASONS,
)
_HAS_UNMADE = Fragment(
    """
    select exists (
      select from notice_delivery d where {is_unmade}
        and d.notice_id not in (select b.notice_id from notice_batch b))
    """,
    is_unmade=_IS_UNMADE,
)
_MARK = text("""
  update notice_delivery d set message_subject_id = m.id
  from jsonb_to_recordset(cast(:marks as jsonb)) m(id uuid, notice_id uuid, household_id uuid, channel text)
  where d.notice_id = m.notice_id and d.household_id = m.household_id and d.channel = m.channel
""")
_SUBJECT = unscoped(
    Fragment(
        """
        select d.notice_id, d.household_id, d.channel, d.revoked_at, notice.texts, notice.state, notice.valid_until,
          addressee.state household_state, {address} address,
          (select j.code from jurisdiction j where j.id = notice.jurisdiction_id) city_code,
          household.deleted_at is null and household.moved_away_at is null is_present,
          exists (select from notice_opt_out o where o.household_id = d.household_id and o.withdrawn_at is null
            and (o.purpose is null or o.purpose = notice.purpose)
            and (o.channel is null or o.channel = d.channel)) is_opted_out
        from notice_delivery d
        join notice on notice.id = d.notice_id join household on household.id = d.household_id
        join notice_household addressee on addressee.notice_id = d.notice_id and addressee.household_id = d.household_id
        where d.message_subject_id = :id for update of d
        """,
        address=_ADDRESS,
    ),
    **_REASONS,
)
_SET_PHONE = text("update notice_delivery set phone_digest = :digest where message_subject_id = :id")
_FORGET_PHONES = text("""
  update notice_delivery set phone_digest = null where phone_digest = any(cast(:digests as bytea[]))
""")
# The newest SMS to a number whose household still lives there; running notices first.
_NEWEST = unscoped(
    Fragment("""
      select d.household_id, d.secret_digest, notice.jurisdiction_id,
        notice.state = 'published' and notice.valid_until > :now and d.secret_digest is not null is_running
      from notice_delivery d join notice on notice.id = d.notice_id join household on household.id = d.household_id
      where d.phone_digest = :digest and household.deleted_at is null and household.moved_away_at is null
      order by is_running desc, d.sent_at desc, d.notice_id desc limit 1
    """),
    household="the household whose number sent an SMS",
    notice="the notice that went to a number",
)
_SET_DIGEST = text("update notice_delivery set secret_digest = :digest where message_subject_id = :id")


def unmade(session: Session, *, routes: MessageRoutes, limit: int) -> Sequence[RowMapping]:
    """Lock and return deliveries for which no message was made. `address` is null if the address or consent is gone."""
    return session.execute(_UNMADE, routes.binds() | {"limit": limit}).mappings().all()


def is_unmade(session: Session) -> bool:
    """Return True if a delivery by SMS or e-mail has no message."""
    return bool(session.scalar(_HAS_UNMADE))


def mark_made(session: Session, marks: Sequence[dict[str, Any]]) -> None:
    """Store the subjects of the messages of deliveries, each as `id`, `notice_id`, `household_id`, `channel`."""
    session.execute(_MARK, {"marks": orjson.dumps(list(marks), default=str).decode()})


def subject(session: Session, subject_id: UUID, *, routes: MessageRoutes) -> RowMapping | None:
    """Lock and return the delivery of a message with its notice and household as they are now, or None."""
    return session.execute(_SUBJECT, routes.binds() | {"id": subject_id}).mappings().one_or_none()


def set_phone(session: Session, subject_id: UUID, digest: bytes) -> None:
    """Store the keyed digest of the number to which a message was sent."""
    session.execute(_SET_PHONE, {"id": subject_id, "digest": digest})


def forget_phones(session: Session, digests: Sequence[bytes]) -> None:
    """Erase the digests of numbers from deliveries."""
    session.execute(_FORGET_PHONES, {"digests": list(digests)})


def newest_sent_to(session: Session, phone_digest: bytes, *, now: datetime) -> RowMapping | None:
    """Return the delivery of the newest SMS to a number, one of a running notice first; None: there is none.

    Columns: `household_id`, `jurisdiction_id`, `secret_digest`, and `is_running`, True if the household can answer.
    """
    return session.execute(_NEWEST, {"digest": phone_digest, "now": now}).mappings().one_or_none()


def set_digest(session: Session, subject_id: UUID, digest: bytes) -> None:
    """Store the digest of the link in a message."""
    session.execute(_SET_DIGEST, {"id": subject_id, "digest": digest})
