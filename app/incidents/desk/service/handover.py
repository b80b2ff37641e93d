"""Handover of the cases of an absent worker to other workers."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.dispatch import service as dispatch
from app.incidents.cases.queries import directed_work as queries
from app.incidents.cases.queries import writes
from app.incidents.dispatching.service.answers import withdraw_from_absent
from app.incidents.lifecycle.service.transitions import apply_transition


def lock_work(session: Session, *, worker_id: UUID) -> None:
    """Lock the cases of a worker, and then the workload of all workers who are involved in them.

    The workload is the number of offers and unfinished assignments of a worker. A transaction that moves several of these
    cases calls this first. Otherwise each move would lock workloads in its own order, and two transactions could deadlock
    (app.core.locks).
    """
    cases = dispatch.demands_of_worker(session, worker_id)
    writes.lock_cases(session, cases)
    dispatch.lock_loads(session, cases)


def offer_to_next(session: Session, *, worker_id: UUID) -> int:
    """Withdraw the offers of a worker who went off duty, and offer the cases to others.

    Return the number of cases.
    """
    now = clock.now()
    cases = dispatch.demands_offered_to(session, worker_id)
    return sum(withdraw_from_absent(session, incident_id=incident_id, now=now) for incident_id in cases)


def accepted_work(session: Session, actor: Actor, *, worker_id: UUID) -> list[dict[str, Any]]:
    """Return the cases that a worker has accepted and that the actor directs.

    To direct a case means to hold `incident:direct` in its area.
    """
    return [dict(row) for row in queries.accepted_by(session, actor, worker_id=worker_id, now=clock.now())]


def hand_over(
    session: Session, actor: Actor, *, worker_id: UUID, to_worker_id: UUID, note: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Offer the cases that a worker has accepted to another worker.

    If a rule does not allow this for one case, the other cases are still offered.

    Returns:
        (cases that were offered, cases that were not). A case that was not offered has `reason`, the code of the rule.
    """
    offered: list[dict[str, Any]] = []
    remaining: list[dict[str, Any]] = []
    for case in queries.accepted_by(session, actor, worker_id=worker_id, now=clock.now()):
        try:
            with session.begin_nested():  # a case that cannot be handed over does not stop the others
                _reassign(session, actor, case, to_worker_id=to_worker_id, note=note)
        except DomainError as error:
            remaining.append({**case, "reason": str(error.extra.get("reason") or error.code)})
        else:
            offered.append(dict(case))
    return offered, remaining


_ASSIGN_ACTIONS = {"verify": "assign_verify", "check": "assign_check", "second": "assign_second"}


def _reassign(session: Session, actor: Actor, case: RowMapping, *, to_worker_id: UUID, note: str) -> None:
    action = _ASSIGN_ACTIONS.get(case["role"], "reassign")
    apply_transition(session, actor, incident_id=case["id"], action=action, note=note, worker_id=to_worker_id)
