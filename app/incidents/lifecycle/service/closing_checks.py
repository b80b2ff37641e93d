"""The check of handled work at the place of the case: results, and choice of the checker."""

from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.dispatch import service as dispatch
from app.incidents.cases.queries import writes
from app.incidents.deadlines.service import limits
from app.incidents.deadlines.service.transition_events import CaseTransition, record_transition
from app.incidents.dispatching.service import exclusions, placement
from app.incidents.lifecycle.service import inspection


def pass_check(session: Session, transition: CaseTransition) -> None:
    """Close a case after a passed check."""
    now = transition.now
    record_transition(session, transition)
    dispatch.end_active(session, incident_id=transition.case_id, role="check", state="done", now=now)
    writes.update_case(session, transition.case_id, now=now, status=transition.to, closed_at=now)


def fail_check(session: Session, transition: CaseTransition) -> None:
    """Return a case to its handler after a failed check, and increase the number of its reworks.

    The handling deadline runs again, with the time that was left.
    """
    case, now = transition.case, transition.now
    record_transition(session, transition)
    dispatch.end_active(session, incident_id=case["id"], role="check", state="done", now=now)
    limits.restart(session, case, now=now)
    rework_count = case["rework_count"] + 1
    writes.update_case(session, case["id"], now=now, status=transition.to, rework_count=rework_count)
    placement.give_back(session, case, now=now)


def unable_to_check(session: Session, transition: CaseTransition) -> None:
    """Store that the checker could not decide, and offer the check to another worker."""
    inspection.record_inconclusive(session, transition, role="check")


def assign_check(session: Session, transition: CaseTransition) -> None:
    """Offer the check of a case to the worker whom a supervisor chose.

    Raises:
        Conflict: The worker has handled the case.
    """
    excluded = exclusions.part_exclusions(session, transition.case, "check")
    if excluded.get(transition.fields["worker_id"]) == "handled_it":
        raise Conflict("own_work_check")
    inspection.assign(session, transition, role="check")
