"""Statements on the addresses at which reporters want to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.accounts.rules.masking import masked_email, masked_phone
from app.core.db import Fragment, unscoped

_INSERT = text("""
  insert into follow_contact (id, report_id, channel, language, address, address_digest, source_digest, confirm_digest,
                              stop_digest, created_at)
  values (:id, :report_id, :channel, :language, :address, :address_digest, :source_digest, :confirm_digest, :stop_digest,
          :now)
""")
_COUNTS = text("""
  select (select count(*) from follow_contact where report_id = :report_id and ended_at is null) of_report,
    (select count(*) from follow_contact where address_digest = :address_digest and created_at > :since) of_address,
    (select count(*) from follow_contact where source_digest = :source_digest and created_at > :since) of_source,
    exists (select from follow_contact where report_id = :report_id and channel = :channel
            and address_digest = :address_digest and ended_at is null) is_known
""")
_LIVE = Fragment(
    """
    select c.id, c.channel, c.confirmed_at, {address} address
    from follow_contact c where c.report_id = :report_id and c.ended_at is null order by c.created_at, c.id
    """,
    address=Fragment(
        f"case when c.channel = 'email' then {masked_email('c.address')} else {masked_phone('c.address')} end"
    ),
)
# A case that was merged into another one is followed there.
_OF = """
  select c.id, c.report_id, c.channel, c.language, c.told_state, c.created_at, c.confirmed_at, c.ended_at,
    p.caller_id, i.id own_incident_id, coalesce(i.merged_into, i.id) incident_id, i.case_no, j.code city_code
  from follow_contact c join public_report p on p.report_id = c.report_id join incident i on i.id = p.incident_id
  join jurisdiction j on j.id = i.jurisdiction_id
  where i.deleted_at is null and {rest}
"""
_REASON = "the case of a report, for the holder of a secret link that was sent to its reporter"
_BY_ID = unscoped(Fragment(_OF, rest=Fragment("c.id = :id")), incident=_REASON)
_BY_CONFIRM = unscoped(Fragment(_OF, rest=Fragment("c.confirm_digest = :digest")), incident=_REASON)
_BY_STOP = unscoped(Fragment(_OF, rest=Fragment("c.stop_digest = :digest")), incident=_REASON)
_BY_LINK = unscoped(
    Fragment("""
      select j.code city_code, f.report_id, coalesce(
        (select c.language from follow_contact c where c.report_id = f.report_id and c.ended_at is null
         order by c.created_at desc limit 1), p.language) language
      from follow_link f join public_report p on p.report_id = f.report_id join incident i on i.id = p.incident_id
      join jurisdiction j on j.id = i.jurisdiction_id
      where f.secret_digest = :digest and f.revoked_at is null and i.deleted_at is null
    """),
    incident=_REASON,
)
_CONFIRM = text("""
  update follow_contact set confirmed_at = :now, told_state = :state
  where id = :id and ended_at is null and confirmed_at is null
""")
_TOLD = text("update follow_contact set told_state = :state where id = :id")
_END = text("""
  update follow_contact set ended_at = :now, ended_because = :because, address = null, source_digest = null
  where id = :id and ended_at is null
""")
_ENSURE_LINK = text("""
  insert into follow_link (id, report_id, secret_digest, created_at) values (:id, :report_id, :digest, :now)
  on conflict (secret_digest) do nothing
""")
_ENSURE_STOP = text(
    "update follow_contact set stop_digest = :digest where id = :id and stop_digest <> :digest"
)
_FORGET_SOURCES = text("""
  update follow_contact set source_digest = null where source_digest is not null and created_at < :before
""")
_END_UNCONFIRMED = text("""
  update follow_contact set ended_at = :now, ended_because = 'expired', address = null, source_digest = null
  where ended_at is null and confirmed_at is null and created_at < :before
""")
_END_OVER = text("""
  update follow_contact c set ended_at = :now, ended_because = 'over', address = null, source_digest = null
  from public_report p join incident i on i.id = p.incident_id
    left join incident into_case on into_case.id = i.merged_into
  where p.report_id = c.report_id and c.ended_at is null
    and coalesce(into_case.status, i.status) in ('not_filed', 'closed', 'force_closed')
    and coalesce(into_case.closed_at, i.closed_at) < :before
