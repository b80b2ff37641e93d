"""Joint decision about all work of a district that waits for a worker (a *batch*)."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core.db import set_statement_timeout
from app.core.ids import uuid7
from app.dispatch.queries import batches as queries
from app.dispatch.queries import prior_offers as before
from app.dispatch.rules import batch
from app.dispatch.rules.batch import BatchInput, Decision
from app.dispatch.rules.batch_input import PoolWorker, WaitingDemand, build_batch_input
from app.dispatch.service.context import DispatchContext
from app.dispatch.service.drafts import Placement
from app.dispatch.service.fairness import pool_with_workload
from app.dispatch.service.runs import demand_json
from app.dispatch.service.street_times import with_travel_times

# The statements on a whole district may take longer than those of a request.
STATEMENT_TIMEOUT_MS = 120_000


@dataclass(frozen=True, slots=True)
class BatchSolution:
    """The worker chosen for each waiting demand (work on a case) of a district, not yet stored.

    Attributes:
        waiting: The demands, in the order of `batch_input.demands`.
        solve_ms: Duration of the computation in milliseconds.
    """

    area_id: UUID
    batch_input: BatchInput
    decision: Decision
    waiting: list[WaitingDemand]
    solve_ms: float

    def unplaced_reasons(self) -> dict[UUID, str]:
        """Return the reason codes of all waiting work for which no worker was found."""
        return {
            waiting_demand.demand.incident_id: self.decision.reason[n]
            for n, waiting_demand in enumerate(self.waiting)
            if self.decision.pair[n] < 0
        }


def try_lock_district(session: Session, area_id: UUID) -> bool:
    """Lock a district until the transaction ends, so that only one process decides on its cases.

    Returns False if another transaction has the lock.
    """
    return queries.try_lock_district(session, area_id)


def exclusions_and_rounds(
    session: Session, incident_ids: Sequence[UUID]
) -> tuple[dict[tuple[UUID, str], dict[UUID, str]], dict[tuple[UUID, str], int]]:
    """Return (workers who may not get a new offer, number of offer attempts): two dicts.

    The keys of each dict are (case id, role).
    """
    exclusions: dict[tuple[UUID, str], dict[UUID, str]] = defaultdict(dict)
    for row in before.exclusions_of_demands(session, incident_ids):
        exclusions[row["incident_id"], row["role"]][row["worker_id"]] = row["reason"]
    rounds = {
        (row["incident_id"], row["role"]): row["rounds"] for row in queries.rounds_of(session, incident_ids)
    }
    return exclusions, rounds


def solve(
    session: Session,
    context: DispatchContext,
    waiting: Sequence[WaitingDemand],
    *,
    area_id: UUID,
    path: str,
) -> BatchSolution:
    """Compute which worker gets which of the waiting work in the area at `path`. Stores nothing."""
    set_statement_timeout(session, STATEMENT_TIMEOUT_MS)
    workers = pool_with_workload(session, context, _pool(session, context, path))
    batch_input = with_travel_times(
        build_batch_input(waiting, workers, context.values),
        waiting,
        workers,
        context.profile.profile.planning,
    )
    started = time.perf_counter()
    decision = batch.decide(batch_input, context.weights)
    elapsed_ms = (time.perf_counter() - started) * 1000
    by_id = {str(waiting_demand.demand.incident_id): waiting_demand for waiting_demand in waiting}
    return BatchSolution(
        area_id, batch_input, decision, [by_id[i] for i in batch_input.demands["id"]], round(elapsed_ms, 1)
    )


def _pool(session: Session, context: DispatchContext, path: str) -> list[PoolWorker]:
    """Return the workers responsible for areas under `path`, with their fresh positions."""
    position_max_age = timedelta(minutes=context.values.position_fresh_minutes)
    rows = queries.pool(session, path=path, now=context.now, fresh_since=context.now - position_max_age)
    return [
        PoolWorker(
            id=row["id"],
            open_work=row["open_work"],
            capacity=row["capacity"],
            skills=frozenset(row["skills"]),
            kept_out=row["kept_out"],
            homes=[(home[0], home[1]) for home in row["homes"]],
            lon=row["lon"],
            lat=row["lat"],
            age_s=None if row["age_s"] is None else float(row["age_s"]),
        )
        for row in rows
    ]


def write_solution(
    session: Session, context: DispatchContext, solution: BatchSolution, incident_ids: set[UUID]
) -> dict[UUID, Placement]:
    """Store the joint decision for the cases of `incident_ids`, with assignments and offers.

    The caller must have locked the cases. If the chosen worker of a case has no free capacity any more or has gone off
    duty, no offer is made. The case is returned as waiting with the reason `lost_race`.
    """
    batch_id, digest = uuid7(), solution.batch_input.digest(context.weights)
    queries.insert_batch(
        session,
        {
            "id": batch_id,
            "area_id": solution.area_id,
            "at": context.now,
            "profile_version_id": context.profile.id,
            "weights_version": context.weights.version,
            "solver": f"{batch.SOLVER} {version('ortools')}",
            "demands": len(solution.waiting),
            "placed": int((solution.decision.pair >= 0).sum()),
            "objective": solution.decision.objective,
            "solve_ms": solution.solve_ms,
            "input_hash": digest,
            "workers": [UUID(worker) for worker in solution.batch_input.workers["id"]],
            "input_json": solution.batch_input.as_json().decode(),
        },
    )
    expiries = {priority: context.offer_expiry(priority) for priority in context.values.offer_times}
    results = queries.write_solution(
        session,
        orjson.dumps(_solution_rows(solution, incident_ids, expiries)),
        {
            "now": context.now,
            "profile_version_id": context.profile.id,
            "weights_version": context.weights.version,
            "batch_id": batch_id,
            "input_hash": digest,
            "lost_race": batch.LOST_RACE,
        },
    )
    priorities = {w.demand.incident_id: w.demand.priority for w in solution.waiting}
    return {
        row["incident_id"]: Placement(
            outcome=row["outcome"],
            reason=row["reason"],
            assignment_id=row["assignment_id"],
            worker_id=row["worker_id"],
            offer_expires_at=expiries[priorities[row["incident_id"]]]
            if row["outcome"] == "offered"
            else None,
        )
        for row in results
    }


def _solution_rows(
    solution: BatchSolution, incident_ids: set[UUID], expiries: Mapping[int, datetime]
) -> list[dict[str, Any]]:
    """Return the decision on each of these cases as a row for `queries.batches.write_solution`.

    If the solution has a worker for the case, the row has the worker and an offer.

    Args:
        incident_ids: Ids of the cases. Other cases of the solution are left out.
        expiries: Instant at which an offer expires, by priority.
    """
    batch_input, decision = solution.batch_input, solution.decision
    candidates = batch.stored_candidates(batch_input, decision)
    rows: list[dict[str, Any]] = []
    for n, waiting_demand in enumerate(solution.waiting):
        demand = waiting_demand.demand
        if demand.incident_id not in incident_ids:
            continue
        row: dict[str, Any] = {
            "n": n,
            "run_id": uuid7(),
            "incident_id": demand.incident_id,
            "role": demand.role,
            "reason": decision.reason[n],
            "round": waiting_demand.rounds + 1,
            "demand": demand_json(demand),
            "candidates": orjson.Fragment(candidates[n]),
        }
        pair, worker = int(decision.pair[n]), int(decision.worker[n])
        if pair >= 0:
            row |= {
                "worker_id": batch_input.workers["id"][worker],
                "ring": batch_input.rings[batch_input.pairs["ring"][pair]],
                "assignment_id": uuid7(),
                "offer_id": uuid7(),
                "expires_at": expiries[demand.priority],
            }
        rows.append(row)
    return rows


def erase_inputs(session: Session, *, before: datetime, limit: int) -> int:
    """Erase the stored inputs of batches that were made before an instant.

    Returns the number of erased inputs.
    """
    return queries.erase_inputs(session, before=before, limit=limit)
