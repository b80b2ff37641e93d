"""SQL of what is proposed: of a case that waits for it, the newest run that proposes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.db import sql_text

_NEWEST = """select r.* from dispatch_run r where r.incident_id = i.id and r.outcome = 'proposed'
  order by r.at desc, r.id desc limit 1"""

# Of a case `i`: whom the rules propose now, for those who direct it; null where they do not.
PROPOSAL = f"""(select json_build_object('state', 'proposed', 'run_id', r.id, 'reason', r.reason,
    'worker', (select json_build_object('id', w.id, 'name', w.name) from worker w where w.id = r.worker_id),
    'since', r.at, 'until', cast(r.demand ->> 'until' as timestamptz))
  from ({_NEWEST}) r where i.waiting_reason = 'proposed')"""


def due(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    sql = f"""
      select i.id from incident i cross join lateral ({_NEWEST}) r
      where i.waiting_reason = 'proposed' and i.deleted_at is null
        and cast(r.demand ->> 'until' as timestamptz) <= :now
      order by i.waiting_since, i.id limit :limit
    """
    return session.execute(sql_text(sql), {"now": now, "limit": limit}).scalars().all()
