"""SQL of photos and voice notes that hang on visits. Whose they are decides whether they rightly do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.workforce.scope import reach

# What others name a visit for is not the visit's: only who was there may add to it.
RIGHTLY = "m.uploaded_by = v.visited_by"

# Of a visit `v`, for whoever sees it. Who sent it, size and digest are asked for by id.
ON_VISIT = f"""(select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'state', m.state,
    'content_type', m.content_type) order by m.created_at, m.id), '[]')
  from media m where m.visit_id = v.id and m.deleted_at is null and {RIGHTLY})"""


def is_seen(session: Session, actor: Actor, *, media_id: UUID, permission: Permission, now: datetime) -> bool:
    """Whether it rightly hangs on a visit to a household over which the actor holds `permission`."""
    there, binds = reach(actor, permission, "h.scope_path", now=now)
    sql = f"""
      select exists (
        select 1 from media m join visit v on v.id = m.visit_id and v.deleted_at is null
        join household h on h.id = v.household_id and h.deleted_at is null
        where m.id = :media_id and {RIGHTLY} and {there})
    """
    return bool(session.scalar(sql_text(sql), binds | {"media_id": media_id}))


def of_visits_to(session: Session, household_id: UUID) -> list[UUID]:
    """All that hangs on visits to a household."""
    sql = """
      select m.id from media m join visit v on v.id = m.visit_id
      where v.household_id = :id and m.deleted_at is null order by m.id
    """
    return list(session.scalars(sql_text(sql), {"id": household_id}))
