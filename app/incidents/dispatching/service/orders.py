"""Orders of supervisors: pin a case to a worker, lock it, or assign it against the rules.

To *pin* a case is to reserve it for one worker: automatic dispatch offers it only to this worker. A *locked* case is not
dispatched automatically.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict, NotFound
from app.dispatch import service as dispatch
from app.dispatch.rules.ranking import WAITS_FOR_PINNED
from app.dispatch.service import Placement
from app.incidents.cases.queries import views, writes
from app.incidents.cases.rules.lifecycle import Status, role_of
from app.incidents.cases.rules.waiting_reasons import LOCKED
from app.incidents.cases.service import admission
from app.incidents.deadlines.service.transition_events import CaseTransition, record, record_transition
from app.incidents.dispatching.service import exclusions, placement
from app.incidents.dispatching.service.second_handler import request_second

# States without a holder in which the rules look for one.
_TO_BE_PLACED = frozenset({Status.FILED, Status.RETURNED})


def pin(session: Session, transition: CaseTransition) -> None:
    """Pin a case to a worker: automatic dispatch then offers it only to this worker.

    If nobody has the case yet, and it is not locked, it is offered to the worker at once.
    """
    case, now, worker_id = transition.case, transition.now, transition.fields["worker_id"]
    if not views.directs_worker(session, transition.actor, worker_id=worker_id, now=now):
        raise NotFound("not_found")
    admission.require_admitted(session, case)
    exclusions.require_free(session, case, worker_id, role="handle")
    dispatch.require_of_city(session, worker_id=worker_id, incident_id=case["id"], now=now)
    record_transition(session, transition.with_detail(worker_id=worker_id))
    writes.update_case(session, case["id"], now=now, pinned_to=worker_id)
    if transition.source in _TO_BE_PLACED and case["locked_at"] is None:
        placement.place_again(session, case["id"], now=now)


def unpin(session: Session, transition: CaseTransition) -> None:
    """Remove the pin of a case, which reserved the case for one worker.

    If the case waits for this worker, automatic dispatch offers it to another worker.

    Raises:
        Conflict: The case is not pinned.
    """
    case, now = transition.case, transition.now
    if case["pinned_to"] is None:
        raise Conflict("not_pinned")
    record_transition(session, transition.with_detail(worker_id=case["pinned_to"]))
    writes.update_case(session, case["id"], now=now, pinned_to=None)
    if case["waiting_reason"] == WAITS_FOR_PINNED:
        placement.place_again(session, case["id"], now=now)


def remove_pin_of(
    session: Session, case: RowMapping, worker_id: UUID | None, *, now: datetime, because: str
) -> None:
    """Remove the pin of a case to this worker (its reservation), because they did not take it.

    Nothing happens if the case is not pinned to this worker.
    """
    if case["pinned_to"] is None or case["pinned_to"] != worker_id:
        return
    detail = {"worker_id": worker_id, "because": because}
    record(session, SYSTEM, case, "unpin", Status(case["status"]), now=now, detail=detail)
    writes.update_case(session, case["id"], now=now, pinned_to=None)


def give_to(
    session: Session,
    actor: Actor,
    case: RowMapping,
    *,
    worker_id: UUID | None,
    now: datetime,
    unit_id: UUID | None = None,
    is_override: bool = False,
) -> Placement:
    """Offer the handling of a case to a chosen worker, or queue it for a chosen unit.

    The previous handling assignment ends. If the case was pinned to (reserved for) another worker, the pin is removed.
    """
    dispatch.end_active(session, incident_id=case["id"], role="handle", state="failed", now=now)
    if case["pinned_to"] != worker_id:
        remove_pin_of(session, case, case["pinned_to"], now=now, because="given_to_other")
    return placement.assign_by_choice(
        session,
        actor,
        case,
        role="handle",
        worker_id=worker_id,
        unit_id=unit_id,
        now=now,
        is_override=is_override,
    )


def lock(session: Session, transition: CaseTransition) -> None:
    """Lock a case: automatic dispatch neither offers it to workers nor takes it from its holder.

    Supervisors can still assign it.
    """
    case, now = transition.case, transition.now
    record_transition(session, transition)
    writes.update_case(session, case["id"], now=now, locked_at=case["locked_at"] or now)


def unlock(session: Session, transition: CaseTransition) -> None:
    """Unlock a case. If the case waits because of the lock, it is dispatched to a worker.

    Raises:
        Conflict: The case is not locked.
    """
    case, now = transition.case, transition.now
    if case["locked_at"] is None:
        raise Conflict("not_locked")
    record_transition(session, transition)
    writes.update_case(session, case["id"], now=now, locked_at=None)
    if case["waiting_reason"] == LOCKED:
        placement.ask_next(session, case["id"], role=role_of(transition.to), now=now)


def override(session: Session, transition: CaseTransition) -> None:
    """Offer a case to a worker whom automatic dispatch excludes.

    The event stores the rules that were overridden. Absolute exclusions cannot be overridden.
    """
    case, now, worker_id = transition.case, transition.now, transition.fields["worker_id"]
    result = give_to(session, transition.actor, case, worker_id=worker_id, now=now, is_override=True)
    detail = {
        "worker_id": result.worker_id,
        "assignment_id": result.assignment_id,
        "overridden": result.overridden,
    }
    record_transition(session, transition.with_detail(**detail))
    writes.update_case(
        session, case["id"], now=now, status=transition.to, waiting_since=None, waiting_reason=None
    )
    request_second(session, case, now=now)
