"""Tier 1: what the rings could not place is solved together, district by district."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from app.core import calendar as clocks
from app.core.ids import uuid7
from app.dispatch.queries import asked as before
from app.dispatch.queries import batching as queries
from app.dispatch.rules import batch
from app.dispatch.rules.batch import BatchInput, Decision
from app.dispatch.rules.gathering import PoolWorker, Waiting, gather
from app.dispatch.service.fairness import pool_with_weeks
from app.dispatch.service.placing import Placement, demand_json
from app.dispatch.service.travelling import with_ways
from app.profiles.service import ProfileInForce, SettingsInForce

# A whole district's work in one statement may take longer than a request's.
STATEMENT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver says of the demands of a district; nothing is written yet. In the order of `given.demands`."""

    area_id: UUID
    given: BatchInput
    decision: Decision
    waiting: list[Waiting]
    solve_ms: float

    def reason_of(self) -> dict[UUID, str]:
        """Why each that got nobody got nobody."""
        return {
            one.demand.incident_id: self.decision.reason[n]
            for n, one in enumerate(self.waiting)
            if self.decision.pair[n] < 0
        }


def is_mine_to_solve(session: Session, area_id: UUID) -> bool:
    """Whether this transaction may solve the district: one at a time does, others leave it."""
    return queries.is_mine_to_solve(session, area_id)


def history_of(
    session: Session, incident_ids: Sequence[UUID]
) -> tuple[dict[tuple[UUID, str], dict[UUID, str]], dict[tuple[UUID, str], int]]:
    """For each demand (incident and role) whom not to ask again and why, and how often it was offered."""
    asked: dict[tuple[UUID, str], dict[UUID, str]] = defaultdict(dict)
    for row in before.asked_before_of(session, incident_ids):
        asked[row["incident_id"], row["role"]][row["worker_id"]] = row["reason"]
    rounds = {
        (row["incident_id"], row["role"]): row["rounds"] for row in queries.rounds_of(session, incident_ids)
    }
    return asked, rounds


def solve(
    session: Session,
    waiting: Sequence[Waiting],
    *,
    area_id: UUID,
    path: str,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> Solved:
    """Find the best for all that waits under `path`; reads only."""
    queries.may_take_long(session, STATEMENT_SECONDS)
    fresh = timedelta(minutes=settings.values.position_fresh_minutes)
    rows = queries.pool(session, path=path, now=now, fresh_since=now - fresh)
    workers = [
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
    workers = pool_with_weeks(session, workers, profile, now)
    given = with_ways(gather(waiting, workers, settings.values), waiting, workers, profile.profile.planning)
    began = time.perf_counter()
    decision = batch.decide(given, profile.profile.dispatch_weights)
    took = (time.perf_counter() - began) * 1000
    by_id = {str(one.demand.incident_id): one for one in waiting}
    return Solved(area_id, given, decision, [by_id[i] for i in given.demands["id"]], round(took, 1))


def give_out(
    session: Session,
    solved: Solved,
    wanted: set[UUID],
    *,
    profile: ProfileInForce,
    settings: SettingsInForce,
    now: datetime,
) -> dict[UUID, Placement]:
    """Carry out a solution for the demands `wanted`, whose cases the caller holds; keep the batch and their runs.

    Whoever was filled or has gone off duty since takes no more: those demands come back waiting, as `lost_race`.
    """
    weights = profile.profile.dispatch_weights
    times = {
        priority: clocks.due_at(now, limit, profile.profile.calendar)
        for priority, limit in settings.values.offer_times.items()
    }
    batch_id, digest = uuid7(), solved.given.digest(weights)
    candidates = batch.kept_candidates(solved.given, solved.decision)
    rows: list[dict[str, Any]] = []
    for n, one in enumerate(solved.waiting):
        if one.demand.incident_id not in wanted:
            continue
        pair, worker = int(solved.decision.pair[n]), int(solved.decision.worker[n])
        row: dict[str, Any] = {
            "n": n,
            "run_id": uuid7(),
            "incident_id": one.demand.incident_id,
            "role": one.demand.role,
            "reason": solved.decision.reason[n],
            "round": one.rounds + 1,
            "demand": demand_json(one.demand),
            "candidates": orjson.Fragment(candidates[n]),
        }
        if pair >= 0:
            row |= {
                "worker_id": solved.given.workers["id"][worker],
                "ring": solved.given.rings[solved.given.pairs["ring"][pair]],
                "assignment_id": uuid7(),
                "offer_id": uuid7(),
                "expires_at": times[one.demand.priority],
            }
        rows.append(row)
    queries.insert_batch(
        session,
        {
            "id": batch_id,
            "area_id": solved.area_id,
            "at": now,
            "profile_version_id": profile.id,
            "weights_version": weights.version,
            "solver": f"{batch.SOLVER} {version('ortools')}",
            "demands": len(solved.waiting),
            "placed": int((solved.decision.pair >= 0).sum()),
            "objective": solved.decision.objective,
            "solve_ms": solved.solve_ms,
            "input_hash": digest,
            "workers": [UUID(worker) for worker in solved.given.workers["id"]],
            "input": solved.given.as_json().decode(),
        },
    )
    committed = queries.commit(
        session,
        orjson.dumps(rows),
        {
            "now": now,
            "profile_version_id": profile.id,
            "weights_version": weights.version,
            "batch_id": batch_id,
            "input_hash": digest,
            "lost_race": batch.LOST_RACE,
        },
    )
    priorities = {one.demand.incident_id: one.demand.priority for one in solved.waiting}
    return {
        row["incident_id"]: Placement(
            outcome=row["outcome"],
            reason=row["reason"],
            assignment_id=row["assignment_id"],
            worker_id=row["worker_id"],
            offer_expires_at=times[priorities[row["incident_id"]]] if row["outcome"] == "offered" else None,
        )
        for row in committed
    }


def erase_inputs(session: Session, *, before: datetime, limit: int) -> int:
    """Forget the inputs of batches before an instant. Returns how many."""
    return queries.erase_inputs(session, before=before, limit=limit)
