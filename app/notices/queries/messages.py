"""SQL of the SMS of notices: households without one, their numbers, and what the words are made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.notices.queries.addressees import CONSENTS, NUMBERS
from app.notices.rules.notices import SMS_CONSENTS

_REASONS = {
    "household": "addressees of a published notice, for the job that tells them",
    "notice": "published notices, for the job that delivers them",
    "resident": "numbers of residents who consented to notices by SMS",
}
# The resident who consented last; the job sends one SMS to a household.
_NUMBER = Fragment(
    """(select r.phone from {numbers} where r.household_id = household.id and {consents}
        order by c.given_at desc, r.id limit 1)""",
    numbers=Fragment(NUMBERS),
    consents=Fragment(CONSENTS),
)
_UNMADE = unscoped(
    Fragment(
        """
        select d.notice_id, d.household_id, notice.jurisdiction_id, notice.texts, {number} phone
        from notice_delivery d
        join notice on notice.id = d.notice_id join household on household.id = d.household_id
        where d.channel = 'sms' and d.message_subject_id is null and notice.state <> 'publishing'
        order by d.notice_id, d.household_id limit :limit for update of d skip locked
        """,
        number=_NUMBER,
    ),
    **_REASONS,
)
_IS_UNMADE = text("""
  select exists (
    select from notice_delivery d where d.channel = 'sms' and d.message_subject_id is null
      and d.notice_id not in (select b.notice_id from notice_batch b))
""")
_MARK = text("""
  update notice_delivery d set message_subject_id = m.id
  from jsonb_to_recordset(cast(:marks as jsonb)) m(id uuid, notice_id uuid, household_id uuid)
  where d.notice_id = m.notice_id and d.household_id = m.household_id and d.channel = 'sms'
""")
_SUBJECT = unscoped(
    Fragment(
        """
        select d.notice_id, d.household_id, d.revoked_at, notice.texts, notice.state, notice.valid_until,
          addressee.state household_state, {number} phone,
          household.deleted_at is null and household.moved_away_at is null is_present,
          exists (select from notice_opt_out o where o.household_id = d.household_id and o.withdrawn_at is null
            and (o.purpose is null or o.purpose = notice.purpose)
            and (o.channel is null or o.channel = 'sms')) is_opted_out
        from notice_delivery d
        join notice on notice.id = d.notice_id join household on household.id = d.household_id
        join notice_household addressee on addressee.notice_id = d.notice_id and addressee.household_id = d.household_id
        where d.message_subject_id = :id for update of d
        """,
        number=_NUMBER,
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


def unmade(session: Session, *, phone_pattern: str, limit: int) -> Sequence[RowMapping]:
    """Lock and return deliveries by SMS for which no message was made. `phone` is null if the number or consent is gone."""
    binds = {"phone_pattern": phone_pattern, "sms_consents": list(SMS_CONSENTS), "limit": limit}
    return session.execute(_UNMADE, binds).mappings().all()


def is_unmade(session: Session) -> bool:
    """Return True if a delivery by SMS has no message."""
    return bool(session.scalar(_IS_UNMADE))


def mark_made(session: Session, marks: Sequence[dict[str, Any]]) -> None:
    """Store the subjects of the messages of deliveries, each as `id`, `notice_id`, `household_id`."""
    session.execute(_MARK, {"marks": orjson.dumps(list(marks), default=str).decode()})


def subject(session: Session, subject_id: UUID, *, phone_pattern: str) -> RowMapping | None:
    """Lock and return the delivery of a message with its notice and household as they are now, or None."""
    binds = {"id": subject_id, "phone_pattern": phone_pattern, "sms_consents": list(SMS_CONSENTS)}
    return session.execute(_SUBJECT, binds).mappings().one_or_none()


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
