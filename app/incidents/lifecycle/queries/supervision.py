"""SQL of cases due for review, and of supervisions whose time is over."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.db import sql_text


def due_for_review(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Cases put off or on the books whose date has come, or that have none, and that wait for nobody yet."""
    sql = """
      select id from (
        select id, review_at from incident
        where review_at <= :now and status in ('deferred', 'on_books') and waiting_since is null and deleted_at is null
        union all
        select id, null from incident
        where review_at is null and status = 'deferred' and waiting_since is null and deleted_at is null) d
      order by review_at nulls first, id limit :limit
    """
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()


def supervisions_due(
    session: Session, *, now: datetime, limit: int, incident_id: UUID | None = None
) -> Sequence[UUID]:
    """Cases under supervision until a time that has come, which was not told since that time was set."""
    sql = """
      select i.id from incident i
      where i.supervised_at is not null and i.supervised_until <= :now and i.deleted_at is null
        and (cast(:incident_id as uuid) is null or i.id = :incident_id)
        and coalesce((select e.action from incident_event e
                      where e.incident_id = i.id and e.action in ('supervise', 'supervision_due')
                      order by e.seq desc limit 1), '') <> 'supervision_due'
      order by i.supervised_until, i.id limit :limit
    """
    binds = {"now": now, "limit": limit, "incident_id": incident_id}
    return session.execute(sql_text(sql), binds).scalars().all()
