"""SQL that adds reports to an existing case, and links cases."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, RowMapping, Text, Uuid, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.incidents.models import IncidentLink, Report, Reporter

_JOIN = Fragment(
    """with same_report as (select 1 from report where id = :id),
      new_reporter as (
        insert into reporter (id, kind, account_id, name, phone, may_be_shown_to_handlers)
        select :reporter_id, :reporter_kind, :reporter_account, :reporter_name, :reporter_phone, :reporter_shown
        where not exists (select 1 from same_report) returning id),
      new_report as (
        insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
          lat_sent, coord_sys, location, accuracy_m, attributes, device_id, joined_by, source)
        select :id, :incident_id, new_reporter.id, 'app', :occurred_at, :now, :words, :category_said, :lon_sent, :lat_sent,
          :coord_sys, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :accuracy_m, cast(:attributes as jsonb), :device_id, :me,
          :source
        from new_reporter returning id),
      joined_case as (
        update incident set report_count = report_count + 1, updated_at = :now
        where id = :incident_id and exists (select 1 from new_report) returning report_count)
      select report_count from joined_case"""
)
_REPORT = select(
    Report.incident_id, Report.joined_by, Report.words, Report.lon_sent, Report.lat_sent, Report.coord_sys
).where(Report.id == bindparam("report_id", None, Uuid()))
_HAS_REPORT_BY = select(
    select(Report.id)
    .join(Reporter, Reporter.id == Report.reporter_id)
    .where(
        Report.incident_id == bindparam("incident_id", None, Uuid()),
        or_(
            Reporter.account_id == bindparam("account_id", None, Uuid()),
            Reporter.phone == bindparam("phone", None, Text()),
        ),
    )
    .exists()
)
_LINK = (
    insert(IncidentLink)
    .on_conflict_do_nothing(
        index_elements=[IncidentLink.incident_id, IncidentLink.other_id],
        index_where=IncidentLink.unlinked_at.is_(None),
    )
    .returning(IncidentLink.id)
)
_UNLINK = (
    update(IncidentLink)
    .where(
        IncidentLink.incident_id == bindparam("lower_id", None, Uuid()),
        IncidentLink.other_id == bindparam("higher_id", None, Uuid()),
        IncidentLink.unlinked_at.is_(None),
    )
    .values(
        unlinked_by=bindparam("by", None, Uuid()),
        unlinked_at=bindparam("now", None, DateTime(timezone=True)),
        unlink_reason=bindparam("new_reason", None, Text()),
    )
    .returning(IncidentLink.id)
)


def join(session: Session, values: dict[str, Any]) -> int | None:
    """Store a further report of a case. Return the case's new number of reports.

    The caller has locked the case. The result is None if a report with this id is stored already.
    """
    count: int | None = session.scalar(_JOIN, values)
    return count


def joined(session: Session, report_id: UUID) -> RowMapping | None:
    """Return a stored report, or None.

    Columns: id of the case, account that added the report, text, and location as sent.
    """
    return session.execute(_REPORT, {"report_id": report_id}).mappings().one_or_none()


def has_report_by(session: Session, *, incident_id: UUID, account_id: UUID | None, phone: str | None) -> bool:
    """Return True if the case has a report by this account or with this phone number."""
    binds = {"incident_id": incident_id, "account_id": account_id, "phone": phone}
    return bool(session.scalar(_HAS_REPORT_BY, binds))


def link(session: Session, values: dict[str, Any]) -> bool:
    """Link two cases. Return False if they are linked already.

    Args:
        values: Values of the columns of `IncidentLink` by name, without those about the end of the link. `incident_id` is
            the lower id of the two.
    """
    return session.scalar(_LINK, values) is not None


def unlink(session: Session, *, ids: tuple[UUID, UUID], by: UUID, reason: str, now: datetime) -> bool:
    """End the link of two cases. Return False if they are not linked.

    Args:
        ids: Ids of the two cases, the lower id first.
    """
    binds = {"lower_id": ids[0], "higher_id": ids[1], "by": by, "new_reason": reason, "now": now}
    return session.scalar(_UNLINK, binds) is not None
