"""Statements on secret links."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, LargeBinary, RowMapping, Uuid, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.public.models import FollowLink

_INSERT = insert(FollowLink)
_COUNT = (
    select(func.count())
    .select_from(FollowLink)
    .where(FollowLink.report_id == bindparam("report_id", None, Uuid()), FollowLink.revoked_at.is_(None))
)
# A case that was merged into another one is followed there.
_FOLLOWED = Fragment("""
  select f.id link_id, f.report_id, f.last_used_on, p.caller_id, p.language, i.id own_incident_id,
    coalesce(i.merged_into, i.id) incident_id, i.jurisdiction_id, i.case_no, i.status, i.closed_at,
    r.received_at
  from follow_link f join public_report p on p.report_id = f.report_id join report r on r.id = f.report_id
  join incident i on i.id = p.incident_id
  where f.secret_digest = :digest and f.revoked_at is null and i.deleted_at is null
""")
_FOLLOWED = unscoped(_FOLLOWED, incident="the case of a report whose secret link the caller has")
_USED = (
    update(FollowLink)
    .where(FollowLink.id == bindparam("link_id", None, Uuid()))
    .values(last_used_on=bindparam("today", None, Date()))
)
_REVOKE = (
    update(FollowLink)
    .where(
        FollowLink.secret_digest == bindparam("digest", None, LargeBinary()), FollowLink.revoked_at.is_(None)
    )
    .values(revoked_at=bindparam("now", None, DateTime(timezone=True)))
    .returning(FollowLink.id)
)


def insert_link(session: Session, values: dict[str, Any]) -> None:
    """Store a link."""
    session.execute(_INSERT, values)


def live_links(session: Session, report_id: UUID) -> int:
    """Return the number of links of a report that are not revoked."""
    return session.scalar(_COUNT, {"report_id": report_id}) or 0


def followed(session: Session, digest: bytes) -> RowMapping | None:
    """Return the link with this digest, with its report and case, or None.

    Columns: `link_id`, `report_id`, `last_used_on`, `caller_id`, `language`, `own_incident_id` (the case of the report),
    `incident_id` (the case into which it was merged, else the same), `jurisdiction_id`, `case_no`, `status`, `closed_at`,
    `received_at`.
    """
    return session.execute(_FOLLOWED, {"digest": digest}).mappings().one_or_none()


def mark_used(session: Session, link_id: UUID, today: Any) -> None:
    """Store the day on which a link was last used."""
    session.execute(_USED, {"link_id": link_id, "today": today})


def revoke(session: Session, digest: bytes, *, now: datetime) -> bool:
    """Revoke a link. Return False if there is none."""
    return session.scalar(_REVOKE, {"digest": digest, "now": now}) is not None
