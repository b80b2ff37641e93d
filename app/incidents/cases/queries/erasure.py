"""SQL that erases reporters. The trigger `forget_reporter` erases what was said, and names in words about the case."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.incidents.scope import ENDED

# Media `m` of case `i` that came with report `r`: sent by whoever took it down, after it and before the next that they took
# down on the case; what they sent before the first one belongs to that.
SENT_WITH = """m.uploaded_by = coalesce(r.joined_by, i.reported_by) and not exists (
  select from report o where o.incident_id = r.incident_id and o.id <> r.id
    and coalesce(o.joined_by, i.reported_by) = m.uploaded_by
    and case when m.created_at < r.received_at then o.received_at < r.received_at
             else o.received_at > r.received_at and o.received_at <= m.created_at end)"""


def reporter_of(session: Session, incident_id: UUID, report_id: UUID | None) -> RowMapping | None:
    """The reporter of the report named, or of the one that opened the case: `id`, `account_id`, `erased_at`."""
    sql = """
      select p.id, p.account_id, p.erased_at from report r join reporter p on p.id = r.reporter_id
      where r.incident_id = :id and (cast(:report_id as uuid) is null or r.id = :report_id)
      order by r.received_at, r.id limit 1
    """
    binds = {"id": incident_id, "report_id": report_id}
    return session.execute(sql_text(sql), binds).mappings().one_or_none()


def erase(session: Session, reporter_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Erase those of the reporters who are there and are no accounts; their ids."""
    sql = """
      update reporter set name = null, phone = null, may_be_shown_to_handlers = false, erased_at = :now
      where id = any(:ids) and erased_at is null and account_id is null returning id
    """
    return list(session.scalars(sql_text(sql), {"ids": list(reporter_ids), "now": now}))


def cases_of(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """The cases on which they reported."""
    sql = "select distinct incident_id from report where reporter_id = any(:ids)"
    return list(session.scalars(sql_text(sql), {"ids": list(reporter_ids)}))


def rows_of(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Ids of what was said by them and of the cases with their attempts: what operations and kept answers are about."""
    sql = """
      with said as (select id, incident_id from report where reporter_id = any(:ids))
      select id from said union select incident_id from said
      union select a.id from assignment a where a.incident_id in (select incident_id from said)
    """
    return list(session.scalars(sql_text(sql), {"ids": list(reporter_ids)}))


def voices_of(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Voice notes and reference photos that whoever took the reports down sent with them."""
    sql = f"""
      select m.id from report r join incident i on i.id = r.incident_id join media m on m.incident_id = i.id
      where r.reporter_id = any(:ids) and m.kind in ('voice', 'reference') and m.deleted_at is null
        and {SENT_WITH}
      order by m.id
    """
    return list(session.scalars(sql_text(sql), {"ids": list(reporter_ids)}))


def kept_since(session: Session, *, ended_before: datetime, limit: int) -> list[UUID]:
    """Reporters, no accounts, of cases that ended before."""
    sql = f"""
      select p.id from reporter p join report r on r.reporter_id = p.id join incident i on i.id = r.incident_id
      where p.erased_at is null and p.account_id is null and i.status in {ENDED} and i.closed_at < :before
      limit :limit
    """
    return list(session.scalars(sql_text(sql), {"before": ended_before, "limit": limit}))


def not_erased(session: Session, reporter_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the reporters who exist and are not erased."""
    sql = "select id from reporter where id = any(:ids) and erased_at is null and account_id is null"
    return list(session.scalars(sql_text(sql), {"ids": list(reporter_ids)}))