""")
_DELETE_ENDED = text("delete from follow_contact where ended_at < :before")


def insert_contact(session: Session, values: dict[str, Any]) -> None:
    """Store an address that is not confirmed yet."""
    session.execute(_INSERT, values)


def counts(session: Session, binds: dict[str, Any]) -> RowMapping:
    """Return the numbers for limits: `of_report` (live ones), `of_address`, `of_source` (since an instant); `is_known`."""
    return session.execute(_COUNTS, binds).mappings().one()


def live_contacts(session: Session, report_id: UUID) -> Sequence[RowMapping]:
    """Return the live addresses of a report, masked, the oldest first: `id`, `channel`, `confirmed_at`, `address`."""
    return session.execute(_LIVE, {"report_id": report_id}).mappings().all()


def contact_by_id(session: Session, contact_id: UUID) -> RowMapping | None:
    """Return an address with its report and case, or None."""
    return session.execute(_BY_ID, {"id": contact_id}).mappings().one_or_none()


def contact_by_confirm(session: Session, digest: bytes) -> RowMapping | None:
    """Return the address whose confirming link has this digest, with its report and case, or None."""
    return session.execute(_BY_CONFIRM, {"digest": digest}).mappings().one_or_none()


def contact_by_stop(session: Session, digest: bytes) -> RowMapping | None:
    """Return the address whose stopping link has this digest, with its report and case, or None."""
    return session.execute(_BY_STOP, {"digest": digest}).mappings().one_or_none()


def place_of_link(session: Session, digest: bytes) -> RowMapping | None:
    """Return `city_code` and `language` of the live secret link with this digest, or None."""
    return session.execute(_BY_LINK, {"digest": digest}).mappings().one_or_none()


def confirm(session: Session, contact_id: UUID, *, state: str, now: datetime) -> None:
    """Store that the owner of an address wants messages, and the state that the owner knows."""
    session.execute(_CONFIRM, {"id": contact_id, "state": state, "now": now})


def store_told(session: Session, contact_id: UUID, state: str) -> None:
    """Store the state that a person knows."""
    session.execute(_TOLD, {"id": contact_id, "state": state})


def end(session: Session, contact_id: UUID, *, because: str, now: datetime) -> None:
    """End the use of an address and erase it. A trigger ends the messages to it."""
    session.execute(_END, {"id": contact_id, "because": because, "now": now})


def ensure_links(
    session: Session, contact: RowMapping, *, link_id: UUID, follow: bytes, stop: bytes, now: datetime
) -> None:
    """Store the digests of the links in the messages to an address, if they are not stored."""
    session.execute(
        _ENSURE_LINK, {"id": link_id, "report_id": contact["report_id"], "digest": follow, "now": now}
    )
    session.execute(_ENSURE_STOP, {"id": contact["id"], "digest": stop})


def forget_sources(session: Session, *, before: datetime) -> None:
    """Erase the digests of network addresses of older requests."""
    session.execute(_FORGET_SOURCES, {"before": before})


def end_old(
    session: Session, *, unconfirmed: datetime, over: datetime, ended: datetime, now: datetime
) -> None:
    """End addresses that nobody confirmed and those of cases that ended long ago; delete rows that ended long ago."""
    session.execute(_END_UNCONFIRMED, {"before": unconfirmed, "now": now})
    session.execute(_END_OVER, {"before": over, "now": now})
    session.execute(_DELETE_ENDED, {"before": ended})


_OF_REPORTERS = text("""
  select c.channel, c.address, c.created_at, c.confirmed_at
  from follow_contact c join report r on r.id = c.report_id
  where r.reporter_id = any(cast(:reporter_ids as uuid[])) and c.ended_at is null
  order by c.created_at limit 500
""")
_OF_PHONE = unscoped(
    Fragment(
        _OF,
        rest=Fragment("""c.address_digest = :digest and c.channel = 'sms' and c.ended_at is null
          order by c.created_at desc limit 100"""),
    ),
    incident=_REASON,
)


def contacts_of_reporters(session: Session, reporter_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return the live addresses of reporters in full, the oldest first: `channel`, `address`, `created_at`, `confirmed_at`."""
    return session.execute(_OF_REPORTERS, {"reporter_ids": list(reporter_ids)}).mappings().all()


def contacts_of_phone(session: Session, digest: bytes) -> Sequence[RowMapping]:
    """Return the live uses of a telephone number, the newest first, at most 100."""
    return session.execute(_OF_PHONE, {"digest": digest}).mappings().all()
