"""SQL of the workers excluded by earlier offers and assignments of a demand."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import sql_text
from app.dispatch.rules.states import FAILED_BECAUSE, MOVED_BECAUSE, sql_list

# An offer that never reached its phone keeps nobody out once the phone has been heard of again.
_WAS_REACHED_SINCE_SQL = """(
  exists (select 1 from offer_delivery d where d.worker_id = o.worker_id and d.occurred_at > o.answered_at)
  or exists (select 1 from worker_position p where p.worker_id = o.worker_id and p.at > o.answered_at))"""

_PRIOR_OFFERS_SQL = f"""
  select distinct on (t.incident_id, t.role, t.worker_id) t.incident_id, t.role, t.worker_id, t.reason
  from (
    select o.incident_id, a.role, o.worker_id, o.answered_at at,
           case o.state when 'expired' then 'offer_expired' when 'undelivered' then 'undelivered'
             else case when o.because = 'conflict_of_interest' then o.because else 'declined' end end reason
    from offer o join assignment a on a.id = o.assignment_id
    where o.incident_id = any(cast(:ids as uuid[])) and o.state in ('declined', 'expired', 'undelivered')
      and not (o.state = 'undelivered' and {_WAS_REACHED_SINCE_SQL})
    union all
    select a.incident_id, a.role, a.worker_id, a.ended_at,
           case when a.ended_because in {sql_list(FAILED_BECAUSE)} then a.ended_because
                when a.ended_because in {sql_list(MOVED_BECAUSE)} then 'moved_on' else 'gave_it_on' end
    from assignment a
    where a.incident_id = any(cast(:ids as uuid[])) and a.worker_id is not null
      and (a.state = 'withdrawn' and a.ended_because in {sql_list(MOVED_BECAUSE)}
           or a.state = 'failed' and not exists (
                select 1 from offer o where o.assignment_id = a.id and o.state in ('declined', 'expired', 'undelivered')))) t
  order by t.incident_id, t.role, t.worker_id, t.at desc
"""


def exclusions_of_demands(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Incident, role, worker and reason, for everyone who is not to be asked again: who declined, let it run out, was out
    of reach, had it and gave it on, or from whom it was taken."""
    return session.execute(sql_text(_PRIOR_OFFERS_SQL), {"ids": list(incident_ids)}).mappings().all()


def exclusions(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    """Return the excluded workers of one demand: worker -> reason."""
    rows = exclusions_of_demands(session, [incident_id])
    return {row["worker_id"]: row["reason"] for row in rows if row["role"] == role}
