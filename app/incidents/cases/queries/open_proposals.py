"""SQL of open proposals: workers chosen by automatic dispatch, for supervisors to confirm.

An open proposal is the newest dispatch run that proposed a worker, while the case waits for the decision about it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.db import Fragment

_NEWEST_RUN = Fragment(
    """select r.* from dispatch_run r where r.incident_id = i.id and r.outcome = 'proposed'
      order by r.at desc, r.id desc limit 1"""
)
# The JSON of the proposal for a case `i`, for those who direct the case; NULL without a proposal.
PROPOSAL = Fragment(
    """(select json_build_object('state', 'proposed', 'run_id', r.id, 'reason', r.reason,
        'worker', (select json_build_object('id', w.id, 'name', w.name) from worker w where w.id = r.worker_id),
        'since', r.at, 'until', cast(r.demand ->> 'until' as timestamptz))
      from ({newest_run}) r where i.waiting_reason = 'proposed')""",
    newest_run=_NEWEST_RUN,
)
_DUE = Fragment(
    """select i.id from incident i cross join lateral ({newest_run}) r
      where i.waiting_reason = 'proposed' and i.deleted_at is null
        and cast(r.demand ->> 'until' as timestamptz) <= :now
      order by i.waiting_since, i.id limit :limit""",
    newest_run=_NEWEST_RUN,
)


def due(session: Session, *, now: datetime, limit: int) -> Sequence[UUID]:
    """Return the ids of cases whose proposal was not decided in time, the longest waiting first."""
    return session.execute(_DUE, {"now": now, "limit": limit}).scalars().all()
