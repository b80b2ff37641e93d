"""Writes of reports that join a case, and of links between cases."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import sql_text

_JOIN = """
  with taken as (select 1 from report where id = :id),
  who as (
    insert into reporter (id, kind, account_id, name, phone, may_be_shown_to_handlers)
    select :reporter_id, :reporter_kind, :reporter_account, :reporter_name, :reporter_phone, :reporter_shown
    where not exists (select 1 from taken) returning id),
  said as (
    insert into report (id, incident_id, reporter_id, channel, occurred_at, received_at, words, category, lon_sent,
      lat_sent, coord_sys, location, accuracy_m, attributes, device_id, joined_by, source)
    select :id, :incident_id, who.id, 'app', :occurred_at, :now, :words, :category_said, :lon_sent, :lat_sent,
      :coord_sys, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :accuracy_m, cast(:attributes as jsonb), :device_id, :me, :source
    from who returning id),
  grown as (
    update incident set report_count = report_count + 1, updated_at = :now
    where id = :incident_id and exists (select 1 from said) returning report_count)
  select report_count from grown
"""


def join(session: Session, values: dict[str, Any]) -> int | None:
    """Write a further report on a case that is locked; how many it has then, or None if the report's id is taken."""
    count: int | None = session.scalar(sql_text(_JOIN), values)
    return count


def joined(session: Session, report_id: UUID) -> RowMapping | None:
    """Return the case and the account that a report joined by, its words, and its place as sent."""
    sql = "select incident_id, joined_by, words, lon_sent, lat_sent, coord_sys from report where id = :id"
    return session.execute(text(sql), {"id": report_id}).mappings().one_or_none()


def has_report_by(session: Session, *, incident_id: UUID, account_id: UUID | None, phone: str | None) -> bool:
    """Return True if this account, or a reporter with this phone number, has a report on the case."""
    sql = """
      select exists (
        select 1 from report r join reporter p on p.id = r.reporter_id
        where r.incident_id = :incident_id and (p.account_id = :account_id or p.phone = :phone))
    """
    return bool(
        session.scalar(text(sql), {"incident_id": incident_id, "account_id": account_id, "phone": phone})
    )


def link(session: Session, values: dict[str, Any]) -> bool:
    """False where the two, `incident_id` the lower one, are linked already."""
    sql = """
      insert into incident_link (id, incident_id, other_id, reason, linked_by, linked_at)
      values (:id, :incident_id, :other_id, :reason, :by, :now)
      on conflict (incident_id, other_id) where unlinked_at is null do nothing returning 1
    """
    return session.scalar(text(sql), values) is not None


def unlink(session: Session, *, ids: tuple[UUID, UUID], by: UUID, reason: str, now: datetime) -> bool:
    """End the link of two cases, the lower id first; False where there is none."""
    sql = """
      update incident_link set unlinked_by = :by, unlinked_at = :now, unlink_reason = :reason
      where incident_id = :one and other_id = :other and unlinked_at is null returning 1
    """
    binds = {"one": ids[0], "other": ids[1], "by": by, "reason": reason, "now": now}
    return session.scalar(text(sql), binds) is not None
