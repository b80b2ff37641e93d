"""Statements on reports without an account: how they came, their repetition, and the counts for limits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, RowMapping, Text, Uuid, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.public.models import PublicReport

_LOCK_CLIENT = text("select pg_advisory_xact_lock(hashtextextended(:key, 0))")
_EARLIER = select(PublicReport.report_id, PublicReport.incident_id, PublicReport.body_digest).where(
    PublicReport.caller_id == bindparam("caller_id", None, Uuid()),
    PublicReport.client_id == bindparam("client_id", None, Text()),
)
_INSERT = text("""
  insert into public_report (report_id, incident_id, caller_id, client_id, body_digest, channel, language, source_digest,
    cell, received_at)
  values (:report_id, :incident_id, :caller_id, :client_id, :body_digest, :channel, :language, :source_digest,
    public_cell(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)), :now)
""")
# Twice the pairs of letters in common, divided by the pairs of both (Dice), as the search for duplicates.
_COUNTS = Fragment("""
  with given as materialized (
    select public_cell(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) cell, letter_pairs(:words, '') pairs),
  recent as materialized (
    select p.source_digest = :source_digest is_same_source, p.cell = given.cell is_same_cell,
      p.received_at > :hour is_in_hour, r.category = :category and :words <> '' and r.words <> '' and (
        select 2.0 * count(*) filter (where pair = any(given.pairs)) / (count(*) + cardinality(given.pairs))
        from unnest(letter_pairs(r.words, '')) pair) >= :alike is_alike
    from given, public_report p join report r on r.id = p.report_id
    where p.received_at > :day and (p.source_digest = :source_digest or p.cell && given.cell))
  select count(*) filter (where is_same_source and is_alike) same_source_alike,
    count(*) filter (where is_same_source and is_in_hour) same_source_hour,
    count(*) filter (where is_same_source) same_source_day,
    count(*) filter (where is_same_cell and is_in_hour and is_alike) same_cell_alike,
    count(*) filter (where is_same_cell and is_in_hour) same_cell_hour
  from recent
""")
_FORGET_SOURCES = (
    update(PublicReport)
    .where(
        PublicReport.source_digest.is_not(None),
        PublicReport.received_at < bindparam("before", None, DateTime(timezone=True)),
    )
    .values(source_digest=None)
)


def lock_client(session: Session, caller_id: UUID, client_id: str) -> None:
    """Let other requests with this key of the caller wait until the transaction ends."""
    session.execute(_LOCK_CLIENT, {"key": f"{caller_id} {client_id}"})


def earlier_report(session: Session, caller_id: UUID, client_id: str) -> RowMapping | None:
    """Return `report_id`, `incident_id` and `body_digest` of the report with this key, or None."""
    return (
        session.execute(_EARLIER, {"caller_id": caller_id, "client_id": client_id}).mappings().one_or_none()
    )


def insert(session: Session, values: dict[str, Any]) -> None:
    """Store how a report came."""
    session.execute(_INSERT, values)


def counts(session: Session, binds: dict[str, Any]) -> RowMapping:
    """Return the numbers of earlier reports from the same address or place, by the names in `rules.floods`."""
    return session.execute(_COUNTS, binds).mappings().one()


def forget_sources(session: Session, *, before: datetime) -> None:
    """Erase the digests of network addresses of older reports."""
    session.execute(_FORGET_SOURCES, {"before": before})
