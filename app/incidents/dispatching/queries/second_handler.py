"""SQL of the second who helps the lead of a case."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.dispatch.rules.states import ACTIVE_SQL


def second_of(session: Session, incident_id: UUID) -> RowMapping | None:
    """Return what became of the second since a worker leads the case; None where no worker leads.

    `state`: of the second's live attempt, or None. `has_handed_in`: a second did, for this lead. `is_alone`: the lead gave a
    reason for beginning alone.
    """
    sql = f"""
      select
        (select s.state from assignment s
         where s.incident_id = l.incident_id and s.role = 'second' and s.state in {ACTIVE_SQL} limit 1) state,
        exists (select 1 from assignment s where s.incident_id = l.incident_id and s.role = 'second'
                and s.state = 'done' and s.ended_at >= l.created_at) has_handed_in,
        exists (select 1 from incident_event e where e.incident_id = l.incident_id and e.action = 'start'
                and e.detail ? 'alone' and e.occurred_at >= l.created_at) is_alone
      from assignment l
      where l.incident_id = :id and l.role = 'handle' and l.state in {ACTIVE_SQL} and l.worker_id is not null
      order by l.created_at desc limit 1
    """
    return session.execute(sql_text(sql), {"id": incident_id}).mappings().one_or_none()
