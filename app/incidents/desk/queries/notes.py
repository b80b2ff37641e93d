"""SQL of notes beside a case."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


def insert_note(session: Session, values: dict[str, Any]) -> bool:
    """False when the id is taken."""
    sql = """
      insert into incident_note (id, incident_id, audience, words, author_id, occurred_at)
      values (:id, :incident_id, :audience, :words, :author_id, :at) on conflict do nothing returning id
    """
    return session.scalar(text(sql), values) is not None


_NOTE = """json_build_object('id', n.id, 'incident_id', n.incident_id, 'case_no', i.case_no, 'audience', n.audience,
  'words', n.words, 'author', json_build_object('id', n.author_id,
    'name', (select a.name from account a where a.id = n.author_id)), 'occurred_at', n.occurred_at)"""


def note(session: Session, note_id: UUID) -> RowMapping | None:
    sql = f"""
      select n.incident_id, n.audience, n.words, n.author_id, {_NOTE} body
      from incident_note n join incident i on i.id = n.incident_id where n.id = :id
    """
    return session.execute(text(sql), {"id": note_id}).mappings().one_or_none()


def notes(session: Session, *, incident_id: UUID, audiences: list[str], limit: int) -> bytes:
    """The notes of a case and of those merged into it, for these audiences: the newest `limit`, oldest first."""
    sql = f"""
      select coalesce(json_agg(t.body order by t.occurred_at, t.id), '[]') from (
        select {_NOTE} body, n.occurred_at, n.id from incident_note n join incident i on i.id = n.incident_id
        where (i.id = :id or i.merged_into = :id) and n.audience = any(:audiences)
        order by n.occurred_at desc, n.id desc limit :limit) t
    """
    items: bytes = session.execute(
        text(sql), {"id": incident_id, "audiences": audiences, "limit": limit}
    ).scalar_one()
    return items
