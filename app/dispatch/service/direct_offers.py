"""Offers to one given worker, whom a supervisor chose.

*Pinned* work may be done only by one worker, by a supervisor's order.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.dispatch.queries import placements as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand, Verdict
from app.dispatch.rules.refusals import worker_not_eligible
from app.dispatch.service.candidates import candidate_of
from app.dispatch.service.context import DispatchContext
from app.dispatch.service.drafts import Placement
from app.dispatch.service.fairness import with_workload
from app.dispatch.service.placements import Choice, next_round, single_verdict, write_placement


def judge_worker(
    session: Session, context: DispatchContext, demand: Demand, worker_id: UUID, *, is_holder: bool = False
) -> tuple[Verdict, list[str]]:
    """Judge one worker of any area for the work on a case.

    Returns (verdict: eligible or not, reason and cost; codes of all rules that exclude the worker).

    Args:
        is_holder: The worker has this work already, so it is not counted a second time.

    Raises:
        NotFound: There is no such worker.
    """
    facts = queries.worker_facts(
        session,
        worker_id=worker_id,
        incident_id=demand.incident_id,
        lon=demand.lon,
        lat=demand.lat,
        now=context.now,
    )
    if facts is None:
        raise NotFound("not_found")
    base_candidate = replace(candidate_of(facts), is_of_city=facts["is_of_city"])
    (candidate,) = with_workload(session, context, [base_candidate])
    if is_holder:
        candidate = replace(candidate, open_work=max(candidate.open_work - 1, 0))
    [verdict] = ranking.judge(demand, [candidate], context.weights, context.values)
    return verdict, ranking.exclusions(demand, candidate)


def require_of_city(session: Session, *, worker_id: UUID, incident_id: UUID, now: datetime) -> None:
    """Raise Conflict if the worker may not work in the city of the case.

    Raises:
        Conflict: The worker is of another city that has no agreement with the city of the case.
    """
    if not queries.is_of_city(session, worker_id=worker_id, incident_id=incident_id, now=now):
        raise worker_not_eligible(ranking.OTHER_CITY, reasons=[ranking.OTHER_CITY], may_override=False)


def place_pinned(session: Session, context: DispatchContext, demand: Demand, worker_id: UUID) -> Placement:
    """Offer work on a case to the only worker who may get it by a supervisor's order.

    If the worker is not eligible now, the work waits for the worker, and this is stored.
    """
    verdict, reasons = judge_worker(session, context, demand, worker_id)
    if not reasons:
        verdict = single_verdict(worker_id, verdict.name, "pinned")
    choice = Choice([verdict], next_round(session, demand), waiting_reason=ranking.WAITS_FOR_PINNED)
    return write_placement(session, context, demand, choice)


def offer_to(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    *,
    worker_id: UUID,
    is_override: bool = False,
    reason: str = "by_supervisor",
) -> Placement:
    """Offer work on a case to the worker whom a supervisor chose.

    Args:
        is_override: Make the offer although rules exclude the worker. These rules are listed in the stored decision and
            in the result.

    Raises:
        NotFound: There is no such worker.
        Conflict: A rule excludes the worker. With `is_override`: a rule of `NEVER_OVERRIDDEN` excludes the worker.
    """
    verdict, reasons = judge_worker(session, context, demand, worker_id)
    absolute_rules = [reason for reason in reasons if reason in ranking.NEVER_OVERRIDDEN]
    if absolute_rules if is_override else reasons:
        first_rule = (absolute_rules or reasons)[0]
        raise worker_not_eligible(first_rule, reasons=reasons, may_override=not absolute_rules)
    chosen = single_verdict(worker_id, verdict.name, "override" if reasons else reason)
    chosen = replace(
        chosen, overridden=tuple(reasons), open_work=verdict.open_work, capacity=verdict.capacity
    )
    choice = Choice([chosen], next_round(session, demand), is_forced=bool(reasons))
    placement = write_placement(session, context, demand, choice)
    if placement.worker_id is None:  # filled or gone off duty since the worker was judged
        raise worker_not_eligible("full")
    return replace(placement, overridden=chosen.overridden)
