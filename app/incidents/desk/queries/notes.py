"""SQL of notes on cases, which are for the desk or for handlers."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.db import Fragment, unscoped
from app.incidents.models import IncidentNote

_INSERT = insert(IncidentNote).on_conflict_do_nothing().returning(IncidentNote.id)
# The JSON of a note `n` of a case `i`.
_NOTE_JSON = Fragment(
    """json_build_object('id', n.id, 'incident_id', n.incident_id, 'case_no', i.case_no, 'audience', n.audience,
      'words', n.words, 'author', json_build_object('id', n.author_id,
        'name', (select a.name from account a where a.id = n.author_id)), 'occurred_at', n.occurred_at)"""
)
_NOTE = Fragment(
    """select n.incident_id, n.audience, n.words, n.author_id, {note} body
      from incident_note n join incident i on i.id = n.incident_id where n.id = :id""",
    note=_NOTE_JSON,
)
_NOTES = unscoped(
    Fragment(
        """select coalesce(json_agg(newest.body order by newest.occurred_at, newest.id), '[]') from (
        select {note} body, n.occurred_at, n.id from incident_note n join incident i on i.id = n.incident_id
        where (i.id = :id or i.merged_into = :id) and n.audience = any(:audiences)
        order by n.occurred_at desc, n.id desc limit :limit) newest""",
        note=_NOTE_JSON,
    ),
    incident="notes of a case that was read by its rule",
)


def insert_note(session: Session, values: dict[str, Any]) -> bool:
    """Store a note. Return False if its id is used."""
    return session.scalar(_INSERT, values) is not None


def note(session: Session, note_id: UUID) -> RowMapping | None:
    """Return a note, or None.

    Columns: `incident_id`, `audience`, `words`, `author_id`, and `body` (JSON of the note).
    """
    return session.execute(_NOTE, {"id": note_id}).mappings().one_or_none()


def notes(session: Session, *, incident_id: UUID, audiences: list[str], limit: int) -> bytes:
    """Return the last notes of a case for these audiences as a JSON list, oldest first.

    Notes of cases that were merged into the case are included.

    Args:
        limit: Maximum number of notes. If there are more, the oldest ones are left out.
    """
    binds = {"id": incident_id, "audiences": audiences, "limit": limit}
    items: bytes = session.execute(_NOTES, binds).scalar_one()
    return items
