"""The statement that finds workers who may not be offered the same work again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.db import Fragment
from app.dispatch.queries.transitions import listed
from app.dispatch.rules.states import FAILED_BECAUSE, MOVED_BECAUSE, UNSUCCESSFUL_OFFER

# An undelivered offer excludes the worker only until the device is online again.
_PRIOR_OFFERS = Fragment(
    """
    select distinct on (t.incident_id, t.role, t.worker_id) t.incident_id, t.role, t.worker_id, t.reason
    from (
      select o.incident_id, a.role, o.worker_id, o.answered_at at,
             case o.state when 'expired' then 'offer_expired' when 'undelivered' then 'undelivered'
               else case when o.because = 'conflict_of_interest' then o.because else 'declined' end end reason
      from offer o join assignment a on a.id = o.assignment_id
      where o.incident_id = any(cast(:ids as uuid[])) and o.state in {unsuccessful}
        and not (o.state = 'undelivered' and (
          exists (select from offer_delivery d where d.worker_id = o.worker_id and d.occurred_at > o.answered_at)
          or exists (select from worker_position p where p.worker_id = o.worker_id and p.at > o.answered_at)))
      union all
      select a.incident_id, a.role, a.worker_id, a.ended_at,
             case when a.ended_because in {failed_because} then a.ended_because
                  when a.ended_because in {moved_because} then 'moved_on' else 'gave_it_on' end
      from assignment a
      where a.incident_id = any(cast(:ids as uuid[])) and a.worker_id is not null
        and (a.state = 'withdrawn' and a.ended_because in {moved_because}
             or a.state = 'failed' and not exists (
                  select from offer o where o.assignment_id = a.id and o.state in {unsuccessful}))) t
    order by t.incident_id, t.role, t.worker_id, t.at desc
    """,
    unsuccessful=listed(UNSUCCESSFUL_OFFER),
    failed_because=listed(FAILED_BECAUSE),
    moved_because=listed(MOVED_BECAUSE),
)


def exclusions_of_demands(session: Session, incident_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Return for each case the workers who may not be offered the same work again.

    These workers declined, did not answer, could not be reached, gave the work back, or had it withdrawn by the
    automatic rules. Columns: `incident_id`, `role`, `worker_id`, `reason`.
    """
    return session.execute(_PRIOR_OFFERS, {"ids": list(incident_ids)}).mappings().all()


def exclusions(session: Session, *, incident_id: UUID, role: str) -> dict[UUID, str]:
    """Return the workers who may not be offered a role on a case again, each with the reason."""
    rows = exclusions_of_demands(session, [incident_id])
    return {row["worker_id"]: row["reason"] for row in rows if row["role"] == role}
