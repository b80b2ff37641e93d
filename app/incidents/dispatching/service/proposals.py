"""Proposals: a supervisor sees the chosen worker before the worker gets the offer.

The supervisor confirms the proposal or reassigns the case. Without a decision in time the worker gets the offer. The proposal
of a case is its newest dispatch run with the outcome `proposed`; it is open while the case waits for the decision.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotFound
from app.dispatch import service as dispatch
from app.incidents.cases.queries import open_proposals as queries
from app.incidents.cases.queries import writes
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.incidents.dispatching.service import exclusions, placement
from app.incidents.dispatching.service.second_handler import request_second


def confirm(session: Session, transition: CaseTransition) -> None:
    """Offer the case to the proposed worker.

    Raises:
        Conflict: The worker is not eligible now, there is no proposal, or the request names another worker.
    """
    case, now = transition.case, transition.now
    proposed = proposal_of(session, case)
    if proposed is None or transition.fields.get("worker_id") not in (None, proposed["worker_id"]):
        raise Conflict("nothing_proposed")
    result = _offer(session, case, proposed["worker_id"], reason="confirmed", now=now)
    record_transition(
        session, transition.with_detail(worker_id=result.worker_id, assignment_id=result.assignment_id)
    )
    writes.update_case(
        session, case["id"], now=now, status=transition.to, waiting_since=None, waiting_reason=None
    )
    placement.enqueue_expiry(session, case["id"], result)
    request_second(session, case, now=now)


def offer_by_itself(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Offer a case to the proposed worker, because no supervisor decided in time.

    If a rule excludes this worker now, the case is offered to the next candidate. Returns False if no proposal of the case is
    due. A job calls this function for one case.
    """
    case = writes.lock_case(session, incident_id)
    proposed = proposal_of(session, case) if case is not None else None
    if case is None or proposed is None or proposed["until"] > now:
        return False
    context = placement.dispatch_context(session, case, now)
    if placement.blocked_reason_of(case, context.profile) is None:
        try:
            with session.begin_nested():
                result = _offer(session, case, proposed["worker_id"], reason=proposed["reason"], now=now)
        except (Conflict, NotFound):
            result = None
        if result is not None:
            placement.apply_placement(session, case, result, role="handle", now=now)
            return True
    placement.place_again(session, incident_id, now=now, is_ordered=True)
    return True


def proposals_due(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return the ids of cases whose time to decide about the proposal is over, the oldest first."""
    return list(queries.due(session, now=now, limit=limit))


def proposal_of(session: Session, case: RowMapping) -> RowMapping | None:
    """Return the open proposal of a case, or None."""
    if case["waiting_reason"] != dispatch.PROPOSED:
        return None
    return next(iter(dispatch.proposals_of(session, case["id"])), None)


def _offer(
    session: Session, case: RowMapping, worker_id: UUID, *, reason: str, now: datetime
) -> dispatch.Placement:
    """Offer a case to a worker, unless a rule excludes the worker."""
    context = placement.dispatch_context(session, case, now)
    excluded = exclusions.exclusions_for(session, case, role="handle")
    demand = placement.demand_for(case, context.profile, role="handle", excluded=excluded)
    return dispatch.offer_to(session, context, demand, worker_id=worker_id, reason=reason)
