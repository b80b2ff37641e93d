"""Choice of a worker for the work on one case, and storing of the decision.

To *place* a demand (work of one role on a case) is to offer it, assign it or queue it, or to record why it waits.
Candidates are read and judged in `candidates.py`. Other placements: `broadcasts.py` (offers to several workers),
`direct_offers.py` (to a named worker), `batches.py` (of many demands together).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core.ids import uuid7
from app.dispatch.queries import placements as queries
from app.dispatch.rules import ranking
from app.dispatch.rules.ranking import Demand, Verdict
from app.dispatch.service.candidates import AreaPaths, judge_candidates
from app.dispatch.service.context import DispatchContext
from app.dispatch.service.drafts import Placement, PlacementDraft
from app.dispatch.service.runs import demand_json, rules_json, run_binds
from app.profiles.service import ProfileInForce


@dataclass(frozen=True, slots=True)
class Choice:
    """The judged candidates for the work on a case, and how the assignment is made.

    Attributes:
        verdicts: In the order of offers; the first eligible worker with free capacity gets the work.
        round_no: Number of this attempt to find a worker, from 1.
        waiting_reason: Code of the reason to store if no worker gets the work.
        unit_id: The unit whose queue gets the work if no worker does.
        is_accepted: The assignment is accepted at once; duty and capacity of the worker are not checked.
        is_forced: The capacity of the worker is not checked.
        travel: Record of the street travel times, stored with the decision; None: they were not used.
    """

    verdicts: Sequence[Verdict]
    round_no: int
    waiting_reason: str = "nobody_eligible"
    unit_id: UUID | None = None
    is_accepted: bool = False
    is_forced: bool = False
    travel: dict[str, Any] | None = None


def place(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    area_paths: AreaPaths,
    *,
    retry: bool = False,
    is_ordered: bool = False,
) -> Placement:
    """Offer the work on a case to the best eligible worker, or record why it waits.

    Workers of the smallest area around the case are considered first.

    Args:
        retry: The work may have been offered before, so earlier attempts are counted.
        is_ordered: A supervisor ordered it, so the maximum number of attempts does not apply.
    """
    round_no = next_round(session, demand) if retry else 1
    if round_no > context.values.max_rounds and not is_ordered:
        return record_waiting(session, context, demand, reason="asked_enough", round_no=round_no)
    verdicts, travel = judge_candidates(session, context, demand, area_paths)
    choice = Choice(
        verdicts, round_no, waiting_reason=ranking.waiting_reason(area_paths.paths, verdicts), travel=travel
    )
    return write_placement(session, context, demand, choice)


def next_candidate(
    session: Session, context: DispatchContext, demand: Demand, area_paths: AreaPaths
) -> Verdict | None:
    """Return the worker who would get an offer now, as a verdict, or None. Stores nothing."""
    verdicts, _ = judge_candidates(session, context, demand, area_paths)
    return next(iter(ranking.eligible(verdicts)), None)


def assign_own(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    *,
    worker_id: UUID,
    worker_name: str,
    reason: str,
    is_first: bool = False,
) -> Placement:
    """Assign the work on a case to a worker without an offer, as already accepted.

    Used for the worker's own report in their own grid, and for rework.

    Args:
        is_first: No worker was looked for before.
    """
    choice = Choice(
        [single_verdict(worker_id, worker_name, reason)],
        1 if is_first else next_round(session, demand),
        is_accepted=True,
    )
    return write_placement(session, context, demand, choice)


def queue_for_unit(
    session: Session,
    context: DispatchContext,
    demand: Demand,
    *,
    unit_id: UUID,
    is_first: bool = False,
) -> Placement:
    """Put the work on a case into the queue of a unit. The first member who accepts gets it.

    Args:
        is_first: No worker or unit was looked for before.
    """
    choice = Choice([], 1 if is_first else next_round(session, demand), unit_id=unit_id)
    return write_placement(session, context, demand, choice)


def next_round(session: Session, demand: Demand) -> int:
    """Return the number of the next attempt to offer the work of one role on a case, from 1.

    Offers by supervisors are not counted.
    """
    return 1 + queries.rounds(session, incident_id=demand.incident_id, role=demand.role)


def record_waiting(
    session: Session, context: DispatchContext, demand: Demand, *, reason: str, round_no: int = 1
) -> Placement:
    """Store that the work on a case waits because no automatic rule can choose a worker.

    Reasons are: the case is in no grid, it is about a person or unit, or the maximum number of attempts is reached.
    """
    return write_placement(session, context, demand, Choice([], round_no, waiting_reason=reason))


def record_imported(
    session: Session, demands: Sequence[Demand], *, profile: ProfileInForce, now: datetime
) -> None:
    """Store for each imported case that its handling waits for a worker (reason `imported`)."""
    rows = [
        {"id": uuid7(), "incident_id": demand.incident_id, "demand": demand_json(demand)}
        for demand in demands
    ]
    queries.insert_imported(
        session,
        orjson.dumps(rows).decode(),
        {
            "now": now,
            "profile_version_id": profile.id,
            "weights_version": profile.profile.dispatch_weights.version,
        },
    )


def single_verdict(worker_id: UUID, name: str, reason: str) -> Verdict:
    """Return the verdict to store for a worker who was chosen without comparing candidates.

    The verdict is that the worker is eligible.
    """
    return Verdict(worker_id, name, "grid", "worker", True, reason, {}, None, None, 0, 0)


def write_placement(session: Session, context: DispatchContext, demand: Demand, choice: Choice) -> Placement:
    """Give the work to the first eligible worker of the choice, and store the decision.

    An assignment is stored too, and an offer unless the assignment is accepted at once. Without a worker the work goes into
    the queue of the unit, or waits. If the context has a draft, the draft takes the placement, and nothing is stored.
    """
    ranked = ranking.eligible(choice.verdicts)
    demand_data = demand_json(demand) | {"rules": rules_json(context.settings, choice.travel)}
    run = run_binds(context, demand, demand_data, choice.verdicts, round_no=choice.round_no)
    values = run | {
        "demand": orjson.Fragment(run["demand"]),
        "candidates": orjson.Fragment(run["candidates"]),
        "ranked": [v.worker_id for v in ranked],
        "reasons": {str(v.worker_id): v.reason for v in ranked},
        "rings": {str(v.worker_id): v.ring for v in ranked},
        "is_forced": choice.is_accepted or choice.is_forced,
        "is_accepted": choice.is_accepted,
        "unit_id": choice.unit_id,
        "queue_reason": "unit_queue",
        "offer_id": uuid7(),
        "run_reason": choice.waiting_reason,
    }
    if context.draft is not None:
        return context.draft.hold(values | {"first_reason": ranked[0].reason if ranked else None})
    return _write(session, values)


def write_draft(session: Session, draft: PlacementDraft) -> Placement:
    """Write a draft by a statement of its own, with all ranked workers, and return the outcome."""
    return _write(session, draft.values)


def _write(session: Session, values: dict[str, Any]) -> Placement:
    row = queries.write_placement(session, values)
    return Placement(
        outcome=row["outcome"],
        reason=row["reason"],
        assignment_id=row["assignment_id"],
        worker_id=row["worker_id"],
        offer_expires_at=values["expires_at"] if row["outcome"] == "offered" else None,
    )
