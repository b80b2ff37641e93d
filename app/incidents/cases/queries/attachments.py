"""SQL of photos and voice notes that hang on cases. Whose they are decides whether they rightly do."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import sql_text
from app.incidents.scope import of_other, sight

# What others name a case for is not the case's: it takes somebody who reported it, has or had it in hand, or
# somebody who sees it and says so.
RIGHTLY = """(m.admitted_by is not null or m.uploaded_by = i.reported_by
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
    seen = sight(actor, now)
    return _ON_PHONE.format(rightly=RIGHTLY, less=_less_personal(seen.handled)), seen.binds


def _less_personal(handled: str) -> str:
    """`handled`: SQL that is true where a grant that handles cases shows the case."""
    return "true" if handled == "true" else f"({handled} or not ({_PERSONAL}))"


def listed(
    session: Session,
    actor: Actor,
    *,
    incident_id: UUID,
    fields: str,
    has_part: bool,
    now: datetime,
    limit: int,
) -> bytes:
    """What hangs on a case the actor sees, and for who has a part in it on cases merged into it too."""
    seen = sight(actor, now)
    merged = "or i.merged_into = :id" if has_part else ""
    sql = f"""
      select coalesce(json_agg(t.item order by t.created_at, t.id), '[]') from (
        select m.id, m.created_at, json_build_object({fields}) item
        from media m join incident i on i.id = m.incident_id
        where m.incident_id = any(array(select i.id from incident i where i.id = :id {merged}))
          and m.deleted_at is null and {RIGHTLY} and {_less_personal(seen.handled)}
        order by m.created_at, m.id limit :limit) t
    """
    binds = seen.binds | {"id": incident_id, "limit": limit}
    found: bytes = session.execute(sql_text(sql), binds).scalar_one()
    return found


def is_seen(session: Session, actor: Actor, *, media_id: UUID, now: datetime) -> bool:
    """Whether it rightly hangs on a case the actor sees, or on one that is merged into such a case in her hands."""
    seen = sight(actor, now)
    shown = f"({seen.clause} and {_less_personal(seen.handled)})"
    sql = f"""
      select exists (
        select 1 from media m join incident i on i.id = m.incident_id
        where m.id = :media_id and i.deleted_at is null and {RIGHTLY}
          and ({shown} or exists (
            select 1 from incident t where t.id = i.merged_into and t.reported_by is distinct from :me and {of_other(shown)})))
    """
    return bool(session.scalar(sql_text(sql), seen.binds | {"media_id": media_id}))
