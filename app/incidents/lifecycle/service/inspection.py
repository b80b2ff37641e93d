"""The common part of verifications (before filing) and checks (after handling).

In both, a worker looks at the place of the case.
"""

from sqlalchemy.orm import Session

from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.incidents.dispatching.service import placement


def record_inconclusive(session: Session, transition: CaseTransition, *, role: str) -> None:
    """Store that a check or verification had no clear result, and offer it to another worker."""
    incident_id, now = transition.case_id, transition.now
    record_transition(session, transition)
    dispatch.end_active(session, incident_id=incident_id, role=role, state="failed", now=now)
    writes.update_case(session, incident_id, now=now, status=transition.to)
    placement.ask_next(session, incident_id, role=role, now=now)


def assign(session: Session, transition: CaseTransition, *, role: str) -> None:
    """Offer the check or verification to the worker whom a supervisor chose.

    Earlier offers of this work are withdrawn.
    """
    case, now, worker_id = transition.case, transition.now, transition.fields["worker_id"]
    dispatch.end_active(session, incident_id=case["id"], role=role, state="withdrawn", now=now)
    result = placement.assign_by_choice(
        session, transition.actor, case, role=role, worker_id=worker_id, unit_id=None, now=now
    )
    record_transition(
        session, transition.with_detail(worker_id=worker_id, assignment_id=result.assignment_id)
    )
    writes.update_case(
        session, case["id"], now=now, status=transition.to, waiting_since=None, waiting_reason=None
    )
