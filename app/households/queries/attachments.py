"""SQL of photos and voice notes that hang on visits. Whose they are decides whether they rightly do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Permission
from app.core.db import sql_text
from app.households.models import Visit
from app.media.models import Media
from app.workforce.scope import reach

# What others name a visit for is not the visit's: only who was there may add to it.
RIGHTLY = "m.uploaded_by = v.visited_by"

# Of a visit `v`, for whoever sees it. Who sent it, size and digest are asked for by id.
ON_VISIT = f"""(select coalesce(json_agg(json_build_object('id', m.id, 'kind', m.kind, 'state', m.state,
    'content_type', m.content_type) order by m.created_at, m.id), '[]')
  from media m where m.visit_id = v.id and m.deleted_at is null and {RIGHTLY})"""

_OF_VISITS = (
    select(Media.id)
    .join(Visit, Visit.id == Media.visit_id)
    .where(Visit.household_id == bindparam("household_id"), Media.deleted_at.is_(None))
    .order_by(Media.id)
)


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
    """Return the media that are linked to visits to a household, in the order of their ids."""
    return list(session.scalars(_OF_VISITS, {"household_id": household_id}))
