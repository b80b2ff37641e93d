"""SQL of replies: what is told to whoever reported a case, as a step in its history."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.incidents.scope import NOT_CONFIDENTIAL, directed_clause

# One answer to one matter: whoever reported a case that was merged into it is told, too.
_TOLD_BEFORE = """exists (
  select 1 from incident_event e where e.incident_id = i.id and e.action = 'reply' and e.note = :words)"""


def concerned(
    session: Session, actor: Actor, incident_ids: Sequence[UUID], words: str, *, now: datetime
) -> Sequence[RowMapping]:
    """Return those of the cases that the actor directs, and cases merged into them: `id`, `is_told`.

    `is_told`: these words were sent to the case before. No confidential cases, and none about somebody.
    """
    clause, binds = directed_clause(actor, now, Permission.INCIDENT_DIRECT)
    sql = f"""
      with asked as materialized (select i.id from incident i where i.id = any(cast(:ids as uuid[])) and {clause})
      select i.id, {_TOLD_BEFORE} is_told from incident i
      where (i.id in (select id from asked) or i.merged_into in (select id from asked))
        and i.deleted_at is null and {NOT_CONFIDENTIAL}
      order by i.id
    """
    return (
        session.execute(sql_text(sql), binds | {"ids": list(incident_ids), "words": words}).mappings().all()
    )


def listeners(session: Session, incident_ids: Sequence[UUID], words: str) -> Sequence[RowMapping]:
    """Return `id`, `case_no`, `is_told` of locked cases, and which enabled accounts would read a reply.

    `hears`: of a reporter. `passes_on`: only of somebody who took the report down for another person.
    """
    sql = f"""
      select i.id, i.case_no, {_TOLD_BEFORE} is_told,
        exists (select 1 from report r join reporter p on p.id = r.reporter_id
                join account a on a.id = p.account_id and a.disabled_at is null where r.incident_id = i.id) hears,
        exists (select 1 from account a where a.disabled_at is null and (a.id = i.reported_by or a.id in (
                  select r.joined_by from report r where r.incident_id = i.id))) passes_on
      from incident i
      where i.id = any(cast(:ids as uuid[])) and i.deleted_at is null and {NOT_CONFIDENTIAL} order by i.id
    """
    return session.execute(sql_text(sql), {"ids": list(incident_ids), "words": words}).mappings().all()


def reply(session: Session, actor: Actor, incident_ids: Sequence[UUID], words: str, *, now: datetime) -> None:
    """A step that moves nothing, in the history of each; each is new for those who keep a copy."""
    sql = """
      with new as (
        update incident set updated_at = :now where id = any(cast(:ids as uuid[])) returning id, status)
      insert into incident_event (incident_id, action, from_status, to_status, actor_kind, actor_id, occurred_at, note)
      select id, 'reply', status, status, :kind, :me, :now, :words from new order by id
    """
    binds = {"ids": list(incident_ids), "kind": actor.kind.value, "me": actor.id, "words": words, "now": now}
    session.execute(sql_text(sql), binds)
