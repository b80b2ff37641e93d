"""Statements for the followers of a case: its course in states, replies, own words, and ratings."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

# Of events only states, times and replies: actors and notes are for staff. A reporter whose case was merged reads the replies
# of both cases; a reply that was sent to both is shown once.
_COURSE = text("""
  select e.occurred_at, e.to_status status, case when e.action = 'reply' then e.note end reply
  from incident_event e
  where e.incident_id = :incident_id and (e.action = 'reply' or e.from_status is distinct from e.to_status)
    or e.incident_id = :own_incident_id and e.action = 'reply' and not exists (
      select from incident_event o where o.incident_id = :incident_id and o.action = 'reply' and o.note = e.note)
  order by e.seq
""")
_OWN_WORDS = text("""
  select r.received_at, r.words from report r
  where r.reporter_id = (select reporter_id from report where id = :report_id)
  order by r.received_at, r.id limit 100
""")
_PHOTO_NUMBERS = text("""
  select count(*) filter (where m.state <> 'refused') received, count(*) filter (where m.state = 'refused') refused
  from media m
  where m.incident_id = any(:incident_ids) and m.uploaded_by = :caller_id and m.deleted_at is null
""")
_RATING = text("""
  select solved, score, words, rated_at from public_rating where report_id = :report_id and ended_at = :ended_at
""")
_RATE = text("""
  insert into public_rating (report_id, ended_at, solved, score, words, rated_at)
  values (:report_id, :ended_at, :solved, :score, :words, :now)
  on conflict (report_id, ended_at) do update
    set solved = excluded.solved, score = excluded.score, words = excluded.words, rated_at = excluded.rated_at
""")


def course(session: Session, incident_id: UUID, own_incident_id: UUID) -> Sequence[RowMapping]:
    """Return the changes of state and the replies of a case, the oldest first: `occurred_at`, `status`, `reply`.

    Args:
        own_incident_id: The case of the report, if it was merged into the case; else the same.
    """
    binds = {"incident_id": incident_id, "own_incident_id": own_incident_id}
    return session.execute(_COURSE, binds).mappings().all()


def own_words(session: Session, report_id: UUID) -> Sequence[RowMapping]:
    """Return what the reporter of a report wrote, the oldest first: `received_at`, `words`."""
    return session.execute(_OWN_WORDS, {"report_id": report_id}).mappings().all()


def photo_numbers(session: Session, incident_ids: Collection[UUID], caller_id: UUID) -> tuple[int, int]:
    """Return the numbers of photos that came to cases through a caller: not refused, and refused."""
    binds = {"incident_ids": list(incident_ids), "caller_id": caller_id}
    row = session.execute(_PHOTO_NUMBERS, binds).one()
    return row.received, row.refused


def rating(session: Session, report_id: UUID, ended_at: datetime) -> RowMapping | None:
    """Return the rating of one end of a case by a reporter, or None."""
    return session.execute(_RATING, {"report_id": report_id, "ended_at": ended_at}).mappings().one_or_none()


def rate(session: Session, values: dict[str, Any]) -> None:
    """Store the rating of one end of a case; it replaces an earlier one."""
    session.execute(_RATE, values)
