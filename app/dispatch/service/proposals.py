"""Proposals: chosen workers who get an offer only if a supervisor confirms the choice.

The stored decision has all candidates like any other decision. There is no assignment, no offer and no load, and only
supervisors of the case see the proposal.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from app.dispatch.queries import proposals as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand
from app.dispatch.service import broadcasts, placements
from app.dispatch.service.candidates import AreaPaths, judge_candidates
from app.dispatch.service.context import DispatchContext
from app.dispatch.service.drafts import Placement
from app.dispatch.service.runs import demand_json, rules_json, run_binds

PROPOSED = "proposed"


def place(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    retry: bool = False,
    is_ordered: bool = False,
    category: str | None = None,
) -> Placement:
    """Offer the work on a case to the best worker, or only propose this worker to supervisors.

    The settings in force say for which priorities and categories a worker is only proposed. A supervisor then confirms the
    proposal. The same work is proposed once at most.

    Args:
        retry: The work may have been offered or proposed before, so earlier attempts are counted.
        is_ordered: A supervisor ordered it: no proposal is made, and the maximum number of attempts does not apply.
        category: Category of the case. None: never propose.
    """
    rule = context.values.propose
    if category is not None and rule.asks(priority=demand.priority, category=category) and not is_ordered:
        proposal = _propose(session, context, demand, area_paths, retry=retry)
        if proposal is not None:
            return proposal
    return broadcasts.place(session, context, demand, area_paths, retry=retry, is_ordered=is_ordered)


def proposals_of(session: Session, incident_id: UUID) -> Sequence[RowMapping]:
    """Return all proposals of workers for a case, newest first."""
    return queries.proposals_of(session, incident_id)


def _propose(
    session: Session, context: DispatchContext, demand: Demand, area_paths: AreaPaths, *, retry: bool
) -> Placement | None:
    """Store a proposal of the best worker for the work on a case.

    Returns None, and stores nothing, if there was a proposal before, or if no worker is eligible.
    """
    if retry and queries.proposals_of(session, demand.incident_id):
        return None
    verdicts, travel = judge_candidates(session, context, demand, area_paths)
    ranked = ranking.eligible(verdicts)
    if not ranked:
        return None
    until = context.now + context.values.propose.time
    demand_data = demand_json(demand) | {
        "rules": rules_json(context.settings, travel),
        "until": until.isoformat(),
    }
    round_no = placements.next_round(session, demand) if retry else 1
    run = run_binds(context, demand, demand_data, verdicts, round_no=round_no)
    chosen = ranked[0]
    queries.insert_proposal(session, run | {"worker_id": chosen.worker_id, "reason": chosen.reason})
    return Placement(PROPOSED, chosen.reason, None, chosen.worker_id, until)
