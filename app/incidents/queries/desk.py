"""What a desk keeps and joins: notes beside a case, cases that are one matter, and what it did in bulk."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session


def same_as(sees: str) -> str:
    """SQL: the case that this one `i` is the same as, for whoever `sees` it; enough to follow the outcome."""
    return f"""case when i.merged_into is not null then (
      select json_build_object('id', t.id, 'case_no', t.case_no, 'status', t.status, 'closed_at', t.closed_at)
      from incident t where t.id = i.merged_into and {sees}) end"""


def merged(sees: str) -> str:
    """SQL: of the cases `t` that were merged into this one `i`, those that she `sees`, oldest first."""
    return f"""(select coalesce(json_agg(json_build_object('id', t.id, 'case_no', t.case_no, 'reported_at', t.reported_at)
        order by t.reported_at, t.id), '[]')
      from incident t where t.merged_into = i.id and {sees})"""


def linked(told: str) -> str:
    """SQL: the cases `t` said to be the same matter as a case `i`, each going on by itself; the newest link first.

    `told`: which of them, as a condition on `t`, which may have become another matter. Of each it is told that it is there, and
    when and as what it ended (`closed_at`, `ended_as`; a trigger raises the one for the end of the other).
    """
    return f"""(
  select coalesce(json_agg(json_build_object('id', t.id, 'case_no', t.case_no, 'linked_at', l.linked_at,
      'closed_at', t.closed_at,
      'ended_as', case when t.closed_at is not null then t.status end) order by l.linked_at desc, t.id), '[]')
  from incident_link l join incident t on t.id = case when l.incident_id = i.id then l.other_id else l.incident_id end
  where (l.incident_id = i.id or l.other_id = i.id) and l.unlinked_at is null and t.deleted_at is null and {told})"""


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
    found: bytes = session.execute(
        text(sql), {"id": incident_id, "audiences": audiences, "limit": limit}
    ).scalar_one()
    return found


def leads_to(session: Session, incident_id: UUID) -> UUID | None:
    """The case that one was merged into, if it was."""
    found: UUID | None = session.scalar(
        text("select merged_into from incident where id = :id"), {"id": incident_id}
    )
    return found


def merged_into(session: Session, incident_id: UUID) -> list[UUID]:
    """Return the cases merged into one, in the order of ids."""
    sql = "select id from incident where merged_into = :id order by id"
    return list(session.scalars(text(sql), {"id": incident_id}))


def claim_operation(
    session: Session,
    *,
    principal: str,
    key: str,
    route: str,
    digest: bytes,
    result: dict[str, Any],
    now: datetime,
) -> bool:
    """Claim one operation of a client; false when it took effect before. One under way elsewhere is waited for."""
    sql = """
      insert into applied_op (principal, key, route, digest, result, applied_at)
      values (:principal, :key, :route, :digest, cast(:result as jsonb), :now) on conflict do nothing returning 1
    """
    binds = {"principal": principal, "key": key, "route": route, "digest": digest, "now": now}
    return (
        session.scalar(text(sql), binds | {"result": orjson.dumps(result, default=str).decode()}) is not None
    )


def operation(session: Session, *, principal: str, key: str) -> RowMapping:
    sql = "select digest, result from applied_op where principal = :principal and key = :key"
    return session.execute(text(sql), {"principal": principal, "key": key}).mappings().one()


def rules_of(session: Session, incident_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """The profile version that each case was filed under, and the time zone of its city."""
    sql = """
      select i.id, i.profile_version_id, p.data ->> 'timezone' timezone
      from incident i join profile_version p on p.id = i.profile_version_id where i.id = any(:ids)
    """
    rows = session.execute(text(sql), {"ids": incident_ids}).mappings()
    return {row["id"]: dict(row) for row in rows}
