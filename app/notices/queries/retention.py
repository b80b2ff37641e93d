"""SQL that deletes what happened to old notices at households, in batches, after storing the numbers by state."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped

_DUE = unscoped(
    Fragment("""
      select notice.id, notice.published_at from notice
      where notice.valid_until < :before and notice.states_erased_at is null and notice.state <> 'awaiting_approval'
        and not exists (select from notice_batch b where b.notice_id = notice.id)
        and (notice.published_at is not null or notice.attachments <> '[]')
      order by notice.id limit 1 for update skip locked
    """),
    notice="notices whose period of retention is over",
)
_STORE_NUMBERS = text("""
  update notice set final_states = (
    select coalesce(jsonb_object_agg(s.state, s.number), '{}')
    from (select state, count(*) number from notice_household where notice_id = :id group by state) s)
  where id = :id and final_states is null
""")
# Rows that refer to an addressee go first.
_DELETE = text("""
  with batch as materialized (
    select household_id from notice_household where notice_id = :id order by household_id limit :most),
  events as (delete from notice_event e using batch b where e.notice_id = :id and e.household_id = b.household_id),
  deliveries as (delete from notice_delivery d using batch b where d.notice_id = :id and d.household_id = b.household_id),
  replies as (delete from notice_reply r using batch b where r.notice_id = :id and r.household_id = b.household_id)
  select array(select household_id from batch)
""")
_DELETE_ADDRESSEES = text("""
  delete from notice_household where notice_id = :id and household_id = any(cast(:ids as uuid[]))
""")
_MARK_ERASED = text("update notice set states_erased_at = :now where id = :id")


def due(session: Session, *, before: datetime) -> RowMapping | None:
    """Lock and return a notice that ended before an instant and of which something is stored, or None."""
    return session.execute(_DUE, {"before": before}).mappings().one_or_none()


def store_numbers(session: Session, notice_id: UUID) -> None:
    """Store the numbers of addressees by state, if they are not stored yet."""
    session.execute(_STORE_NUMBERS, {"id": notice_id})


def delete_states(session: Session, notice_id: UUID, *, most: int) -> int:
    """Delete what is stored of at most `most` addressees. Return their number."""
    ids: list[Any] = session.execute(_DELETE, {"id": notice_id, "most": most}).scalar_one()
    session.execute(_DELETE_ADDRESSEES, {"id": notice_id, "ids": ids})
    return len(ids)


def mark_erased(session: Session, notice_id: UUID, *, now: datetime) -> None:
    """Store that nothing is left of a notice but its texts and numbers."""
    session.execute(_MARK_ERASED, {"id": notice_id, "now": now})
