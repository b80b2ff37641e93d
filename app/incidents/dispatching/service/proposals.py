"""A supervisor is told first whom the rules have chosen. She confirms, or reassigns it; else it is offered by itself.

What is proposed is the newest run that proposes, for as long as the case waits for it: so it cannot outlive that.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.dispatch import service as dispatch
from app.incidents.cases.queries import open_proposals as queries
from app.incidents.cases.queries import writes
from app.incidents.cases.rules.lifecycle import Status
from app.incidents.deadlines.service.transition_events import record
from app.incidents.dispatching.service import exclusions, placement
from app.incidents.dispatching.service.second_handler import request_second


def confirm(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    to: Status,
    now: datetime,
    note: str | None,
    worker_id: UUID | None = None,
    **_: Any,
) -> None:
    """Confirm a proposal: the worker is asked now. 409 if they cannot take it, or are not `worker_id`."""
    proposed = proposal_of(session, case)
    if proposed is None or worker_id not in (None, proposed["worker_id"]):
        raise Conflict("nothing_proposed")
    result = _offer(session, case, proposed["worker_id"], reason="confirmed", now=now)
    detail = {"worker_id": result.worker_id, "assignment_id": result.assignment_id}
    record(session, actor, case, "confirm", to, now=now, note=note, detail=detail)
    writes.update_case(session, case["id"], now=now, status=to, waiting_since=None, waiting_reason=None)
    placement.enqueue_expiry(session, case["id"], result)
    request_second(session, case, now=now)


def offer_by_itself(session: Session, *, incident_id: UUID, now: datetime) -> bool:
    """Ask the proposed worker once the time to decide is over, or the next candidate. Jobs call this for one case."""
    case = writes.lock_case(session, incident_id)
    proposed = proposal_of(session, case) if case is not None else None
    if case is None or proposed is None or proposed["until"] > now:
        return False
    profile, _ = placement.rules_of(session, case, now)
    if placement.blocked_reason_of(case, profile) is None:
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
    """Cases for which nobody has decided in time, the longest first."""
    return list(queries.due(session, now=now, limit=limit))


def proposal_of(session: Session, case: RowMapping) -> RowMapping | None:
    """Return the open proposal of a case, or None."""
    if case["waiting_reason"] != dispatch.PROPOSED:
        return None
    return next(iter(dispatch.proposals_of(session, case["id"])), None)


def _offer(
    session: Session, case: RowMapping, worker_id: UUID, *, reason: str, now: datetime
) -> dispatch.Placement:
    profile, settings = placement.rules_of(session, case, now)
    excluded = exclusions.exclusions_for(session, case, role="handle")
    demand = placement.demand_for(case, profile, role="handle", excluded=excluded)
    context = dispatch.DispatchContext(profile, settings, now)
    return dispatch.offer_to(session, context, demand, worker_id=worker_id, reason=reason)
