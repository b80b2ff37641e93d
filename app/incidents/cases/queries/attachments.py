"""SQL of photos and voice notes that hang on cases. Whose they are decides whether they rightly do."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import sql_text
from app.incidents.scope import case_visibility, for_alias

# What others name a case for is not the case's: it takes somebody who reported it, has or had it in hand, or
# somebody who sees it and says so.
BELONGS_TO_CASE_SQL = """(m.admitted_by is not null or m.uploaded_by = i.reported_by
  or exists (select 1 from assignment a where a.incident_id = i.id and a.account_id = m.uploaded_by)
  or exists (select 1 from report r join reporter p on p.id = r.reporter_id
             where r.incident_id = i.id and p.account_id = m.uploaded_by))"""
# A voice, and what somebody attached to be recognised by: for who works on cases, and who sent it.
_PERSONAL = "m.kind in ('voice', 'reference') and m.uploaded_by <> :me"

# For phones: the case's own, as far as the reader may have it. Who sent it, size and digest are asked for by id.
_ON_PHONE = """(select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'state', m.state,
    'content_type', m.content_type) order by m.created_at, m.id), '[]')
  from media m where m.incident_id = i.id and m.deleted_at is null and {rightly} and {less})"""


def on_phone(actor: Actor, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return SQL for the media of a case `i` as far as the reader may have them, and its binds."""
    visibility = case_visibility(actor, now)
    return _ON_PHONE.format(
        rightly=BELONGS_TO_CASE_SQL, less=_personal_media_clause(visibility.handled_clause)
    ), visibility.binds


def _personal_media_clause(handled: str) -> str:
    """Return SQL that hides personal media. `handled`: true where a grant that handles cases shows the case."""
    return "true" if handled == "true" else f"({handled} or not ({_PERSONAL}))"


def media_items(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    fields: str,
    has_part: bool,
    now: datetime,
    limit: int,
) -> bytes:
    """Return the media of a visible case as JSON; with `has_part` also those of cases merged into it."""
    visibility = case_visibility(actor, now)
    merged = "or i.merged_into = :id" if has_part else ""
    sql = f"""
      select coalesce(json_agg(t.item order by t.created_at, t.id), '[]') from (
        select m.id, m.created_at, json_build_object({fields}) item
        from media m join incident i on i.id = m.incident_id
        where m.incident_id = any(array(select i.id from incident i where i.id = :id {merged}))
          and m.deleted_at is null and {BELONGS_TO_CASE_SQL} and {_personal_media_clause(visibility.handled_clause)}
        order by m.created_at, m.id limit :limit) t
    """
    binds = visibility.binds | {"id": incident_id, "limit": limit}
    items: bytes = session.execute(sql_text(sql), binds).scalar_one()
    return items


def is_media_visible(session: Session, actor: Actor, *, media_id: UUID, now: datetime) -> bool:
    """Return True if the media belongs to a case visible to the actor, or to one merged into a visible case."""
    visibility = case_visibility(actor, now)
    visible_sql = f"({visibility.clause} and {_personal_media_clause(visibility.handled_clause)})"
    sql = f"""
      select exists (
        select 1 from media m join incident i on i.id = m.incident_id
        where m.id = :media_id and i.deleted_at is null and {BELONGS_TO_CASE_SQL}
          and ({visible_sql} or exists (
            select 1 from incident t where t.id = i.merged_into and t.reported_by is distinct from :me
              and {for_alias(visible_sql)})))
    """
    return bool(session.scalar(sql_text(sql), visibility.binds | {"media_id": media_id}))
