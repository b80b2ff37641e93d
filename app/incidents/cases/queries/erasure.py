"""SQL that erases personal data of reporters.

`erase` empties the row of the reporter. The trigger `forget_reporter` then erases the text of the reporter's reports, and the
reporter's name in other texts of the case. Reporters who have an account are not erased, because their reports are a record
of work.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    RowMapping,
    Uuid,
    and_,
    any_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.scope import constant
from app.incidents.models import Incident, Report, Reporter
from app.incidents.scope import has_ended

_REPORTER_IDS = bindparam("reporter_ids", None, ARRAY(Uuid()))
_IS_ERASABLE = and_(Reporter.erased_at.is_(None), Reporter.account_id.is_(None))

# The reporter of one report, or of the report that opened the case.
_REPORT_ID = bindparam("report_id", None, Uuid())
IS_NAMED_REPORT = and_(
    Report.incident_id == bindparam("incident_id", None, Uuid()),
    or_(_REPORT_ID.is_(None), Report.id == _REPORT_ID),
)
_REPORTER_OF = (
    select(Reporter.id, Reporter.account_id, Reporter.erased_at)
    .join(Report, Report.reporter_id == Reporter.id)
    .where(IS_NAMED_REPORT)
    .order_by(Report.received_at, Report.id)
    .limit(constant(1))
)
_ERASE = (
    update(Reporter)
    .where(Reporter.id == any_(_REPORTER_IDS), _IS_ERASABLE)
    .values(
        name=None,
        phone=None,
        email=None,
        may_be_shown_to_handlers=False,
        erased_at=bindparam("now", None, DateTime(timezone=True)),
    )
    .returning(Reporter.id)
)
_CASES = select(Report.incident_id).where(Report.reporter_id == any_(_REPORTER_IDS)).distinct()
_ROWS = Fragment(
    """with reports as (select id, incident_id from report where reporter_id = any(:reporter_ids))
      select id from reports union select incident_id from reports
      union select a.id from assignment a where a.incident_id in (select incident_id from reports)"""
)
# A medium `m` of a case `i` came with the report `r`: its uploader is the account that wrote the report down, which sent
# the medium after this report and before the next one that it wrote down on the case. Media that the account sent before
# its first report belong to that report.
SENT_WITH_REPORT = Fragment(
    """m.uploaded_by = coalesce(r.joined_by, i.reported_by) and not exists (
      select from report o where o.incident_id = r.incident_id and o.id <> r.id
        and coalesce(o.joined_by, i.reported_by) = m.uploaded_by
        and case when m.created_at < r.received_at then o.received_at < r.received_at
                 else o.received_at > r.received_at and o.received_at <= m.created_at end)"""
)
_PERSONAL_MEDIA = Fragment(
    """select m.id from report r join incident i on i.id = r.incident_id join media m on m.incident_id = i.id
      where r.reporter_id = any(:reporter_ids) and m.kind in ('voice', 'reference') and m.deleted_at is null
        and {sent_with_report}
      order by m.id""",
    sent_with_report=SENT_WITH_REPORT,
)
_STORED_SINCE = (
    select(Reporter.id)
    .join(Report, Report.reporter_id == Reporter.id)
    .join(Incident, Incident.id == Report.incident_id)
    .where(_IS_ERASABLE, has_ended(), Incident.closed_at < bindparam("before", None, DateTime(timezone=True)))
    .limit(bindparam("limit", None, Integer()))
)
_NOT_ERASED = select(Reporter.id).where(Reporter.id == any_(_REPORTER_IDS), _IS_ERASABLE)


def reporter_of(session: Session, incident_id: UUID, report_id: UUID | None) -> RowMapping | None:
    """Return `id`, `account_id` and `erased_at` of the reporter of a report, or None if unknown.

    Args:
        report_id: A report of the case. None: the report that opened the case.
    """
    binds = {"incident_id": incident_id, "report_id": report_id}
    return session.execute(_REPORTER_OF, binds).mappings().one_or_none()


def erase(session: Session, reporter_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Erase name and phone number of reporters. Return the ids of the erased reporters.

    Reporters who have an account, or were erased before, are skipped.
    """
    return list(session.scalars(_ERASE, {"reporter_ids": list(reporter_ids), "now": now}))


def cases_of(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Return the ids of the cases that have a report of one of these reporters."""
    return list(session.scalars(_CASES, {"reporter_ids": list(reporter_ids)}))


def rows_of(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Return the ids of the reporters' reports, of their cases, and of the cases' assignments.

    The caller erases the stored requests and answers about these rows, because they contain text of the reporters.
    """
    return list(session.scalars(_ROWS, {"reporter_ids": list(reporter_ids)}))


def voices_of(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Return the ids of voice notes and reference photos sent with reports of these reporters."""
    return list(session.scalars(_PERSONAL_MEDIA, {"reporter_ids": list(reporter_ids)}))


def kept_since(session: Session, *, ended_before: datetime, limit: int) -> list[UUID]:
    """Return the ids of reporters without account who reported a case that ended before a time.

    Reporters who were erased before are left out. An id is returned once for each such report.
    """
    return list(session.scalars(_STORED_SINCE, {"before": ended_before, "limit": limit}))


def not_erased(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Return the given ids of reporters who have no account and are not erased yet.

    Ids without a row in table `reporter` are left out.
    """
    return list(session.scalars(_NOT_ERASED, {"reporter_ids": list(reporter_ids)}))
